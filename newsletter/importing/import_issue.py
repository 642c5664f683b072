"""Imports a page: writes the file of an issue, and its images next to it."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain, count
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from pydantic import TypeAdapter, ValidationError

from newsletter.documents.source import Source
from newsletter.documents.writer import remark_lines
from newsletter.errors import ExistsError, NewsletterError, NotFoundError
from newsletter.fields.text import Language
from newsletter.files import display, write_inside, write_new
from newsletter.importing.blocks import markdown_of
from newsletter.importing.dates import month_of, week_of
from newsletter.importing.page_to_draft import NOT_PLACED, PageHead, ReadIssue, read_head, read_issue
from newsletter.importing.published_page import PublishedPage
from newsletter.importing.read_entries import ELSEWHERE
from newsletter.importing.section_names import KnownHeadings, known_headings
from newsletter.issue.draft_document import parse_draft
from newsletter.issue.draft_yaml import issue_text
from newsletter.issue.scaffold import slug_for
from newsletter.issue.slugs import slug_error, slugify
from newsletter.publication.issue_dates import date_in_week
from newsletter.publication.label_files import all_labels
from newsletter.text.languages import east_asian_language
from newsletter.workspace.workspace import Workspace

_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}


@dataclass(frozen=True)
class ImportedIssue:
    """The result of importing a page. Lines count from 1.

    Args:
        path: the file of the issue.
        entries: the number of entries.
        sections: the number of sections with entries.
        highlights: the number of highlights.
        sponsored: the number of sponsored entries.
        missing: lines with missing values, each with a message.
        guessed: lines with values that were placed by a guess, each with a message.
        unplaced: lines of the YAML comments with text that fits no field.
        notes: lines of the other YAML comments from the page, such as the description of a link card.
        foot: lines of the YAML comments with the footer of the page.
    """

    path: Path
    entries: int
    sections: int
    highlights: int
    sponsored: int
    missing: tuple[tuple[int, str], ...]
    guessed: tuple[tuple[int, str], ...]
    unplaced: tuple[int, ...]
    notes: tuple[int, ...]
    foot: tuple[int, ...]


class IssueImporter:
    """Writes pages as issues of a publication.

    Args:
        workspace: the publication.
        language: the language of the issues. The default is that of each page.
        folder: the folder to write to. The default is the publication's folder of issues.

    Raises:
        NewsletterError: the language is not a language tag.
    """

    def __init__(self, workspace: Workspace, language: str | None = None, folder: Path | None = None) -> None:
        self.workspace = workspace
        self.language = _check_language(language) if language else ""
        self.folder = folder or workspace.issues_folder
        # A folder that the author names may be a link. The one in the publication may come from somebody else.
        self._bounds = folder or workspace.root
        self._slugs: set[str] = set()

    def import_page(self, page: PublishedPage, *, alone: bool) -> ImportedIssue | None:
        """Write the issue of a page.

        Args:
            page: the page.
            alone: whether it is the only page of the import. Such a page is written even without entries.

        Returns:
            The result, or None if the page has no entries and was not written.

        Raises:
            NotFoundError: the only page is empty.
            ExistsError: an issue with the same slug already exists.
            AccessError: a file cannot be written.
        """
        if alone and not (page.pieces or page.title or page.url):
            raise NotFoundError(f"{page.name} is empty", "Check that this is the right file.")
        language = self._language(page)
        head = read_head(page, self.wording, language or self.workspace.publication.language)
        head = replace(head, language=language, date=head.date or self._date_of_week(head.title))
        slug = self._slug(page, head)
        path = self.folder / f"{slug}.yaml"
        pictures = _CopiedImages(page, path.stem, self.folder)
        read = read_issue(page, head, self.wording, pictures.find)
        draft = read.draft
        if not alone and not any(True for _ in draft.entries()):
            return None
        self._slugs.add(slug)
        if path.exists():
            raise ExistsError(
                f"{display(path)} already exists", "Choose another folder with `-o`, or move the existing file."
            )
        text = issue_text(draft, self.workspace.publication.section_keys, self._schema)
        document = _report(read, text, path)
        for name, content in pictures.contents.items():
            write_inside(self._bounds, self.folder / name, content, advice="Remove the link.")
        write_new(path, text.encode())
        return document

    @cached_property
    def wording(self) -> KnownHeadings:
        """The known headings of the publication and of all languages."""
        publication = self.workspace.publication
        labels = all_labels(self.workspace.template_folders)
        subscribe = publication.links.subscribe
        own = [subscribe.teaser] if subscribe and subscribe.teaser else []
        return known_headings(labels, publication, own)

    @property
    def _schema(self) -> str:
        schema = self.workspace.root / "schemas" / "issue.schema.json"
        return PurePosixPath(os.path.relpath(schema, self.folder.absolute())).as_posix()

    def _language(self, page: PublishedPage) -> str:
        """Return the language of a page, or "" if it is that of the publication."""
        language = self.language or next(iter(re.findall(r"^[a-z]{2,3}\b", page.language.lower())), "")
        own = self.workspace.publication.language
        if not language:
            language = east_asian_language("\n".join(markdown_of(piece.part) for piece in page.pieces))
        return "" if language in (own, own.partition("-")[0]) else language

    def _date_of_week(self, title: str) -> str:
        week = week_of(title)
        try:
            return date_in_week(self.workspace.basics.rhythm, *week).isoformat() if week else ""
        except ValueError:
            return ""

    def _slug(self, page: PublishedPage, head: PageHead) -> str:
        """Return the slug, with a suffix if another page of this import has the same, such as two in one week.

        Two pages with the same issue number get the same slug: one is probably a draft of the other, so the second is
        an error.
        """
        slug = self._base_slug(page, head)
        if head.number:
            return slug
        return next(name for name in chain([slug], (f"{slug}-{n}" for n in count(2))) if name not in self._slugs)

    def _base_slug(self, page: PublishedPage, head: PageHead) -> str:
        """Return the slug by the publication's pattern, or from the month, the title or the name of the file."""
        publication = self.workspace.basics
        number = int(head.number) if head.number else None
        if (number is not None and publication.numbered) or head.date:
            day = date.fromisoformat(head.date) if head.date else date.min
            return slug_for(publication, self.workspace.issues, number, day)
        named = slugify(PurePosixPath(page.name.rpartition(": ")[2]).stem)
        titled = slugify(head.title)[:60].strip("-")
        found = (f"issue-{number}" if number else "", month_of(head.title), titled, named)
        return next((slug for slug in found if slug and not slug_error(slug)), "imported")


@dataclass
class _CopiedImages:
    """The images next to a page, by the names that they get next to the issue."""

    page: PublishedPage
    slug: str
    folder: Path

    def __post_init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self._names: dict[str, str] = {}

    def find(self, source: str) -> str:
        """Return the new path of an image, or "" if it does not exist next to the page."""
        source = unquote(source)
        if source not in self._names:
            path = PurePosixPath(source.partition("?")[0])
            content = self.page.beside(source) if path.suffix.lower() in _PICTURES else None
            self._names[source] = self._name(path, content) if content is not None else ""
            if content is not None:
                self.contents[self._names[source]] = content
        return self._names[source]

    def _name(self, path: PurePosixPath, content: bytes) -> str:
        stem = slugify(path.stem) or "figure"
        names = (
            f"images/{self.slug}/{stem}{mark}{path.suffix.lower()}"
            for mark in ("", *(f"-{n}" for n in range(2, 10_000)))
        )
        return next(name for name in names if name not in self.contents and not self._is_taken(name, content))

    def _is_taken(self, name: str, content: bytes) -> bool:
        """Return whether another image has the same name."""
        there = self.folder / name
        return there.exists() and (not there.is_file() or there.read_bytes() != content)


def _report(read: ReadIssue, text: str, path: Path) -> ImportedIssue:
    """Count the parts of a draft, and find missing values with their lines."""
    draft, document = read.draft, parse_draft(Source(display(path), text), path)
    missing = [
        (document.problem((field,), "", "").line, f"`{field}` is missing")
        for field in ("title", "date")
        if not getattr(draft, field)
    ]
    if not any(True for _ in draft.entries()):
        missing.append((document.problem(("sections",), "", "").line, "no entries were found on the page"))
    for section, index, entry in draft.entries():
        line = document.problem(("sections", section, index), "", "").line
        missing += [
            (line, f"`{field}` of the entry is missing")
            for field in ("title", "url", "comment")
            if not getattr(entry, field).strip()
        ]
        missing += [
            (line, "a link of the entry has another target: see the comment above it")
            for remark in entry.remarks
            if ELSEWHERE in remark
        ]
    guessed = [
        *(
            (document.problem((field, section), "", "").line, f"guessed: the section of the heading “{words}”")
            for field, of in (("highlights", read.highlight_guesses), ("sections", read.section_guesses))
            for section, words in of
        ),
        *(
            (document.problem(("sections", section, index), "", "").line, f"guessed: {guess}")
            for (section, index), guesses in read.entry_guesses.items()
            for guess in guesses
        ),
    ]
    lines = text.split("\n")
    remarks = (*draft.remarks, *(remark for found in draft.section_remarks.values() for remark in found))
    return ImportedIssue(
        path,
        sum(1 for _ in draft.entries()),
        sum(1 for entries in draft.sections.values() if entries),
        sum(1 for _ in draft.points()),
        draft.sponsored,
        tuple(missing),
        tuple(sorted(guessed)),
        _lines_of([remark for remark in remarks if f", {NOT_PLACED}: " in remark], lines),
        _lines_of(
            [
                remark
                for remark in (*draft.remarks, *(r for _, _, entry in draft.entries() for r in entry.remarks))
                if f", {NOT_PLACED}: " not in remark
            ],
            lines,
        ),
        _lines_of(draft.closing_remarks, lines),
    )


def _lines_of(remarks: Sequence[str], lines: list[str]) -> tuple[int, ...]:
    """Return the lines where remarks start, from 1."""
    found, begin = [], 0
    for remark in remarks:
        first = remark_lines((remark,), "").partition("\n")[0]
        begin = next((n for n in range(begin, len(lines)) if lines[n].strip() == first), begin) + 1
        found.append(begin)
    return tuple(found)


def _check_language(language: str) -> str:
    try:
        return TypeAdapter[str](Language).validate_python(language)
    except ValidationError as error:
        remark = error.errors()[0].get("ctx", {})
        raise NewsletterError(f"--language: {remark['message']}", remark["advice"]) from error
