"""The link index: which issues link to which page, cached in `.newsletter/index`.

The cache key of an issue is the digest of its file's content, so that entries are never stale and a renamed file is
not read again. A cache that is damaged or from another version is rebuilt. If it cannot be written, the index is
built for this run only.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, count
from pathlib import Path
from typing import NamedTuple

from newsletter.documents.paths import Steps, location_of
from newsletter.documents.source import Source, decode
from newsletter.errors import NewsletterError
from newsletter.files import display, read_bytes
from newsletter.issue.draft_document import DraftDocument, parse_draft
from newsletter.issue.index_file import IndexedIssue, IndexedLinks, encode_links, save_index
from newsletter.issue.issue_list import IssueList, ListedIssue
from newsletter.publication.section import SectionKey
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key
from newsletter.text.digests import blake2b_hex

# So many lookups search the text of the index. This takes less time than to sort all entries by their keys, which makes
# further lookups fast.
_FEW = 100
# The index is saved if more than one digest in so many has changed; an edit changes two. To write the index of ten
# thousand issues takes as long as to read thirty.
_UNSAVED = 500


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
    _lookups: Iterator[int] = field(default_factory=count, repr=False, compare=False)

    def entries_with(self, key: str) -> list[Occurrence]:
        """Return the entries with a URL of this key."""
        if next(self._lookups) < _FEW:
            return [found for links in self._issues_with(key) for at, found in links.entries() if at == key]
        return self._entries.get(key, [])

    def occurrences(self) -> Iterator[tuple[str, Occurrence]]:
        """Yield every entry with the key of its URL."""
        for key, some in self._entries.items():
            yield from ((key, found) for found in some)

    def highlights_linking(self, key: str) -> list[Occurrence]:
        """Return the highlights that link to a URL of this key."""
        if next(self._lookups) < _FEW:
            return [found for links in self._issues_with(key) for at, found in links.linking() if at == key]
        return self._highlights_by_link.get(key, [])

    def highlights_of(self, words: str) -> list[Occurrence]:
        """Return the highlights with the same words, given as their `words_digest`."""
        if next(self._lookups) < _FEW:
            return [found for links in self._issues_with(words) for at, found in links.wording() if at == words]
        return self._highlights_by_words.get(words, [])

    def _issues_with(self, value: str) -> Iterator["_IssueLinks"]:
        """Yield the issues whose index contains a value."""
        text, starts = self._text
        sought, at = json.dumps(value), 0
        while (at := text.find(sought, at)) >= 0:
            number = bisect_right(starts, at) - 1
            yield self._links(self.archive.issues[number])
            at = starts[number + 1] if number + 1 < len(starts) else len(text)

    @cached_property
    def _text(self) -> tuple[str, list[int]]:
        """The index of all issues as one text, and where each issue begins."""
        texts = [self._of(listed).text for listed in self.archive.issues]
        return "\n".join(texts), list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))

    @cached_property
    def _entries(self) -> dict[str, list[Occurrence]]:
        return _by_key(found for links in self._all for found in links.entries())

    @cached_property
    def _highlights_by_link(self) -> dict[str, list[Occurrence]]:
        return _by_key(found for links in self._all for found in links.linking())

    @cached_property
    def _highlights_by_words(self) -> dict[str, list[Occurrence]]:
        return _by_key(found for links in self._all for found in links.wording())

    @cached_property
    def _all(self) -> list["_IssueLinks"]:
        return [self._links(listed) for listed in self.archive.issues]

    def _links(self, listed: ListedIssue) -> "_IssueLinks":
        return _IssueLinks(listed, self._of(listed).links())

    def _of(self, listed: ListedIssue) -> IndexedIssue:
        return self.indexed.get(listed.digest) or IndexedIssue("[[],[]]")


class _IssueLinks(NamedTuple):
    """The entries and highlights of an issue. Each method yields them with what they are looked up by."""

    listed: ListedIssue
    links: IndexedLinks

    def entries(self) -> Iterator[tuple[str, Occurrence]]:
        for key, section, line in self.links.entries:
            yield key, Occurrence(self.listed, section, line)

    def linking(self) -> Iterator[tuple[str, Occurrence]]:
        for _, section, line, keys in self.links.highlights:
            yield from ((key, Occurrence(self.listed, section, line)) for key in dict.fromkeys(keys))

    def wording(self) -> Iterator[tuple[str, Occurrence]]:
        for words, section, line, _ in self.links.highlights:
            yield words, Occurrence(self.listed, section, line)


def _by_key(found: Iterable[tuple[str, Occurrence]]) -> dict[str, list[Occurrence]]:
    by_key: dict[str, list[Occurrence]] = {}
    for key, occurrence in found:
        by_key.setdefault(key, []).append(occurrence)
    return by_key


def complete_index(archive: IssueList, cached: dict[str, IndexedIssue], file: Path) -> LinkIndex:
    """Index the issues of an archive. Issues that are not in `cached` are read.

    The result is cached in `file`, unless it differs in so few issues that the next command better reads these again.
    """
    errors: list[NewsletterError] = []
    now: dict[str, IndexedIssue] = {}
    for listed in archive.issues:
        try:
            digest, found = (listed.digest, known) if (known := cached.get(listed.digest)) else _read(listed)
            now[digest] = found
        except NewsletterError as error:
            errors.append(error)
    if len(now.keys() ^ cached.keys()) * _UNSAVED > len(now):
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
    return blake2b_hex(content), IndexedIssue(encode_links(IndexedLinks(entries, highlights)))


def _line(document: DraftDocument, steps: Steps) -> int:
    return location_of(document.root, steps)[0].line + 1
