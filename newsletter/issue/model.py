"""An issue: one edition of the newsletter, as its YAML file says it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from newsletter.fields.address import ImageAddress, WebAddress
from newsletter.fields.base import Model
from newsletter.fields.text import Date, Flag, Identifier, Language, Line, Markdown, WholeNumber, refuse
from newsletter.publication.section import Section

MAX_NUMBER = 999_999
Number = Annotated[int, WholeNumber(1, MAX_NUMBER)]


class Status(StrEnum):
    """Whether an issue is out: only what is published counts as a past issue."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Entry(Model):
    """One story: what it is called here, where it is, and what the curator says of it."""

    id: Identifier | None = Field(
        None, description="A short name; `[words](@id)` in a highlight or comment links to this entry's URL."
    )
    title: Line = Field(description="The entry's title, in the curator's words.")
    url: WebAddress = Field(description="The story's http or https URL, kept as it is typed.")
    source_title: Line | None = Field(
        None, description="The paper's or page's own title; an arXiv number is set before it."
    )
    image: ImageAddress | None = Field(None, description="A figure: a path relative to this file, or an https URL.")
    image_alt: Line | None = Field(None, description="What the figure shows, for those who do not see it.")
    image_credit: Line | None = Field(None, description="Whose figure it is; set under it.")
    tags: tuple[Line, ...] = Field((), description="Words to find the entry by; each has a page in the web archive.")
    language: Language | None = Field(
        None, description="The language of this entry's words, where it is not the issue's."
    )
    pick: Annotated[bool, Flag()] = Field(
        False, description="`true` marks it for a digest, which takes the picks of an issue that has some, else all."
    )
    origin: Identifier | None = Field(
        None, description="In a digest, the slug of the issue that it was taken from; no output shows it."
    )
    comment: Markdown = Field(description="What the curator says of it: Markdown, a paragraph or a few.")


class Highlights(Model):
    """The sentences at the top of an issue, under their sections' names."""

    featured: tuple[Markdown, ...] = Field((), description="Highlights of the featured section.")
    use_cases: tuple[Markdown, ...] = Field((), description="Highlights of the use cases.")
    papers: tuple[Markdown, ...] = Field((), description="Highlights of the papers.")
    articles: tuple[Markdown, ...] = Field((), description="Highlights of the articles.")
    other: tuple[Markdown, ...] = Field((), description="Highlights of the other topics.")

    def of(self, section: Section) -> tuple[str, ...]:
        """The highlights of one section."""
        return tuple(getattr(self, section.value))


class Sections(Model):
    """The entries, section by section."""

    featured: tuple[Entry, ...] = Field((), description="Featured papers and news of the week.")
    use_cases: tuple[Entry, ...] = Field((), description="Machine learning at work.")
    papers: tuple[Entry, ...] = Field((), description="Papers.")
    articles: tuple[Entry, ...] = Field((), description="Articles on the technology.")
    other: tuple[Entry, ...] = Field((), description="Whatever else was worth it.")

    def of(self, section: Section) -> tuple[Entry, ...]:
        """The entries of one section."""
        return tuple(getattr(self, section.value))


class Issue(Model):
    """One edition. Its slug is the file's stem, and stands beside it, not in it."""

    title: Line = Field(description="The issue's title; the email's subject, unless `subject` is given.")
    date: Date = Field(description="The day it is published: YYYY-MM-DD.")
    number: Number | None = Field(None, description="The issue's number; none where the title goes by week.")
    status: Status = Field(Status.DRAFT, description="`draft` until it is out, then `published`.")
    language: Language | None = Field(None, description="The language it is written in; else the publication's.")
    subject: Line | None = Field(None, description="The email's subject line, where it is not the title.")
    subtitle: Line | None = Field(None, description="A line under the title.")
    preheader: Line | None = Field(
        None, description="The line that an inbox shows after the subject: 40 to 140 characters."
    )
    canonical_url: WebAddress | None = Field(None, description="Where the issue has its home; else SITE/SLUG/.")
    highlights: Highlights = Field(
        Highlights(), description="A sentence or two of Markdown for each section that has something to point at."
    )
    sections: Sections = Field(Sections(), description="The five sections and their entries.")

    @model_validator(mode="after")
    def _has_an_entry(self) -> Self:
        if not any(True for _ in self.entries()):
            raise refuse("the issue has no entry yet", "Write one with title, url and comment under `sections:`.")
        return self

    def entries(self) -> Iterator[tuple[Section, int, Entry]]:
        """Every entry with its section and its place there, counted from 0."""
        for section in Section:
            for index, entry in enumerate(self.sections.of(section)):
                yield section, index, entry
