"""The values that a template can use, without formatting: the classes of the view of an issue."""

from datetime import date
from typing import NamedTuple

from newsletter.publication.labels import Labels
from newsletter.text.images import COLUMN
from newsletter.text.tree import Blocks, Image


class Figure(NamedTuple):
    """The image of an entry, and the credit below it."""

    image: Image
    credit: str

    @property
    def upright(self) -> bool:
        """True if the image is known to be higher than wide."""
        return bool(self.image.width and self.image.height and self.image.height > self.image.width)

    @property
    def narrow(self) -> bool:
        """True if the image is narrower than the column, so that it is centred."""
        return self.image.width is not None and self.image.width < COLUMN


class ViaView(NamedTuple):
    """Where a story was found: a text such as `via Hacker News`, and its URL or ""."""

    text: str
    url: str


class EntryView(NamedTuple):
    """An entry of an issue. `tracked_url` has campaign parameters; `foreign` entries are in another language.

    `source_title` is "" if it says the same as the title. `sponsored` is the label of a sponsored entry, in the issue's
    language, or "".
    """

    title: str
    url: str
    tracked_url: str
    domain: str
    via: ViaView | None
    sponsored: str
    figure: Figure | None
    source_title: str
    comment: Blocks
    language: str
    direction: str
    foreign: bool
    anchor: str
    tags: tuple[str, ...]


class SectionView(NamedTuple):
    """A section that has entries. `number` counts only such sections, from 1."""

    number: int
    anchor: str
    label: str
    entries: tuple[EntryView, ...]


class HighlightsView(NamedTuple):
    """The highlights of one section, as one list."""

    label: str
    points: Blocks


class PastIssue(NamedTuple):
    """An earlier published issue."""

    title: str
    url: str
    date: date
    language: str


class FooterItem(NamedTuple):
    """A line of the footer: a link and a note."""

    title: str
    url: str
    note: str


class SubscribeView(NamedTuple):
    """The call to subscribe. In the email, it is for readers who got the email forwarded."""

    call: str
    button: str
    url: str


class IssueView(NamedTuple):
    """An issue for one output.

    `headline` is the title for links and lists: the heading, and the subtitle if the heading is only a number.
    `contents` is the sentence above the list of sections, or "". `preferences` is True if the publication has a page
    for preferences. `clicks` is True if the links to entries count clicks, so that the footer says so.
    """

    publication: str
    tagline: str
    author: str
    title: str
    heading: str
    subject: str
    subtitle: str
    headline: str
    preheader: str
    date: str
    language: str
    direction: str
    canonical_url: str
    logo: Image | None
    intro: Blocks
    highlights: tuple[HighlightsView, ...]
    contents: str
    show_contents: bool
    sections: tuple[SectionView, ...]
    outro: Blocks
    subscribe: SubscribeView | None
    past_issues: tuple[FooterItem, ...]
    other_writing: tuple[FooterItem, ...]
    about: Blocks
    postal_address: tuple[str, ...]
    preferences: bool
    clicks: bool
    medium_tags: tuple[str, ...]
    accent: str
    accent_dark: str
    labels: Labels

    @property
    def subtitle_leads(self) -> bool:
        """True if the title is only a number, so that the subtitle is shown as a headline."""
        return self.headline != self.heading

    @property
    def footed(self) -> bool:
        """True if anything follows the entries: the call to subscribe, past issues, other writing or the author."""
        return bool(self.subscribe or self.past_issues or self.other_writing or self.author or self.about)
