"""What the rules on an issue check: its entries, texts and links, and the other issues of the archive."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from newsletter.documents.paths import Steps
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import DraftDocument
from newsletter.issue.head import Status
from newsletter.issue.issue_list import ListedIssue
from newsletter.issue.link_index import LinkIndex, Occurrence
from newsletter.publication.section import SectionKey
from newsletter.publication.settings import Publication
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key
from newsletter.text.periods import month_in

# The source of most rules.
PUBLISHED = "a review of 19 published issues of one newsletter"


class CheckedEntry(NamedTuple):
    """An entry.

    Args:
        steps: the steps to it in the file.
        section: its section.
        draft: its fields.
        key: the key of its URL, or "" if it has none.
    """

    steps: Steps
    section: SectionKey
    draft: EntryDraft
    key: str

    @property
    def name(self) -> str:
        """The entry's name in messages."""
        return f"“{self.draft.title}”" if self.draft.title else "the entry without a title"


class Passage(NamedTuple):
    """A Markdown text of the issue, and its language: the intro, a highlight, a comment or the outro."""

    steps: Steps
    text: str
    language: str

    @property
    def blocks(self) -> tree.Blocks:
        """The text as a tree."""
        return markdown.parse(self.text)


class PassageLink(NamedTuple):
    """A link of a passage.

    Args:
        steps: the steps to the passage.
        typed: the target as typed.
        url: the URL; for an `@id`, that of the entry.
        words: the link text.
    """

    steps: Steps
    typed: str
    url: str
    words: str


@dataclass(frozen=True)
class CheckedIssue:
    """An issue's draft, its publication, and the index of the archive."""

    document: DraftDocument
    publication: Publication
    index: LinkIndex

    @cached_property
    def language(self) -> str:
        """The language of the issue."""
        return self.document.draft.language or self.publication.language

    @cached_property
    def date(self) -> date | None:
        """The issue's date, or None if it is missing or invalid."""
        try:
            return date.fromisoformat(self.document.draft.date)
        except ValueError:
            return None

    @cached_property
    def entries(self) -> tuple[CheckedEntry, ...]:
        """Every entry."""
        return tuple(
            CheckedEntry(("sections", section, index), section, entry, link_key(url) if (url := entry.url) else "")
            for section, index, entry in self.document.draft.entries()
        )

    @cached_property
    def highlights(self) -> tuple[Passage, ...]:
        """Every highlight that is not blank."""
        return tuple(
            Passage(("highlights", section, index), text, self.language)
            for section, index, text in self.document.draft.points()
            if text.strip()
        )

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every intro, highlight, comment and outro that is not blank."""
        comments = (
            Passage((*entry.steps, "comment"), entry.draft.comment, entry.draft.language or self.language)
            for entry in self.entries
            if entry.draft.comment.strip()
        )
        return (*self._text_of("intro"), *self.highlights, *comments, *self._text_of("outro"))

    def _text_of(self, name: str) -> tuple[Passage, ...]:
        """Return the intro or the outro as the only passage, or nothing if it is blank."""
        text: str = getattr(self.document.draft, name)
        return (Passage((name,), text, self.language),) if text.strip() else ()

    @cached_property
    def links(self) -> tuple[PassageLink, ...]:
        """The links of every passage."""
        return tuple(
            PassageLink(passage.steps, child.url, self._urls_by_reference.get(child.url, child.url), _words(child))
            for passage in self.passages
            if "](" in passage.text or "<" in passage.text
            for child in tree.walk(passage.blocks)
            if isinstance(child, tree.Link)
        )

    def links_in(self, passage: Passage) -> list[PassageLink]:
        """Return the links of one passage."""
        return self._links_by_steps.get(passage.steps, [])

    @cached_property
    def _links_by_steps(self) -> dict[Steps, list[PassageLink]]:
        found: dict[Steps, list[PassageLink]] = defaultdict(list)
        for link in self.links:
            found[link.steps].append(link)
        return found

    @cached_property
    def digest(self) -> bool:
        """Whether the issue is a digest, which repeats entries and highlights of others on purpose."""
        return self.marked_as_digest or any(entry.draft.origin for entry in self.entries)

    @cached_property
    def marked_as_digest(self) -> bool:
        """Whether any story may be one of an earlier issue: by `digest: true`, or by a title that names a month.

        Such a title marks a digest only among issues that come more often.
        """
        month = month_in(self.document.draft.title)
        return self.document.draft.digest or (
            month is not None
            and sum((fellow.head.date.year, fellow.head.date.month) == month for fellow in self.siblings) > 1
        )

    @cached_property
    def urls(self) -> tuple[tuple[Steps, str], ...]:
        """Every URL with the steps to it: of entries, their sources and images, in texts, and the canonical URL."""
        fields = [
            ((*entry.steps, name), value)
            for entry in self.entries
            for name in ("url", "via", "image")
            if (value := getattr(entry.draft, name)) and (name == "url" or "://" in value)
        ]
        if self.document.draft.canonical_url:
            fields.append((("canonical_url",), self.document.draft.canonical_url))
        inside = [(link.steps, link.typed) for link in self.links]
        return (*fields, *dict.fromkeys(pair for pair in inside if not pair[1].lower().startswith(("@", "mailto:"))))

    @cached_property
    def urls_and_images(self) -> tuple[tuple[Steps, str], ...]:
        """Every URL, and the URL of every image in a text, with the steps to it."""
        images = [
            (passage.steps, child.source)
            for passage in self.passages
            if "![" in passage.text
            for child in tree.walk(passage.blocks)
            if isinstance(child, tree.Image) and "://" in child.source
        ]
        return tuple(dict.fromkeys((*self.urls, *images)))

    @cached_property
    def _urls_by_reference(self) -> dict[str, str]:
        return {f"@{entry.draft.id}": entry.draft.url for entry in self.entries if entry.draft.id}

    @cached_property
    def siblings(self) -> tuple[ListedIssue, ...]:
        """The other issues in the same language, in the order of their dates."""
        return tuple(
            listed
            for listed in self.index.archive.issues
            if listed.slug != self.document.slug
            and (listed.head.language or self.publication.language) == self.language
        )

    def earlier(self, places: list[Occurrence]) -> Occurrence | None:
        """Return the latest of these occurrences in issues published before this one in its language, or None."""
        past = (
            where
            for where in places
            if self.date is not None
            and where.listed.head.status is Status.PUBLISHED
            and where.listed.head.date < self.date
            and where.listed.slug != self.document.slug
            and (where.listed.head.language or self.publication.language) == self.language
        )
        return max(past, key=lambda where: where.listed.head.date, default=None)


def _words(link: tree.Link) -> str:
    return tree.plain_inlines(link.children)
