"""A proof: an issue laid out to be read for faults, with what is known of the issues around it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from newsletter.documents.paths import Steps
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import DraftDocument
from newsletter.issue.issue_list import ListedIssue
from newsletter.issue.link_index import LinkIndex, Occurrence
from newsletter.issue.model import Status
from newsletter.publication.section import Section
from newsletter.publication.settings import Publication
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key

# The source of most rules.
PUBLISHED = "nineteen issues of one newsletter, read closely: published so"


@dataclass(frozen=True, slots=True)
class Story:
    """An entry with the steps that lead to it, and its story's key, which is empty where it has no URL."""

    steps: Steps
    section: Section
    entry: EntryDraft
    key: str

    @property
    def name(self) -> str:
        """How a message calls it."""
        return f"“{self.entry.title}”" if self.entry.title else "the entry without a title"


@dataclass(frozen=True, slots=True)
class Passage:
    """A Markdown text of the issue: a highlight or a comment, with the language that it is written in."""

    steps: Steps
    text: str
    language: str

    @property
    def blocks(self) -> tree.Blocks:
        """What it says."""
        return markdown.parse(self.text)


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link of a passage: as it is typed, the URL to which it leads (an entry's, for an `@id`), and its words."""

    steps: Steps
    typed: str
    url: str
    words: str


@dataclass(frozen=True)
class Proof:
    """An issue's draft, its publication, and the archive."""

    document: DraftDocument
    publication: Publication
    index: LinkIndex

    @cached_property
    def language(self) -> str:
        """The language of the issue."""
        return self.document.draft.language or self.publication.language

    @cached_property
    def date(self) -> date | None:
        """The issue's date, where it is one."""
        try:
            return date.fromisoformat(self.document.draft.date)
        except ValueError:
            return None

    @cached_property
    def stories(self) -> tuple[Story, ...]:
        """Every entry."""
        return tuple(
            Story(("sections", section.value, index), section, entry, link_key(url) if (url := entry.url) else "")
            for section, index, entry in self.document.draft.entries()
        )

    @cached_property
    def highlights(self) -> tuple[Passage, ...]:
        """Every highlight that is written."""
        return tuple(
            Passage(("highlights", section.value, index), text, self.language)
            for section, index, text in self.document.draft.points()
            if text.strip()
        )

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every highlight, and every comment."""
        comments = (
            Passage((*story.steps, "comment"), story.entry.comment, story.entry.language or self.language)
            for story in self.stories
            if story.entry.comment.strip()
        )
        return (*self.highlights, *comments)

    @cached_property
    def links(self) -> tuple[LinkFound, ...]:
        """The links of every passage."""
        return tuple(
            LinkFound(passage.steps, child.url, self._entries.get(child.url, child.url), _words(child))
            for passage in self.passages
            if "](" in passage.text or "<" in passage.text
            for child in tree.walk(passage.blocks)
            if isinstance(child, tree.Link)
        )

    def links_in(self, passage: Passage) -> list[LinkFound]:
        """The links of one passage."""
        return self._links_by_steps.get(passage.steps, [])

    @cached_property
    def _links_by_steps(self) -> dict[Steps, list[LinkFound]]:
        found: dict[Steps, list[LinkFound]] = defaultdict(list)
        for link in self.links:
            found[link.steps].append(link)
        return found

    @cached_property
    def digest(self) -> bool:
        """Whether the issue is compiled from others, whose stories and highlights it has by intent."""
        return any(story.entry.origin for story in self.stories)

    @cached_property
    def urls(self) -> tuple[tuple[Steps, str], ...]:
        """Every URL that is typed somewhere, with the steps that lead there: of entries, images, texts, the issue."""
        fields = [
            ((*story.steps, name), value)
            for story in self.stories
            for name in ("url", "image")
            if (value := getattr(story.entry, name)) and (name == "url" or "://" in value)
        ]
        if self.document.draft.canonical_url:
            fields.append((("canonical_url",), self.document.draft.canonical_url))
        inside = [(link.steps, link.typed) for link in self.links]
        return (*fields, *dict.fromkeys(pair for pair in inside if not pair[1].lower().startswith(("@", "mailto:"))))

    @cached_property
    def _entries(self) -> dict[str, str]:
        return {f"@{story.entry.id}": story.entry.url for story in self.stories if story.entry.id}

    @cached_property
    def fellows(self) -> tuple[ListedIssue, ...]:
        """The other issues in this one's language, in the order of their dates."""
        return tuple(
            listed
            for listed in self.index.archive.issues
            if listed.slug != self.document.slug
            and (listed.head.language or self.publication.language) == self.language
        )

    def earlier(self, places: list[Occurrence]) -> Occurrence | None:
        """The latest of some places that this issue's readers have had before: published, and of an earlier date."""
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
