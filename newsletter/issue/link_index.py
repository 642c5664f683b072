"""The link index: which issues link to which page, cached in `.newsletter/index`.

The cache key of an issue is the digest of its file's content, so that entries are never stale and a renamed file is
not read again. A cache that is damaged or from another version is rebuilt. If it cannot be written, the index is
built for this run only.
"""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from newsletter import __version__
from newsletter.documents.paths import Steps, location_of
from newsletter.documents.source import Source, decode
from newsletter.errors import AccessError, NewsletterError
from newsletter.files import display, read_bytes, write_whole
from newsletter.issue.draft_document import DraftDocument, parse_draft
from newsletter.issue.issue_list import IssueHead, IssueList, ListedIssue
from newsletter.issue.model import Status
from newsletter.publication.section import SectionKey
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import KEY_VERSION, link_key
from newsletter.text.digests import blake2b_hex

_MARK = f"newsletter-index 4 {KEY_VERSION} {__version__} "


# The key of an entry's URL (`link_key`), its section, and the line of its URL, from 1.
IndexedEntry = tuple[str, SectionKey, int]
# The digest of a highlight's words, its section, its line, and the keys of the URLs that it links to.
IndexedHighlight = tuple[str, SectionKey, int, Sequence[str]]


class IndexedIssue(NamedTuple):
    """The indexed data of an issue."""

    head: IssueHead
    entries: Sequence[IndexedEntry]
    highlights: Sequence[IndexedHighlight]


class Occurrence(NamedTuple):
    """An entry or highlight of a listed issue, as text `2021-week-09, use_cases`. Lines count from 1."""

    listed: ListedIssue
    section: SectionKey
    line: int

    def __str__(self) -> str:
        return f"{self.listed.slug}, {self.section}"


@dataclass(frozen=True)
class LinkIndex:
    """The entries and highlights of all issues including drafts, oldest first.

    The `key` of a URL is the result of `link_key`.

    Args:
        archive: the issues.
        indexed: the indexed data by the digests of the issues' files.
        errors: the errors of issues that cannot be read as a whole.
    """

    archive: IssueList
    indexed: dict[str, IndexedIssue]
    errors: tuple[NewsletterError, ...] = ()

    def entries_with(self, key: str) -> list[Occurrence]:
        """Return the entries with a URL of this key."""
        return [Occurrence(listed, at[1], at[2]) for listed, at in self._entries.get(key, ())]

    def occurrences(self) -> Iterator[tuple[str, Occurrence]]:
        """Yield every entry with the key of its URL."""
        for key, found in self._entries.items():
            yield from ((key, Occurrence(listed, at[1], at[2])) for listed, at in found)

    def highlights_linking(self, key: str) -> list[Occurrence]:
        """Return the highlights that link to a URL of this key."""
        return [Occurrence(listed, at[1], at[2]) for listed, at in self._highlights if key in at[3]]

    def highlights_of(self, words: str) -> list[Occurrence]:
        """Return the highlights with the same words, given as their `words_digest`."""
        return [Occurrence(listed, at[1], at[2]) for listed, at in self._highlights_by_words.get(words, ())]

    @cached_property
    def _entries(self) -> dict[str, list[tuple[ListedIssue, IndexedEntry]]]:
        found: dict[str, list[tuple[ListedIssue, IndexedEntry]]] = defaultdict(list)
        for listed in self.archive.issues:
            for entry in self._of(listed).entries:
                found[entry[0]].append((listed, entry))
        return found

    @cached_property
    def _highlights_by_words(self) -> dict[str, list[tuple[ListedIssue, IndexedHighlight]]]:
        found: dict[str, list[tuple[ListedIssue, IndexedHighlight]]] = defaultdict(list)
        for listed, highlight in self._highlights:
            found[highlight[0]].append((listed, highlight))
        return found

    @cached_property
    def _highlights(self) -> list[tuple[ListedIssue, IndexedHighlight]]:
        return [(listed, highlight) for listed in self.archive.issues for highlight in self._of(listed).highlights]

    def _of(self, listed: ListedIssue) -> IndexedIssue:
        return self.indexed.get(listed.digest) or IndexedIssue(listed.head, (), ())


def load_index(file: Path) -> dict[str, IndexedIssue]:
    """Read the cached index, by the digests of the issues' files. Returns {} if it is missing, damaged or outdated."""
    try:
        mark, _, body = file.read_bytes().partition(b"\n")
        if mark.decode("ascii", "replace") != _MARK + blake2b_hex(body):
            return {}
        return {digest: _indexed(*parts) for digest, parts in json.loads(body).items()}
    except OSError:
        return {}


def complete_index(archive: IssueList, cached: dict[str, IndexedIssue], file: Path) -> LinkIndex:
    """Index the issues of an archive. Issues that are not in `cached` are read, and the result is cached in `file`."""
    errors: list[NewsletterError] = []
    now: dict[str, IndexedIssue] = {}
    for listed in archive.issues:
        try:
            digest, found = (listed.digest, known) if (known := cached.get(listed.digest)) else _read(listed)
            now[digest] = found
        except NewsletterError as error:
            errors.append(error)
    if now.keys() != cached.keys():
        # A folder that cannot be written to is not an error: the next run reads the issues again.
        with contextlib.suppress(AccessError):
            body = json.dumps({digest: _parts(found) for digest, found in now.items()}, separators=(",", ":")).encode()
            write_whole(file, f"{_MARK}{blake2b_hex(body)}\n".encode() + body)
    return LinkIndex(archive, now, tuple(errors))


def words_digest(text: str) -> str:
    """Return a digest of a highlight's words. Links, line breaks and upper case do not change it."""
    words = " ".join(
        tree.plain_inlines(block.children) for block in markdown.parse(text) if isinstance(block, tree.Paragraph)
    )
    return blake2b_hex(" ".join(words.casefold().split()), 16)


def link_urls(text: str) -> list[str]:
    """Return the URLs that a Markdown text links to, without references such as `@id`."""
    links = (child.url for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link))
    return [url for url in dict.fromkeys(links) if re.match("https?:", url, re.IGNORECASE)]


def _read(listed: ListedIssue) -> tuple[str, IndexedIssue]:
    content = read_bytes(listed.path)
    name = display(listed.path)
    document = parse_draft(Source(name, decode(content, name)), listed.path)
    entries = tuple(
        (link_key(entry.url.strip()), section, _line(document, ("sections", section, index, "url")))
        for section, index, entry in document.draft.entries()
        if entry.url.strip()
    )
    highlights = tuple(
        (
            words_digest(text),
            section,
            _line(document, ("highlights", section, index)),
            tuple(link_key(url) for url in link_urls(text)),
        )
        for section, index, text in document.draft.points()
        if text.strip()
    )
    return blake2b_hex(content), IndexedIssue(listed.head, entries, highlights)


def _line(document: DraftDocument, steps: Steps) -> int:
    return location_of(document.root, steps)[0].line + 1


def _parts(indexed: IndexedIssue) -> tuple[object, ...]:
    head = indexed.head
    fields = (head.title, head.date.isoformat(), head.number, head.status, head.language, head.canonical_url)
    return (*fields, head.aliases), indexed.entries, indexed.highlights


def _indexed(head: list[Any], entries: list[Any], highlights: list[Any]) -> IndexedIssue:
    title, day, number, status, language, home, aliases = head
    read = IssueHead.model_construct(
        title=title,
        date=date.fromisoformat(day),
        number=number,
        status=Status(status),
        language=language,
        canonical_url=home,
        aliases=tuple(aliases),
    )
    return IndexedIssue(read, entries, highlights)
