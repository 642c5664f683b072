"""Editions: an issue as the pages of the preview are shown it, rendered when it is asked for, and once a change."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from newsletter.app.checker import Checker
from newsletter.app.press import Press
from newsletter.content.links import domain, with_parameters
from newsletter.documents.drafts import DraftDocument, draft_of
from newsletter.documents.issue import IssueDocument
from newsletter.documents.labels import read_labels
from newsletter.documents.paths import place_of
from newsletter.documents.source import read_source
from newsletter.errors import DocumentError, NotFoundError, PressError, Problem
from newsletter.models.campaign import Output
from newsletter.models.format import Format
from newsletter.models.section import Section
from newsletter.preview.changes import Changes
from newsletter.rendering.view import heading, section_names

# How many issues, and how many texts of them, are remembered.
ISSUES, TEXTS = 16, 64
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an issue could not be rendered: each problem with its place, or one message."""

    message: str
    advice: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Prints:
    """An issue as it is sent, and what an inbox shows of it."""

    email: str
    text: str
    markdown: str
    story: str
    assets_url: str
    sender: str
    subject: str
    preheader: str
    date: str


@dataclass(frozen=True, slots=True)
class Outlined:
    """An entry in the outline; `links` are the addresses that the email leads to for it, `line` counts from 1."""

    title: str
    url: str
    domain: str
    comment: str
    image: str
    image_alt: str
    line: int
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the outline, with or without entries."""

    section: Section
    label: str
    entries: tuple[Outlined, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """An issue as it is shown: its text with its version, and what the last text that could be rendered gave."""

    slug: str
    file: str
    version: str
    text: str
    outline: tuple[Part, ...]
    fault: Fault | None
    prints: Prints | None


@dataclass(frozen=True, slots=True)
class Choice:
    """An issue in the list of issues."""

    slug: str
    title: str
    date: str
    status: str


class Editions:
    """The issues of a publication as pages are shown them. Any thread may ask."""

    def __init__(self, root: Path, changes: Changes) -> None:
        self.build = root / ".newsletter" / "preview"
        self._root = root
        self._changes = changes
        self._lock = threading.RLock()
        self._checking = threading.Lock()
        self._press = (-1, Press(root, build=self.build))
        self._made: OrderedDict[str, tuple[int, Edition]] = OrderedDict()
        self._checked: OrderedDict[str, tuple[int, tuple[Problem, ...]]] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def press(self) -> Press:
        """The publication as it is now.

        Raises:
            PressError: `newsletter.yaml` cannot be read.
        """
        with self._lock:
            if self._press[0] != self._changes.count:
                self._press = (self._changes.count, Press(self._root, build=self.build))
            return self._press[1]

    def path(self, slug: str) -> Path:
        """The file of an issue.

        Raises:
            PressError: there is none.
        """
        return self.press().archive.find(slug)

    def choices(self) -> list[Choice]:
        """All issues, the newest first; those that cannot be read come before all others."""
        try:
            press = self.press()
        except PressError:
            press = self._press[1]
        archive, name = press.archive, press.publication.name
        found = [
            Choice(
                listed.slug, heading(listed.head.title, name), listed.head.date.isoformat(), listed.head.status.value
            )
            for listed in reversed(archive.issues)
        ]
        known = {choice.slug for choice in found}
        broken = sorted({path.stem for path in archive.folder.glob("*.yaml")} - known)
        return [Choice(slug, "", "", "") for slug in broken] + found

    def name(self) -> str:
        """What the publication is called."""
        return self._press[1].publication.name

    def latest(self, path: Path) -> tuple[str, str]:
        """The text that is in a file now, and its version.

        Raises:
            PressError: there is no such file, or it cannot be read.
        """
        text = read_source(path).text
        with self._lock:
            _keep(self._texts, _version(text), text, TEXTS)
        return text, _version(text)

    def seen(self, version: str) -> str | None:
        """The text that a page was shown under a version; none where that is long ago."""
        with self._lock:
            return self._texts.get(version)

    def edition(self, slug: str) -> Edition:
        """An issue as it is now.

        Raises:
            PressError: there is no such file, or it cannot be read at all.
        """
        with self._lock:
            count, last = self._made.get(slug, (-1, None))
            if last is None or count != self._changes.count:
                count, last = self._changes.count, self._edition(slug, last)
                _keep(self._made, slug, (count, last), ISSUES)
                _keep(self._texts, last.version, last.text, TEXTS)
            return last

    def problems(self, slug: str) -> tuple[Problem, ...]:
        """Whatever the checker says of an issue, once a change.

        Raises:
            PressError: there is no such file, or it cannot be read or rendered at all.
        """
        with self._checking:
            count, found = self._checked.get(slug, (-1, ()))
            if count != self._changes.count:
                # A press of its own: checking takes longer than rendering, which must not wait for it.
                count, found = self._changes.count, Checker(Press(self._root, build=self.build)).issue(slug).problems
                _keep(self._checked, slug, (count, found), ISSUES)
            return found

    def _edition(self, slug: str, last: Edition | None) -> Edition:
        path = self._press[1].issues_folder / f"{slug}.yaml"
        try:
            press = self.press()
            path = press.archive.find(slug)
            source = read_source(path)
        except PressError as error:
            if last is not None:
                return replace(last, fault=_fault(error))
            if isinstance(error, NotFoundError):
                raise
            source = read_source(path)
            return Edition(slug, source.name, _version(source.text), source.text, (), _fault(error), None)
        outline = last.outline if last else ()
        prints, fault = last.prints if last else None, None
        try:
            draft = draft_of(source, path)
            outline = _outline(press, draft)
            prints = _prints(press, press.issue(str(path)))
        except PressError as error:
            fault = _fault(error)
        return Edition(slug, source.name, _version(source.text), source.text, outline, fault, prints)


def _keep(kept: OrderedDict[str, Kept], key: str, value: Kept, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def _version(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _fault(error: PressError) -> Fault:
    if isinstance(error, DocumentError):
        count = len(error.problems)
        return Fault("1 error" if count == 1 else f"{count} errors", "", error.problems)
    return Fault(error.message, error.advice)


def _prints(press: Press, document: IssueDocument) -> Prints:
    rendered = press.render(document, (Format.EMAIL, Format.TEXT, Format.MEDIUM, Format.STORY)).texts
    press.write_assets()
    issue, publication = document.issue, press.publication
    return Prints(
        email=rendered[Format.EMAIL],
        text=rendered[Format.TEXT],
        markdown=rendered[Format.MEDIUM],
        story=rendered[Format.STORY],
        assets_url=publication.assets_url,
        sender=publication.sender.name or publication.name,
        subject=issue.subject or issue.title,
        preheader=issue.preheader or "",
        date=issue.date.isoformat(),
    )


def _outline(press: Press, draft: DraftDocument) -> tuple[Part, ...]:
    language = draft.draft.language or press.publication.language
    try:
        names = section_names(press.publication, read_labels(press.folders, language), language)
    except PressError:
        names = {section: section.value.replace("_", " ").capitalize() for section in Section}
    parameters = press.publication.campaign.of(Output.EMAIL, draft.slug)

    def outlined(section: Section, index: int) -> Outlined:
        entry = draft.draft.sections[section][index]
        place, _ = place_of(draft.root, ("sections", section.value, index))
        return Outlined(
            title=entry.title,
            url=entry.url,
            domain=domain(entry.url) if "://" in entry.url else "",
            comment=entry.comment,
            image=entry.image,
            image_alt=entry.image_alt,
            line=place.line + 1,
            links=(with_parameters(entry.url, parameters), entry.url),
        )

    return tuple(
        Part(section, names[section], tuple(outlined(section, index) for index in range(len(entries))))
        for section, entries in draft.draft.sections.items()
    )
