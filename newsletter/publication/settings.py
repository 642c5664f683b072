"""The publication: the newsletter as a whole, as `newsletter.yaml` says it."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from newsletter.fields.address import EmailAddress, ImageAddress, SiteAddress, WebAddress
from newsletter.fields.base import Model
from newsletter.fields.colour import (
    DARK_GROUNDS,
    LEAST_CONTRAST,
    LIGHT_GROUNDS,
    least_contrast,
    nearest_shade,
)
from newsletter.fields.pattern import pattern_of
from newsletter.fields.text import Colour, Flag, Language, Line, Markdown, WholeNumber, refuse
from newsletter.publication.campaign_parameters import Campaigns
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.rhythm import Rhythm
from newsletter.publication.section import Section

TITLE_FIELDS = ("name", "number", "week", "year", "date")
MEDIUM_TAGS, MEDIUM_TAG_LENGTH = 3, 25


class Sender(Model):
    """Who the email is from."""

    name: Line | None = Field(None, description="The name that an inbox shows; else the publication's.")
    email: EmailAddress = Field(description="The address that the email is from.")


class FooterLink(Model):
    """A link that the footer shows."""

    title: Line = Field(description="The link's words.")
    url: WebAddress = Field(description="Where it leads.")
    teaser: Line | None = Field(None, description="A line on what is there.")


class Subscribe(Model):
    """The call to subscribe."""

    url: WebAddress = Field(description="The page where a reader subscribes.")
    action: WebAddress | None = Field(
        None,
        description="Where the archive's form posts a reader's `email` to; else the archive links to `url`.",
    )
    title: Line | None = Field(None, description="The button's words; else those of the issue's language.")
    teaser: Line | None = Field(None, description="The sentence above the button; else that of the issue's language.")


class Links(Model):
    """What stands under the entries."""

    subscribe: Subscribe | None = Field(None, description="The call to subscribe; none, and it is left out.")
    other: tuple[FooterLink, ...] = Field((), description="Other writing of the author's.")


class SectionLabels(Model):
    """Names for the sections, in place of those that the language brings."""

    featured: Line | None = Field(None, description="The featured section's name.")
    use_cases: Line | None = Field(None, description="The use cases' name.")
    papers: Line | None = Field(None, description="The papers' name.")
    articles: Line | None = Field(None, description="The articles' name.")
    other: Line | None = Field(None, description="The other topics' name.")


def _read_on(ground: str, colours: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        ratio = least_contrast(value, colours)
        if ratio < LEAST_CONTRAST:
            measured = f"{int(ratio * 10) / 10}:1, and {LEAST_CONTRAST}:1 is needed to read it"
            message = f"{value} on {ground} ground has a contrast of {measured}"
            raise refuse(message, f'"{nearest_shade(value, colours)}" would do.')
        return value

    return AfterValidator(check)


class Colours(Model):
    """The accent, on light and on dark ground."""

    light: Annotated[Colour, _read_on("light", LIGHT_GROUNDS)] = Field(
        "#b4430f", description="The accent on light ground; its contrast must reach 4.5:1."
    )
    dark: Annotated[Colour, _read_on("dark", DARK_GROUNDS)] = Field(
        "#ff9a62", description="The accent on dark ground; its contrast must reach 4.5:1."
    )


class Logo(Model):
    """The mark above the title."""

    image: ImageAddress = Field(description="A path relative to `newsletter.yaml`, or an https URL.")
    alt: Line | None = Field(None, description="The words read in its place; else the publication's name.")
    width: Annotated[int, WholeNumber(16, 528)] = Field(
        120, description="Its width on the page, in pixels, from 16 to 528."
    )


def _medium_tag(value: str) -> str:
    if len(value) > MEDIUM_TAG_LENGTH:
        raise refuse(
            f"this tag has {len(value)} characters, and Medium takes {MEDIUM_TAG_LENGTH}", "Write a shorter one."
        )
    return value


def _medium_tags(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MEDIUM_TAGS:
        raise refuse(f"{len(value)} tags, and Medium takes {MEDIUM_TAGS}", "Keep the ones that say most.")
    return value


class Medium(Model):
    """What the Medium story carries beside its text."""

    tags: Annotated[tuple[Annotated[Line, AfterValidator(_medium_tag)], ...], BeforeValidator(_medium_tags)] = Field(
        (), description="At most three tags of at most 25 characters."
    )


class Capture(Model):
    """What `newsletter add` makes of a URL."""

    sections: dict[Line, Section] = Field(
        {},
        description="The section of a domain's pages, such as `arxiv.org: papers`; goes before what newsletter knows.",
    )


class Site(Model):
    """What the web archive has beside its pages and feeds."""

    search: Annotated[bool, Flag()] = Field(True, description="Whether every entry can be searched for.")
    cards: Annotated[bool, Flag()] = Field(
        True, description="Whether each issue has a picture that networks show with a link to it."
    )


class Checks(Model):
    """What `newsletter check` looks for."""

    ignore: tuple[Line, ...] = Field((), description="The ids of rules that are not wanted; docs/checks.md has them.")


class Publication(Model):
    """The newsletter as a whole."""

    name: Line = Field(description="The newsletter's name, as the masthead shows it.")
    site_url: SiteAddress = Field(description="The web archive's address; an issue's canonical URL is SITE/SLUG/.")
    sender: Sender = Field(alias="from", description="Who the email is from, when it is sent.")
    postal_address: Markdown = Field(
        description="The address that the law asks for under a bulk email; line breaks are kept."
    )
    tagline: Line | None = Field(None, description="A line on what the newsletter is about.")
    language: Language = Field("en", description="The language of an issue that names none.")
    author: Line | None = Field(None, description="Who writes it.")
    about: Markdown | None = Field(None, description="About the author: Markdown, at the foot of every issue.")
    reply_to: EmailAddress | None = Field(None, description="Where replies to a sent email go, if not to `from`.")
    logo: Logo | None = Field(None, description="A mark above the title, in place of the name in small capitals.")
    colours: Colours = Field(Colours(), description="The accent colours.")
    issue_title: Annotated[Line, pattern_of(TITLE_FIELDS)] = Field(
        "{name} — Issue {number}",
        description="A new issue's title: by `{number}`, or by ISO `{week}` and `{year}`; also `{name}`, `{date}`.",
    )
    rhythm: Rhythm = Field(Rhythm(), description="How often an issue is published.")
    links: Links = Field(Links(), description="What stands under the entries.")
    labels: dict[Language, SectionLabels] = Field({}, description="Names for the sections, by language.")
    campaign: Campaigns = Field(Campaigns(), description="Campaign parameters on the titles' links.")
    image_base_url: SiteAddress | None = Field(None, description="Where `build/assets/` is hosted; else SITE/assets/.")
    past_issues: Annotated[int, WholeNumber(0, 50)] = Field(
        5, description="The number of past issues listed, from 0 to 50."
    )
    medium: Medium = Field(Medium(), description="What the Medium story carries beside its text.")

    site: Site = Field(Site(), description="What the web archive has beside its pages and feeds.")
    capture: Capture = Field(Capture(), description="What `newsletter add` makes of a URL.")
    checks: Checks = Field(Checks(), description="What `newsletter check` looks for.")
    delivery: DeliverySettings = Field(DeliverySettings(), description="How issues are sent.")
    database: Line = Field(
        "sqlite:///newsletter.db",
        description="The database of subscribers and campaigns, as a URL; the variable `NEWSLETTER_DATABASE` wins.",
    )

    @property
    def assets_url(self) -> str:
        """The address below which the images are hosted; ends with a slash."""
        return self.image_base_url or f"{self.site_url}assets/"

    @property
    def numbered(self) -> bool:
        """Whether issues go by number, not by week."""
        return "{number}" in self.issue_title

    def title_of(self, number: int | None, day: date) -> str:
        """The title of a new issue, after the publication's pattern."""
        week = day.isocalendar()
        fields = {
            "name": self.name,
            "number": "" if number is None else str(number),
            "week": str(week.week),
            "year": str(week.year),
            "date": day.isoformat(),
        }
        return self.issue_title.format_map(fields)
