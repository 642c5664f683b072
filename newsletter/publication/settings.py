"""The settings of a publication, as in `newsletter.yaml`."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from newsletter.fields.address import EmailAddress, ImageAddress, SiteAddress, WebAddress
from newsletter.fields.base import Model
from newsletter.fields.colour import (
    DARK_GROUNDS,
    LEAST_CONTRAST,
    LIGHT_GROUNDS,
    least_contrast,
    nearest_shade,
)
from newsletter.fields.pattern import validate_pattern
from newsletter.fields.text import (
    Checked,
    Colour,
    Flag,
    FlagOrLine,
    Language,
    Line,
    Markdown,
    WholeNumber,
    refuse,
)
from newsletter.fields.zone import ZoneName
from newsletter.publication.basics import PublicationBasics
from newsletter.publication.by_language import LineByLanguage
from newsletter.publication.campaign_parameters import Campaigns
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.issue_dates import IssueRhythm
from newsletter.publication.key_field import Key
from newsletter.publication.rhythm import Rhythm
from newsletter.publication.section import DEFAULT_SECTIONS, SectionKeys
from newsletter.publication.subscribe_settings import SubscribeSettings

TITLE_FIELDS = ("name", "number", "week", "year", "date")
MEDIUM_TAGS, MEDIUM_TAG_LENGTH = 3, 25


class Sender(Model):
    """The sender of the email."""

    name: Line | None = Field(
        None, description="The name that an inbox shows. The default is the name of the publication."
    )
    email: EmailAddress = Field(description="The address that emails are sent from.")


class FooterLink(Model):
    """A link in the footer."""

    title: Line = Field(description="The text of the link.")
    url: WebAddress = Field(description="The address of the page.")
    teaser: Line | None = Field(None, description="A short description of the page.")


class Subscribe(Model):
    """The call to subscribe."""

    url: WebAddress = Field(description="The page where readers subscribe.")
    action: WebAddress | None = Field(
        None,
        description="The address that the archive's sign-up form posts `email` to. The default is the page `subscribe`"
        " at `delivery.pages_url`, if `url` is there. Otherwise, the archive links to `url`.",
    )
    title: Line | None = Field(None, description="The text of the button. The default is the label `subscribe`.")
    teaser: Line | None = Field(
        None,
        description="The sentence above the button, and before the link in the email. The default is the label"
        " `subscribe_call`, in the email `forwarded`.",
    )


class Links(Model):
    """The links below the entries."""

    subscribe: Subscribe | None = Field(
        None, description="The call to subscribe. Without it, issues have no link to subscribe."
    )
    other: tuple[FooterLink, ...] = Field((), description="Links to the author's other writing.")


def _require_contrast(ground: str, colours: tuple[str, ...]) -> Checked:
    def check(value: str) -> str:
        ratio = least_contrast(value, colours)
        if ratio < LEAST_CONTRAST:
            measured = f"{int(ratio * 10) / 10}:1, below the minimum of {LEAST_CONTRAST}:1"
            message = f"{value} has a contrast on a {ground} background of {measured}"
            raise refuse(message, f'Use "{nearest_shade(value, colours)}", the nearest readable shade.')
        return value

    return Checked(check)


class Colours(Model):
    """The accent colours for light and dark backgrounds."""

    light: Annotated[Colour, _require_contrast("light", LIGHT_GROUNDS)] = Field(
        "#b4430f", description="The accent colour on light backgrounds, with a contrast of at least 4.5:1."
    )
    dark: Annotated[Colour, _require_contrast("dark", DARK_GROUNDS)] = Field(
        "#ff9a62", description="The accent colour on dark backgrounds, with a contrast of at least 4.5:1."
    )


class Logo(Model):
    """The logo above the title."""

    image: ImageAddress = Field(description="A path relative to `newsletter.yaml`, or an https URL.")
    alt: Line | None = Field(
        None, description="The alternative text of the logo. The default is the publication's name."
    )
    width: Annotated[int, WholeNumber(16, 528)] = Field(
        120, description="The width of the logo in pixels, from 16 to 528."
    )


class Contents(Model):
    """The list of sections above the entries of an issue."""

    show: Annotated[bool, Flag()] | None = Field(
        None,
        description="Whether issues list their sections above the entries. By default, those with at least eight"
        " entries do.",
    )
    sentence: FlagOrLine = Field(
        True,
        description="The sentence above the list, in issues in the publication's `language`; `false` leaves it out. The"
        " default is the label `contents`.",
    )


def _medium_tag(value: str) -> str:
    if len(value) > MEDIUM_TAG_LENGTH:
        raise refuse(
            f"the tag has {len(value)} characters; Medium allows at most {MEDIUM_TAG_LENGTH}", "Use a shorter tag."
        )
    return value


def _medium_tags(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MEDIUM_TAGS:
        raise refuse(f"found {len(value)} tags; Medium allows at most {MEDIUM_TAGS}", f"Keep at most {MEDIUM_TAGS}.")
    return value


class Medium(Model):
    """The settings of the Medium story."""

    tags: Annotated[tuple[Annotated[Line, Checked(_medium_tag)], ...], BeforeValidator(_medium_tags)] = Field(
        (), description="At most three tags of at most 25 characters."
    )


class Capture(Model):
    """The settings of `newsletter add`."""

    sections: dict[Line, Key] = Field(
        {},
        description="The section for pages of a domain, such as `arxiv.org: papers`. It replaces the built-in choice.",
    )


class Site(Model):
    """Optional parts of the archive."""

    search: Annotated[bool, Flag()] = Field(True, description="Whether the archive has a search page.")
    cards: Annotated[bool, Flag()] = Field(
        True, description="Whether each issue has a preview image for links on social networks."
    )


class Checks(Model):
    """The settings of `newsletter check`."""

    ignore: tuple[Line, ...] = Field((), description="The ids of rules to turn off; docs/checks.md lists them.")


class ArchiveSettings(Model):
    """The settings of `newsletter publish`."""

    deploy: Line | None = Field(
        None,
        description="The shell command that uploads build/site/, such as"
        " `rsync -a build/site/ me@example.org:/var/www/newsletter/`.",
    )


class PreflightSettings(Model):
    """The settings of `newsletter preflight`."""

    allow_private: Annotated[bool, Flag()] = Field(
        False, description="Whether the preflight may request pages and images on this machine and its network."
    )


def _require_pages_url(value: bool, info: ValidationInfo) -> bool:
    # A delivery that is not valid is reported by itself.
    delivery = info.data.get("delivery")
    if value and isinstance(delivery, DeliverySettings) and delivery.pages_url is None:
        raise refuse(
            "`clicks` needs `delivery.pages_url`",
            "Write the public address of `newsletter serve` there: links to entries lead through it.",
        )
    return value


class Publication(Model):
    """The settings of a newsletter."""

    name: Line = Field(description="The newsletter's name.")
    site_url: SiteAddress = Field(description="The archive's address. An issue's canonical URL is SITE/SLUG/.")
    sender: Sender = Field(alias="from", description="The sender of the email.")
    postal_address: Markdown = Field(
        description="Your postal address, which the law requires in bulk email. Line breaks are kept."
    )
    tagline: Line | None = Field(None, description="A line that describes the newsletter.")
    language: Language = Field("en", description="The language of issues without `language`.")
    timezone: ZoneName = Field(
        "UTC",
        description="The time zone of `newsletter send --at` and of `delivery.hours`, by its IANA name, such as"
        " `Asia/Tokyo`.",
    )
    author: Line | None = Field(None, description="The author's name.")
    about: Markdown | None = Field(
        None, description="A text about the author in Markdown, shown at the end of every issue."
    )
    reply_to: EmailAddress | None = Field(
        None, description="The address for replies. The default is the address in `from`."
    )
    logo: Logo | None = Field(None, description="A logo above the title. It replaces the newsletter's name there.")
    colours: Colours = Field(Colours(), description="The accent colours.")
    issue_title: Annotated[Line, validate_pattern(TITLE_FIELDS)] = Field(
        "{name} — Issue {number}",
        description="The title of new issues. It may contain `{name}`, `{number}`, `{date}`, and the ISO `{week}` and"
        " `{year}`.",
    )
    rhythm: Rhythm = Field(Rhythm(), description="How often an issue is published.")
    contents: Contents = Field(Contents(), description="The list of sections above the entries.")
    typography: Annotated[bool, Flag()] = Field(
        False,
        description="Whether titles, highlights and comments get the quotation marks, apostrophes, dashes and ellipses"
        " of their language in place of `\"`, `'`, `--`, `---` and `...`. `newsletter init` turns it on.",
    )
    links: Links = Field(Links(), description="The links below the entries.")
    sections: dict[Key, LineByLanguage] = Field(
        {},
        description="The sections of an issue, in order: for each key its label, or its labels by language. The default"
        " is featured, use_cases, papers, articles and other, with the labels of the language.",
    )
    labels: dict[Language, dict[Key, Line]] = Field(
        {}, description="Labels of sections, by language. They replace those in `sections` and those of the language."
    )
    campaign: Campaigns = Field(Campaigns(), description="Campaign parameters of the links in entries' titles.")
    image_base_url: SiteAddress | None = Field(
        None, description="The address where you host `build/assets/`. The default is SITE/assets/."
    )
    past_issues: Annotated[int, WholeNumber(0, 50)] = Field(
        5, description="The number of past issues to list, from 0 to 50."
    )
    medium: Medium = Field(Medium(), description="The settings of the Medium story.")

    site: Site = Field(Site(), description="Optional parts of the archive.")
    capture: Capture = Field(Capture(), description="The settings of `newsletter add`.")
    checks: Checks = Field(Checks(), description="The settings of `newsletter check`.")
    archive: ArchiveSettings = Field(ArchiveSettings(), description="The settings of `newsletter publish`.")
    preflight: PreflightSettings = Field(PreflightSettings(), description="The settings of `newsletter preflight`.")
    subscribe: SubscribeSettings = Field(SubscribeSettings(), description="The form to subscribe.")
    delivery: DeliverySettings = Field(DeliverySettings(), description="How issues are sent.")
    clicks: Annotated[bool, Flag(), AfterValidator(_require_pages_url)] = Field(
        False,
        description="Whether links to entries in emails lead through the public pages, which count the clicks without"
        " storing who clicked; see docs/clicks.md.",
    )
    database: Line = Field(
        "sqlite:///newsletter.db",
        description="The URL of the database of subscribers and campaigns. The environment variable"
        " `NEWSLETTER_DATABASE` takes precedence.",
    )

    @property
    def section_keys(self) -> SectionKeys:
        """The keys of the sections, in order."""
        return tuple(self.sections) or DEFAULT_SECTIONS

    @property
    def assets_url(self) -> str:
        """The base URL of the images, with a slash at the end."""
        return self.image_base_url or f"{self.site_url}assets/"

    @property
    def basics(self) -> PublicationBasics:
        """The settings that lists, scaffolds and drafts of issues need."""
        return PublicationBasics(
            self.name,
            self.site_url,
            self.language,
            self.timezone,
            self.issue_title,
            IssueRhythm(self.rhythm.every, self.rhythm.weekday),
            self.section_keys,
            self.capture.sections,
        )

    @property
    def numbered(self) -> bool:
        """Whether the titles of issues contain their number."""
        return self.basics.numbered

    def title_of(self, number: int | None, day: date) -> str:
        """Return the title of a new issue, from the pattern in `issue_title`."""
        return self.basics.title_of(number, day)
