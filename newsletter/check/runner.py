"""Reads an issue, applies all rules to it, and sorts the problems by line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from newsletter.check import ignore_comments
from newsletter.check.apply_rules import apply_rules
from newsletter.check.ignore_comments import IgnoreComments, IgnoreUse, find_ignore_comments, unknown_rule
from newsletter.check.rule import Rules, Subject, Target
from newsletter.check.rules import issue, publication, reading
from newsletter.check.rules.issue.checked_issue import CheckedIssue
from newsletter.check.rules.reading import ReadProblems
from newsletter.documents.source import read_source
from newsletter.errors import (
    AccessError,
    CampaignError,
    DocumentError,
    FetchError,
    LayoutError,
    NewsletterError,
    Problem,
    Severity,
    TemplateError,
)
from newsletter.issue.draft_document import DraftDocument, parse_draft
from newsletter.issue.issue_file import IssueDocument, validate_issue
from newsletter.publication.campaign_parameters import Output
from newsletter.render.renderer import Renderer

if TYPE_CHECKING:
    from newsletter.check.rules.email.rendered_email import RenderedEmail
    from newsletter.check.rules.message.finished_message import FinishedMessage
    from newsletter.check.spamassassin import ScoreSpam
    from newsletter.http.http_response import HttpResponse

# What is checked by default.
OFFLINE = (Subject.ISSUE, Subject.EMAIL, Subject.MEDIUM)


class CheckResult(NamedTuple):
    """The result of checking a file.

    Args:
        name: the file.
        entries: the number of its entries.
        problems: the findings, in the order of lines.
        failure: the error for which the issue could not be rendered and rules on outputs were not applied, or None.
        sponsored: the number of its sponsored entries.
    """

    name: str
    entries: int
    problems: tuple[Problem, ...]
    failure: NewsletterError | None = None
    sponsored: int = 0


# Requests URLs; returns the response or the error of each.
RequestUrls = Callable[[list[str]], "Mapping[str, HttpResponse | FetchError]"]


class Checker:
    """Checks the issues of a publication.

    Args:
        renderer: renders the issues for rules on outputs.
        subjects: what is checked; the email includes the message.
        ask: requests the URLs of an issue; if None, rules on the network are not applied.
        ask_spam: returns the score of SpamAssassin; if None, rules on the score are not applied.
    """

    def __init__(
        self,
        renderer: Renderer,
        subjects: tuple[Subject, ...] = OFFLINE,
        ask: RequestUrls | None = None,
        ask_spam: "ScoreSpam | None" = None,
    ) -> None:
        self.renderer = renderer
        self.workspace = renderer.workspace
        self.subjects = subjects
        self.ask = ask
        self.ask_spam = ask_spam
        self.ignored = self.workspace.publication.checks.ignore
        if self.ignored:
            self._require_known()

    def _require_known(self) -> None:
        from newsletter.check.registry import rules_by_id

        unknown = [(at, name) for at, name in enumerate(self.ignored) if name not in rules_by_id()]
        if unknown:
            raise DocumentError(
                self.workspace.document.problem(("checks", "ignore", at), *unknown_rule(name, rules_by_id()))
                for at, name in unknown
            )

    def publication(self) -> CheckResult:
        """Check `newsletter.yaml`."""
        document = self.workspace.document
        comments = find_ignore_comments(document)
        found = list(apply_rules(publication.rules, document, document, self.ignored, comments))
        found += _problems_of(ReadProblems(images=self.renderer.own_image_problems()))
        found += self._unused_ignores(comments, set(publication.rules.rules))
        return CheckResult(document.source.name, 0, _in_order(found))

    def issue(self, name: str | None) -> CheckResult:
        """Check an issue, which may be incomplete.

        Args:
            name: its slug, number or path, or None for the newest.

        Raises:
            NotFoundError, AccessError, SlugError: the file does not exist or cannot be read, or the name is invalid.
        """
        try:
            path = self.find(name)
            source = read_source(path)
            draft = parse_draft(source, path)
        except DocumentError as error:
            return CheckResult(error.problems[0].file, 0, reading_problems(error))
        errors: tuple[Problem, ...] = ()
        document: IssueDocument | None = None
        try:
            document = validate_issue(source, draft.root, draft.slug, path, self.workspace.publication.section_keys)
            self.workspace.require_labels(document)
        except DocumentError as error:
            errors = error.problems
        comments = find_ignore_comments(draft)
        applied: set[str] = set()
        found: list[Problem] = []
        failure: NewsletterError | None = None
        try:
            for rules, problems in self._found(draft, document if not errors else None, comments):
                applied |= rules.rules.keys()
                found += problems
        except (TemplateError, LayoutError, CampaignError, AccessError) as error:
            failure = error
        # If a rule reports the same path, its message is better than the validation error.
        found_by_rules = {problem.path for problem in found if problem.severity is Severity.ERROR}
        images = self.renderer.image_problems(document) if document else ()
        found += _problems_of(
            ReadProblems(tuple(error for error in errors if error.path not in found_by_rules), images)
        )
        found += self._unused_ignores(comments, applied)
        found = list(_without_repeats(found))
        entries, sponsored = sum(1 for _ in draft.draft.entries()), draft.draft.sponsored
        return CheckResult(source.name, entries, _in_order(found), failure, sponsored)

    def find(self, name: str | None) -> Path:
        """Find the file of an issue. Without a name, a file whose date cannot be read may be the newest issue.

        Raises:
            NotFoundError, AccessError, SlugError, DocumentError: the file does not exist or cannot be read.
        """
        try:
            return self.workspace.find(name)
        except DocumentError as error:
            unread = self.workspace.issues_folder / Path(error.problems[0].file).name
            if name is not None or not unread.is_file():
                raise
            return unread

    def _found(
        self, draft: DraftDocument, document: IssueDocument | None, comments: IgnoreComments
    ) -> Iterator[tuple[Rules[Any], list[Problem]]]:
        """Apply each set of rules; rules on outputs only if the issue is complete."""

        def apply(rules: Rules[Target], target: Target) -> tuple[Rules[Any], list[Problem]]:
            # `online-https` replaces `http-link`.
            ignored = (*self.ignored, "http-link") if self.ask else self.ignored
            return rules, list(apply_rules(rules, target, draft, ignored, comments))

        # Each set imports what only it needs, so that other commands start quickly.
        if self.ask or Subject.ISSUE in self.subjects:
            checked = CheckedIssue(draft, self.workspace.publication, self.workspace.index)
        if Subject.ISSUE in self.subjects:
            yield from (apply(rules, checked) for rules in issue.SETS)
        if self.ask:
            from newsletter.check.rules import network
            from newsletter.check.rules.network.url_responses import UrlResponses, urls_of, urls_to_request

            urls = urls_of(checked)
            responses = UrlResponses(urls, self.ask(urls_to_request(urls)))
            yield from (apply(rules, responses) for rules in network.SETS)
        if document is None or self.renderer.image_problems(document) or self.renderer.own_image_problems():
            return
        if Subject.EMAIL in self.subjects:
            from newsletter.check.rules import email
            from newsletter.check.rules.email.rendered_email import render_for_rules

            rendered = render_for_rules(self.renderer, document)
            yield from (apply(rules, rendered) for rules in email.SETS)
            yield from (apply(rules, finished) for rules, finished in self._message(document, rendered))
        if Subject.MEDIUM in self.subjects:
            from newsletter.check.rules import medium
            from newsletter.check.rules.medium.checked_story import MediumStory

            story = MediumStory(
                document,
                self.renderer.view(document, Output.MEDIUM),
                lambda formats: self.renderer.render(document, formats).texts,
            )
            yield from (apply(rules, story) for rules in medium.SETS)

    def _message(
        self, document: IssueDocument, rendered: "RenderedEmail"
    ) -> "Iterator[tuple[Rules[FinishedMessage], FinishedMessage]]":
        """Yield each set of rules on the message, with the message to an example recipient."""
        from newsletter.check.rules import message
        from newsletter.check.rules.message.finished_message import FinishedMessage
        from newsletter.check.rules.message.spam_score import rules as spam_rules
        from newsletter.mail.issue_mail import EXAMPLE, issue_head
        from newsletter.mail.message import compose

        head = issue_head(self.workspace.publication, document, datetime.now(UTC))
        prepared = compose(rendered.html, rendered.text, head, [b"an example"])
        content = prepared.to(EXAMPLE).content
        verdict = self.ask_spam(document.slug, prepared.digest, content) if self.ask_spam else None
        finished = FinishedMessage(content, verdict)
        return ((rules, finished) for rules in message.SETS if verdict or rules is not spam_rules)

    def _unused_ignores(self, comments: IgnoreComments, applied: set[str]) -> Iterator[Problem]:
        if not comments.comments:
            return iter(())
        from newsletter.check.registry import rules_by_id

        known = IgnoreUse(comments, rules_by_id(), applied - set(self.ignored))
        return apply_rules(ignore_comments.rules, known, comments.document, self.ignored)


def reading_problems(error: DocumentError) -> tuple[Problem, ...]:
    """Return the problems of a file that cannot be read."""
    return _in_order(_problems_of(ReadProblems(error.problems)))


def _problems_of(found: ReadProblems) -> Iterator[Problem]:
    """Yield the problems found while reading, with the ids of their rules."""
    for rule in reading.rules:
        yield from (replace(problem, rule=rule.id) for problem in rule.find(found) if isinstance(problem, Problem))


def _without_repeats(found: list[Problem]) -> Iterator[Problem]:
    """Yield the problems except those of the email that `local-url` reports at the URL itself."""
    local = [problem.path for problem in found if problem.rule == "local-url"]
    for problem in found:
        repeated = problem.rule == "email-url-private" and problem.path
        if not (repeated and any(path.startswith(problem.path) for path in local)):
            yield problem


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
