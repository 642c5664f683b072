"""The model of an issue: one edition of the newsletter, described by one YAML file."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from newsletter.fields.address import ImageAddress, SourceAddress, WebAddress
from newsletter.fields.base import Model
from newsletter.fields.text import (
    PROSE,
    SCALAR,
    Date,
    Flag,
    FlagOrLine,
    Identifier,
    Language,
    Line,
    Markdown,
    Parsed,
    Sponsor,
    WholeNumber,
    json_schema,
    parse_line,
    refuse,
)
from newsletter.issue.head import MAX_NUMBER, Status
from newsletter.issue.slugs import slug_error
from newsletter.publication.key_field import Key
from newsletter.publication.section import SectionKey

Number = Annotated[int, WholeNumber(1, MAX_NUMBER)]


def _require_slug(value: str) -> str:
    if reason := slug_error(value):
        raise refuse(reason, "Use lower-case letters, digits and hyphens, as in the old file's name without .yaml.")
    return value


Slug = Annotated[str, Parsed(parse_line, _require_slug), json_schema(**SCALAR)]


class Entry(Model):
    """One recommended story: its title, its URL and the curator's comment."""

    id: Identifier | None = Field(
        None, description="A short name. `[text](@id)` in a highlight or comment links to this entry's URL."
    )
    title: Line = Field(description="The entry's title, in your own words.")
    url: WebAddress = Field(description="The story's http or https URL. It is used exactly as you type it.")
    source_title: Line | None = Field(
        None, description="The original title of the paper or page. The number of an arXiv paper is added before it."
    )
    via: SourceAddress | None = Field(
        None, description="Where you found the story: the URL of a thread or page, or a name. Outputs show “via …”."
    )
    sponsored: Annotated[bool | str, Sponsor(), PROSE] = Field(
        False,
        description="`true`, or the sponsor's name, if you are paid for the entry or a link: outputs label it.",
    )
    image: ImageAddress | None = Field(None, description="An image: a path relative to this file, or an https URL.")
    image_alt: Line | None = Field(
        None, description="A description of the image for readers who cannot see it (alternative text)."
    )
    image_credit: Line | None = Field(None, description="The owner of the image, shown below it.")
    tags: tuple[Line, ...] = Field(
        (), description="Topics of the entry, such as `[vision, time series]`. The archive has a page for each tag."
    )
    language: Language | None = Field(
        None, description="The language of this entry, if it differs from that of the issue."
    )
    pick: Annotated[bool, Flag()] = Field(
        False,
        description="`true` marks the entry for digests. A digest contains only marked entries, if there are any.",
    )
    origin: Identifier | None = Field(
        None,
        description="In a digest, the slug of the issue that the entry was taken from. It is not shown to readers.",
    )
    comment: Markdown = Field(description="Your comment on the story, in Markdown: one or a few paragraphs.")


class Issue(Model):
    """One edition of the newsletter. Its slug is the stem of the file's name and not a field."""

    title: Line = Field(description="The issue's title. It is also the email's subject, unless `subject` is set.")
    date: Date = Field(description="The publication date: YYYY-MM-DD.")
    number: Number | None = Field(None, description="The issue's number. Leave it empty if your titles use the week.")
    status: Status = Field(Status.DRAFT, description="`draft`, or `published` once the issue is out.")
    language: Language | None = Field(
        None, description="The language of the issue. The default is the publication's language."
    )
    subject: Line | None = Field(None, description="The email's subject, if it differs from the title.")
    subtitle: Line | None = Field(None, description="A line below the title.")
    preheader: Line | None = Field(
        None, description="The text that an inbox shows after the subject: 40 to 140 characters."
    )
    canonical_url: WebAddress | None = Field(
        None, description="The issue's main address on the web. The default is SITE/SLUG/."
    )
    aliases: tuple[Slug, ...] = Field(
        (), description="Earlier slugs of the issue, such as `[029]`. The archive redirects their pages to this issue."
    )
    digest: Annotated[bool, Flag()] = Field(
        False,
        description="`true` marks an issue that repeats earlier stories on purpose, such as the best of a month.",
    )
    contents: FlagOrLine | None = Field(
        None,
        description="Whether the issue lists its sections above the entries, or the sentence above that list. The"
        " default is `contents` in `newsletter.yaml`.",
    )
    intro: Markdown | None = Field(
        None, description="The text before the highlights, in Markdown: a greeting, or a few words on the issue."
    )
    highlights: dict[Key, tuple[Markdown, ...]] = Field(
        {}, description="For each section, a list of highlights: one or two sentences of Markdown each."
    )
    sections: dict[Key, tuple[Entry, ...]] = Field({}, description="The sections and their entries.")
    outro: Markdown | None = Field(None, description="The text after the last section, in Markdown: closing words.")

    @model_validator(mode="after")
    def _has_an_entry(self) -> Self:
        if not any(True for _ in self.entries()):
            raise refuse(
                "the issue has no entries", "Add an entry with `title`, `url` and `comment` under `sections:`."
            )
        return self

    def entries(self) -> Iterator[tuple[SectionKey, int, Entry]]:
        """Yield every entry with its section and its index there, from 0."""
        for section, entries in self.sections.items():
            for index, entry in enumerate(entries):
                yield section, index, entry
