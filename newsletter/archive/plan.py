"""The issues of a site in their order, as far as they are known before they are read whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.archive.issue_pages import IssuePages
from newsletter.archive.page_view import Row
from newsletter.archive.records import Record
from newsletter.archive.workers import Workers
from newsletter.documents.source import Source, read_source
from newsletter.errors import DocumentError, NewsletterError, NotFoundError
from newsletter.issue.issue_list import IssueHead, read_head
from newsletter.issue.slugs import slug_of


@dataclass(frozen=True, slots=True)
class Lead:
    """What is known of an issue: enough for its place among the others."""

    slug: str
    path: Path
    digest: str
    number: int | None
    row: Row

    @property
    def order(self) -> tuple[str, int, str]:
        """Its place: by date, then number, then slug."""
        return self.row.date, self.number or 0, self.slug


def find_leads(
    workers: Workers, issues: Mapping[str, str], records: Mapping[str, Record], *, drafts: bool
) -> tuple[list[Lead], list[NewsletterError]]:
    """The issues that are to be in the site, oldest first, and the faults of those whose place cannot be known.

    `issues` has the digest of each file by its name, and `records` what is kept of issues by the same name.
    """
    folder = workers.pages.workspace.issues_folder
    leads: list[Lead] = []
    new: list[tuple[Path, str]] = []
    for name, content in issues.items():
        record = records.get(name)
        if record and record.digest == content:
            leads.append(Lead(record.slug, folder / name, content, record.number, record.row))
        else:
            new.append((folder / name, content))
    faults: list[NewsletterError] = []
    for found in workers.map(_read, new):
        if isinstance(found, Lead):
            leads.append(found)
        else:
            faults.append(found)
    leads = [lead for lead in leads if drafts or not lead.row.draft]
    leads.sort(key=lambda lead: lead.order)
    return _numbered_once(leads, faults), faults


def _read(pages: IssuePages, file: tuple[Path, str]) -> Lead | NewsletterError:
    """An issue's lead, given its file and the digest of that; or why there is none."""
    path, content = file
    try:
        slug, source = slug_of(path), read_source(path)
        head = read_head(source)
        return Lead(slug, path, content, head.number, _row(pages, slug, head, source))
    except NewsletterError as error:
        return error


def with_neighbours(leads: Sequence[Lead]) -> Iterator[tuple[Row | None, Lead, Row | None]]:
    """Every issue between the one before and the one after it."""
    rows = [None, *(lead.row for lead in leads), None]
    return zip(rows, leads, rows[2:], strict=False)


def _numbered_once(leads: list[Lead], faults: list[NewsletterError]) -> list[Lead]:
    """The issues without those whose number an earlier one in the same language has."""
    first: dict[tuple[int | None, str], Lead] = {}
    kept = []
    for lead in leads:
        known = first.setdefault((lead.number, lead.row.language), lead)
        if known is lead or lead.number is None:
            kept.append(lead)
        else:
            faults.append(_doubled(lead, known))
    return kept


def _row(pages: IssuePages, slug: str, head: IssueHead, source: Source) -> Row:
    try:
        return pages.row(slug, head)
    except NotFoundError as error:
        if head.language is None:
            raise
        raise _fault(source, "language", error.message, error.advice) from error


def _doubled(lead: Lead, known: Lead) -> DocumentError:
    message = f"the number {lead.number} stands twice: {known.path.name} has it too"
    return _fault(read_source(lead.path), "number", message, "Give one of the issues another number.")


def _fault(source: Source, key: str, message: str, advice: str) -> DocumentError:
    line = next((at for at, text in enumerate(source.lines) if text.startswith(f"{key}:")), 0)
    return DocumentError([source.problem(line, 0, message, advice, key)])
