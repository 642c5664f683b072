"""The link index: which issue ran which story, kept in `.newsletter/index` and read anew only where a file changed.

What it holds of an issue goes by the digest of the file's content: a file that is renamed is not
read again, and nothing can be stale. A damaged or foreign file is built anew, and where none can be
written the index is built for this run.
"""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from newsletter import __version__
from newsletter.documents.paths import Steps, location_of
from newsletter.documents.source import Source, decode
from newsletter.errors import AccessError, NewsletterError
from newsletter.files import display, read_bytes, write_whole
from newsletter.issue.draft_document import DraftDocument, draft_of
from newsletter.issue.issue_list import IssueHead, IssueList, ListedIssue, digest_of
from newsletter.issue.model import Status
from newsletter.publication.section import Section
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import story_key

_MARK = f"newsletter-index 2 {__version__} "


# An entry's story: its key (`content/canonical.py`), its section, and the line of its URL, from 1.
Story = tuple[str, str, int]
# A highlight: the digest of its words, its section, its line, and the keys of the stories that it links to.
Point = tuple[str, str, int, Sequence[str]]


class Kept(NamedTuple):
    """What the index keeps of an issue."""

    head: IssueHead
    stories: Sequence[Story]
    points: Sequence[Point]


class Where(NamedTuple):
    """A place in an issue of the archive; reads `2021-week-09, use_cases`."""

    listed: ListedIssue
    section: Section
    line: int

    def __str__(self) -> str:
        return f"{self.listed.slug}, {self.section.value}"


@dataclass(frozen=True)
class Index:
    """The archive with its stories, oldest issue first; `faults` are those of issues that cannot be read whole."""

    archive: IssueList
    kept: Mapping[str, Kept]
    faults: tuple[NewsletterError, ...] = ()

    def where(self, key: str) -> list[Where]:
        """Where the issues have a story, drafts among them."""
        return [Where(listed, Section(at[1]), at[2]) for listed, at in self._stories.get(key, ())]

    def places(self) -> Iterator[tuple[str, Where]]:
        """Every story of the archive by its key, oldest issue first, with where it is."""
        for key, found in self._stories.items():
            yield from ((key, Where(listed, Section(at[1]), at[2])) for listed, at in found)

    def highlighted(self, key: str) -> list[Where]:
        """Where the issues' highlights link to a story."""
        return [Where(listed, Section(at[1]), at[2]) for listed, at in self._points if key in at[3]]

    def said(self, words: str) -> list[Where]:
        """Where the issues have a highlight of these words (see `words_digest`)."""
        return [Where(listed, Section(at[1]), at[2]) for listed, at in self._said.get(words, ())]

    @cached_property
    def _stories(self) -> dict[str, list[tuple[ListedIssue, Story]]]:
        found: dict[str, list[tuple[ListedIssue, Story]]] = defaultdict(list)
        for listed in self.archive.issues:
            for story in self._of(listed).stories:
                found[story[0]].append((listed, story))
        return found

    @cached_property
    def _said(self) -> dict[str, list[tuple[ListedIssue, Point]]]:
        found: dict[str, list[tuple[ListedIssue, Point]]] = defaultdict(list)
        for listed, point in self._points:
            found[point[0]].append((listed, point))
        return found

    @cached_property
    def _points(self) -> list[tuple[ListedIssue, Point]]:
        return [(listed, point) for listed in self.archive.issues for point in self._of(listed).points]

    def _of(self, listed: ListedIssue) -> Kept:
        return self.kept.get(listed.digest) or Kept(listed.head, (), ())


def load_index(file: Path) -> dict[str, Kept]:
    """What was kept, by the digest of the issue's file; nothing where there is no index that can be trusted."""
    try:
        mark, _, body = file.read_bytes().partition(b"\n")
        if mark.decode("ascii", "replace") != _MARK + _digest(body):
            return {}
        return {digest: _kept(*parts) for digest, parts in json.loads(body).items()}
    except OSError:
        return {}


def complete_index(archive: IssueList, kept: dict[str, Kept], file: Path) -> Index:
    """The index of an archive: what is kept of it, and the rest read and kept from now on."""
    faults: list[NewsletterError] = []
    now: dict[str, Kept] = {}
    for listed in archive.issues:
        try:
            digest, found = (listed.digest, known) if (known := kept.get(listed.digest)) else _read(listed)
            now[digest] = found
        except NewsletterError as error:
            faults.append(error)
    if now.keys() != kept.keys():
        # A folder that cannot be written to is no fault of the author's: the next run reads again.
        with contextlib.suppress(AccessError):
            body = json.dumps({digest: _parts(found) for digest, found in now.items()}, separators=(",", ":")).encode()
            write_whole(file, f"{_MARK}{_digest(body)}\n".encode() + body)
    return Index(archive, now, tuple(faults))


def words_digest(text: str) -> str:
    """What two highlights of the same words have in common, whatever they link to and however they are wrapped."""
    words = " ".join(
        tree.plain_inlines(block.children) for block in markdown.parse(text) if isinstance(block, tree.Paragraph)
    )
    return blake2b(" ".join(words.casefold().split()).encode(), digest_size=8).hexdigest()


def link_urls(text: str) -> list[str]:
    """The URLs to which a text links; an `@id` is none."""
    links = (child.url for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link))
    return [url for url in dict.fromkeys(links) if re.match("https?:", url, re.IGNORECASE)]


def _read(listed: ListedIssue) -> tuple[str, Kept]:
    content = read_bytes(listed.path)
    name = display(listed.path)
    document = draft_of(Source(name, decode(content, name)), listed.path)
    stories = tuple(
        (story_key(entry.url.strip()), section.value, _line(document, ("sections", section.value, index, "url")))
        for section, index, entry in document.draft.entries()
        if entry.url.strip()
    )
    points = tuple(
        (
            words_digest(text),
            section.value,
            _line(document, ("highlights", section.value, index)),
            tuple(story_key(url) for url in link_urls(text)),
        )
        for section, index, text in document.draft.points()
        if text.strip()
    )
    return digest_of(content), Kept(listed.head, stories, points)


def _line(document: DraftDocument, steps: Steps) -> int:
    return location_of(document.root, steps)[0].line + 1


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _parts(kept: Kept) -> tuple[object, ...]:
    head = kept.head
    said = (head.title, head.date.isoformat(), head.number, head.status, head.language, head.canonical_url)
    return said, kept.stories, kept.points


def _kept(head: list[Any], stories: list[Any], points: list[Any]) -> Kept:
    title, day, number, status, language, home = head
    said = IssueHead.model_construct(
        title=title,
        date=date.fromisoformat(day),
        number=number,
        status=Status(status),
        language=language,
        canonical_url=home,
    )
    return Kept(said, stories, points)
