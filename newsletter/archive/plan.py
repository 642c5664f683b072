"""Puts the issues of the archive in order. It reads only the head of each issue."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from newsletter.archive.issue_pages import IssuePages
from newsletter.archive.page_view import IssueRow
from newsletter.archive.records import IssueRecord
from newsletter.archive.sources import slugs_of
from newsletter.archive.workers import Workers
from newsletter.documents.source import Source
from newsletter.errors import DocumentError, NewsletterError, NotFoundError
from newsletter.issue.aliases import CONFLICT_ADVICE, alias_conflict
from newsletter.issue.head import IssueHead
from newsletter.issue.read_head import read_head
from newsletter.issue.slugs import slug_from_path

# An image with an escaped key is found when its issue is rendered.
_IMAGE_KEY = re.compile(r"""image["']?\s*:""")


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """An issue before it is rendered: the values needed to sort it and to link to it.

    `illustrated` is False if it has no images.
    """

    slug: str
    path: Path
    digest: str
    number: int | None
    aliases: tuple[str, ...]
    row: IssueRow
    illustrated: bool

    @property
    def order(self) -> tuple[str, int, str]:
        """The sort key: date, then number, then slug."""
        return self.row.date, self.number or 0, self.slug


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build contains.

    Args:
        issues: The issues of the archive, oldest first.
        drafts: The number of drafts that are left out.
        errors: The errors of issues whose head is invalid, or is in conflict with another issue. These are left out.
        aliases: The aliases of all issues, including drafts.
    """

    issues: list[PlannedIssue]
    drafts: int
    errors: list[NewsletterError]
    aliases: frozenset[str]


def plan_issues(
    workers: Workers, files: Mapping[str, str], records: Mapping[str, IssueRecord], *, drafts: bool
) -> Plan:
    """Plan the archive.

    Args:
        workers: Read the heads of new and changed issues.
        files: The digest of each issue file by its name.
        records: The records of the last build by the names of issue files.
        drafts: Include drafts.
    """
    folder = workers.pages.workspace.issues_folder
    issues: list[PlannedIssue] = []
    new: list[tuple[Path, str]] = []
    for name, content in files.items():
        record = records.get(name)
        if record and record.digest == content:
            issues.append(
                PlannedIssue(
                    record.slug,
                    folder / name,
                    content,
                    record.number,
                    record.aliases,
                    record.row,
                    bool(record.images),
                )
            )
        else:
            new.append((folder / name, content))
    errors: list[NewsletterError] = []
    for found in workers.map(_read, new):
        if isinstance(found, PlannedIssue):
            issues.append(found)
        else:
            errors.append(found)
    planned = sorted((issue for issue in issues if drafts or not issue.row.draft), key=lambda issue: issue.order)
    left_out = [] if drafts else [issue for issue in issues if issue.row.draft]
    kept = _remove_repeated_numbers(workers.pages, planned, errors)
    kept = _remove_alias_conflicts(workers.pages, kept, left_out, slugs_of(files), errors)
    return Plan(kept, len(left_out), errors, frozenset(alias for issue in issues for alias in issue.aliases))


def _read(pages: IssuePages, file: tuple[Path, str]) -> PlannedIssue | NewsletterError:
    """Read the head of an issue, given its file and the file's digest. Returns the error if that fails."""
    path, content = file
    try:
        slug, source = slug_from_path(path), pages.files.source(path)
        head = read_head(source)
        illustrated = "![" in source.text or _IMAGE_KEY.search(source.text) is not None
        row = _row(pages, slug, head, source)
        return PlannedIssue(slug, path, content, head.number, head.aliases, row, illustrated)
    except NewsletterError as error:
        return error


def with_neighbours(issues: Sequence[PlannedIssue]) -> Iterator[tuple[IssueRow | None, PlannedIssue, IssueRow | None]]:
    """Yield each issue with its neighbours: the earlier issue, the issue, the later issue."""
    rows = [None, *(issue.row for issue in issues), None]
    return zip(rows, issues, rows[2:], strict=False)


def _remove_repeated_numbers(
    pages: IssuePages, issues: list[PlannedIssue], errors: list[NewsletterError]
) -> list[PlannedIssue]:
    """Return the issues without those that repeat the number of an earlier issue in the same language.

    Adds an error for each repeated number to `errors`.
    """
    first: dict[tuple[int | None, str], PlannedIssue] = {}
    kept = []
    for issue in issues:
        known = first.setdefault((issue.number, issue.row.language), issue)
        if known is issue or issue.number is None:
            kept.append(issue)
        else:
            errors.append(_repeated_number(pages, issue, known))
    return kept


def _remove_alias_conflicts(
    pages: IssuePages,
    issues: list[PlannedIssue],
    left_out: Sequence[PlannedIssue],
    slugs: AbstractSet[str],
    errors: list[NewsletterError],
) -> list[PlannedIssue]:
    """Return the issues without those that have a slug or an alias of another issue or draft as an alias.

    Of two issues of the archive with the same alias, the first keeps it. Adds the errors of the others to `errors`.
    """
    kept = []
    owners = [(draft.slug, draft.aliases) for draft in left_out]
    for issue in issues:
        conflicts = [
            (index, conflict)
            for index, alias in enumerate(issue.aliases)
            if (conflict := alias_conflict(alias, slugs - {issue.slug}, owners))
        ]
        if conflicts:
            from newsletter.issue.draft_document import parse_draft

            document = parse_draft(pages.files.source(issue.path), issue.path)
            errors.append(
                DocumentError(document.problem(("aliases", at), text, CONFLICT_ADVICE) for at, text in conflicts)
            )
        else:
            kept.append(issue)
            owners.append((issue.slug, issue.aliases))
    return kept


def _row(pages: IssuePages, slug: str, head: IssueHead, source: Source) -> IssueRow:
    try:
        return pages.row(slug, head)
    except NotFoundError as error:
        if head.language is None:
            raise
        raise _error_at(source, "language", error.message, error.advice) from error


def _repeated_number(pages: IssuePages, issue: PlannedIssue, known: PlannedIssue) -> DocumentError:
    message = f"the number {issue.number} is already used by {known.path.name}"
    return _error_at(pages.files.source(issue.path), "number", message, "Give one of the issues another number.")


def _error_at(source: Source, key: str, message: str, advice: str) -> DocumentError:
    line = next((at for at, text in enumerate(source.lines) if text.startswith(f"{key}:")), 0)
    return DocumentError([source.problem(line, 0, message, advice, key)])
