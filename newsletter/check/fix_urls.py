"""Fixes URLs in the files of a publication: what `newsletter check --fix` writes.

A fix is written only if a finding of a rule has one, no comment ignores it, and reading the file again gives the same
values except this URL. URLs with `verify` are requested first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.check.apply_rules import apply_with_fixes
from newsletter.check.ignore_comments import IgnoreComments, find_ignore_comments
from newsletter.check.rule import Finding, UrlFix
from newsletter.check.rules import publication
from newsletter.check.rules.issue import urls
from newsletter.check.rules.issue.checked_issue import CheckedIssue
from newsletter.documents.located_document import Document
from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.paths import Steps, drop_blank_entries, location_of, scalars
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.scalar_splices import scalar_splices
from newsletter.documents.source import Source, read_source
from newsletter.documents.splices import apply_splices
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, FetchError, Problem
from newsletter.issue.draft_document import parse_draft
from newsletter.publication.find_publication import FILE
from newsletter.publication.publication_file import parse_publication
from newsletter.text.domains import is_page
from newsletter.text.link_occurrences import replace_occurrences, replaceable_occurrences
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.check.runner import RequestUrls
    from newsletter.http.http_response import HttpResponse

FIXED_OFFLINE = ("tracking-parameters", "wrapped-link", "publication-tracking", "publication-wrapped-link")
"""The rules whose findings are fixed without requests."""

# One fix can lead to another, such as https for the page in a redirect.
_MOST_ROUNDS = 5

Findings = Iterator[tuple[Problem, Finding | None]]


@dataclass(frozen=True)
class FixedFile:
    """A file and its text after the fixes.

    Args:
        path: the file.
        before: its text.
        text: its text with the fixes.
        count: the number of fixed findings.
    """

    path: Path
    before: Source
    text: str
    count: int


class UrlFixer:
    """Fixes the URLs of a publication's files in memory.

    Args:
        workspace: the publication.
        ask: requests URLs that must be verified; if None, they stay.
    """

    def __init__(self, workspace: Workspace, ask: "RequestUrls | None" = None) -> None:
        self.workspace = workspace
        self.ask = ask
        self.ignored = workspace.publication.checks.ignore

    def publication(self) -> FixedFile:
        """Fix the URLs of `newsletter.yaml`."""

        def find(source: Source) -> tuple[Document, IgnoreComments, Findings]:
            document = parse_publication(source)
            comments = find_ignore_comments(document)
            return document, comments, apply_with_fixes(publication.rules, document, document, self.ignored, comments)

        return self._fixed(self.workspace.root / FILE, find)

    def issue(self, path: Path) -> FixedFile:
        """Fix the URLs of an issue, which may be incomplete.

        Raises:
            NotFoundError, AccessError, SlugError, DocumentError: the file cannot be read or parsed.
        """

        def find(source: Source) -> tuple[Document, IgnoreComments, Findings]:
            document = parse_draft(source, path)
            comments = find_ignore_comments(document)
            checked = CheckedIssue(document, self.workspace.publication, self.workspace.index)
            return document, comments, apply_with_fixes(urls.rules, checked, document, self.ignored, comments)

        return self._fixed(path, find)

    def _fixed(self, path: Path, find: Callable[[Source], tuple[Document, IgnoreComments, Findings]]) -> FixedFile:
        before = source = read_source(path)
        count = 0
        for _ in range(_MOST_ROUNDS):
            _, comments, findings = find(source)
            fixes = [
                (found.steps, found.fix)
                for problem, found in findings
                if found and found.fix and not self._ignored_online(problem, found, comments)
            ]
            fixed = source
            for steps, fix in self._verified(fixes):
                changed = _replaced(fixed, steps, fix)
                count += changed is not fixed
                fixed = changed
            if fixed is source:
                break
            source = fixed
        return FixedFile(path, before, source.text, count)

    def _ignored_online(self, problem: Problem, found: Finding, comments: IgnoreComments) -> bool:
        """Return whether the author ignores the rule that replaces `http-link` with --online."""
        return problem.rule == "http-link" and (
            "online-https" in self.ignored or comments.ignores("online-https", found.steps, problem.line - 1)
        )

    def _verified(self, fixes: list[tuple[Steps, UrlFix]]) -> list[tuple[Steps, UrlFix]]:
        """Return the fixes whose URLs need no request, or respond with their page."""
        urls_to_ask = list(dict.fromkeys(fix.new for _, fix in fixes if fix.verify))
        responses = self.ask(urls_to_ask) if self.ask and urls_to_ask else {}
        return [(steps, fix) for steps, fix in fixes if not fix.verify or _responds(fix.new, responses.get(fix.new))]


def _responds(url: str, response: "HttpResponse | FetchError | None") -> bool:
    """Return whether a URL responds with a page: no error, no http, and no front page instead of a page."""
    if response is None or isinstance(response, FetchError) or not response.ok:
        return False
    insecure = url.lower().startswith("https:") and not response.final_url.lower().startswith("https:")
    return not insecure and (is_page(response.final_url) or not is_page(url))


def _replaced(source: Source, steps: Steps, fix: UrlFix) -> Source:
    """Return the file with a fixed URL; the same file if the fix is not safe."""
    root = _tree(source)
    _, node = location_of(root, steps)
    if not isinstance(node, Scalar):
        return source
    for old, new in {fix.old: fix.new, fix.old.replace("&", "&amp;"): fix.new.replace("&", "&amp;")}.items():
        chosen = [0] if node.value.strip() == old else replaceable_occurrences(node.value, old, new)
        splices = scalar_splices(source, node, old, new, chosen)
        fixed = Source(source.name, apply_splices(source.text, splices))
        expected = _values(root) | {steps: replace_occurrences(node.value, old, new, chosen)}
        if splices and _read(fixed) == expected:
            return fixed
    return source


def _read(source: Source) -> dict[Steps, str]:
    """Return the values of a file, or {} if the YAML cannot be parsed."""
    try:
        return _values(_tree(source))
    except DocumentError:
        return {}


def _tree(source: Source) -> Mapping:
    # A file with findings is a mapping. The paths of findings do not count blank entries.
    root = require_mapping(source, compose(source), "title")
    drop_blank_entries(root)
    return root


def _values(root: Mapping) -> dict[Steps, str]:
    return {steps: scalar.value for steps, scalar in scalars(root)}
