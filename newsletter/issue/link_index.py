"""The link index: which issues link to which page, cached in `.newsletter/index`.

The cache key of an issue is the digest of its file's content, so that entries are never stale and a renamed file is
not read again. A cache that is damaged or from another version is rebuilt. If it cannot be written, the index is
built for this run only.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from newsletter.documents.paths import Steps, location_of
from newsletter.documents.source import Source, decode
from newsletter.errors import NewsletterError
from newsletter.files import display, read_bytes
from newsletter.issue.draft_document import DraftDocument, parse_draft
from newsletter.issue.index_file import IndexedEntry, IndexedHighlight, IndexedIssue, save_index
from newsletter.issue.issue_list import IssueList, ListedIssue
from newsletter.publication.section import SectionKey
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key
from newsletter.text.digests import blake2b_hex


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
        save_index(file, now)
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
