"""The values that templates of the web archive can use, in addition to the view of an issue."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from newsletter.publication.labels import Labels, WebLabels
from newsletter.publication.settings import Publication
from newsletter.publication.subscribe_settings import SubscribeField
from newsletter.render.views import FooterItem
from newsletter.text.tree import Blocks, Image

_PLAIN = re.compile(r"[\w/.?=#-]*", re.ASCII)


@cache
def _quote_path(url: str) -> str:
    """Return the percent-encoded path of a URL. Existing percent signs stay as they are."""
    return quote(urlsplit(url).path, safe="/%:@!$&'()*+,;=~")


@dataclass(frozen=True, slots=True)
class ArchiveUrls:
    """The URLs of the archive. `url` is the home page; it ends with a slash and can have a path."""

    url: str

    def link(self, path: str) -> str:
        """Return a link that works on every page of the archive. `path` is relative to the home page."""
        return _quote_path(self.url) + (path if _PLAIN.fullmatch(path) else quote(path, safe="/?=#"))

    def absolute(self, path: str) -> str:
        """Return the absolute URL of a page or file. `path` is relative to the home page."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{self.link(path)}"


@dataclass(frozen=True, slots=True)
class SubscribeForm:
    """The call to subscribe: a form if `action` is set, otherwise a link to `url`. `email` is the label of its field.

    `own` is True if the form is posted to the public pages. Only these know the field with the label `trap`, and send
    the mail that `note` announces. They may also ask for a name, with the label `name`, and for interests.
    """

    call: str
    button: str
    url: str
    action: str
    email: str
    own: bool = False
    note: str = ""
    trap: str = ""
    name: str = ""
    interests: tuple[str, ...] = ()
    interests_label: str = ""


@dataclass(frozen=True, slots=True)
class SiteView:
    """The values of all pages, for the masthead and the footer."""

    publication: str
    tagline: str
    author: str
    language: str
    direction: str
    about: Blocks
    logo: Image | None
    subscribe: SubscribeForm | None
    other_writing: tuple[FooterItem, ...]
    place: ArchiveUrls
    style: str
    search: bool
    accent: str
    accent_dark: str
    card: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The values of one page.

    Args:
        title: The title.
        description: The description for search engines, or "".
        path: The path relative to the home page.
        language: The language.
        direction: The text direction, `ltr` or `rtl`.
        labels: The labels of the language.
        card: The absolute URL of the social card, or "".
        canonical_url: The canonical URL, or "" for the page's own URL.
        hidden: True if search engines must not index the page.
        headline: The title for links and lists, if it differs from the title, or "".
    """

    title: str
    description: str
    path: str
    language: str
    direction: str
    labels: WebLabels
    card: str = ""
    canonical_url: str = ""
    hidden: bool = False
    headline: str = ""


class IssueRow(NamedTuple):
    """An issue in the lists of other pages.

    `date` is in ISO 8601, `day` is formatted for the issue's language. `headline` is the title, and the subtitle if the
    title is only a number; otherwise `subtitle` is the subtitle, or "". `thumbnail` is the URL of a small image of
    `THUMBNAIL` CSS pixels, or "".
    """

    title: str
    path: str
    date: str
    day: str
    language: str
    direction: str
    draft: bool
    headline: str
    subtitle: str = ""
    thumbnail: str = ""


class EntryLink(NamedTuple):
    """An entry on the page of a tag. `sponsored` is the label of a sponsored entry, in the issue's language, or ""."""

    title: str
    path: str
    domain: str
    language: str
    direction: str
    sponsored: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name as in the oldest issue, its slug, and the number of its entries."""

    name: str
    slug: str
    count: int

    @property
    def path(self) -> str:
        """The path of the tag's page."""
        return f"tags/{self.slug}/"


def by_year(rows: tuple[IssueRow, ...]) -> list[tuple[str, list[IssueRow]]]:
    """Group rows by year. The rows must be in the order of their dates."""
    return [(year, list(group)) for year, group in groupby(rows, key=lambda row: row.date[:4])]


def subscribe_form(publication: Publication, labels: Labels) -> SubscribeForm | None:
    """Return the call to subscribe, or None if the publication has neither public pages nor a link to subscribe.

    If `links.subscribe` has no `action`, the form is posted to the public pages, unless the link leads elsewhere.

    Args:
        publication: The settings.
        labels: The labels of the publication's language.
    """
    link, pages_url = publication.links.subscribe, publication.delivery.pages_url
    own_action = f"{pages_url}subscribe" if pages_url else ""
    url = link.url if link else own_action
    action = (link and link.action) or (own_action if own_action and url.startswith(pages_url or url) else "")
    if not url:
        return None
    call, button = labels.subscribe_call, labels.subscribe
    texts = (link.teaser or call, link.title or button) if link else (call, button)
    if not own_action or action.rstrip("/") != own_action:
        return SubscribeForm(*texts, url, action, labels.web.email)
    fields, words = publication.subscribe.fields, labels.pages
    return SubscribeForm(
        *texts,
        url,
        action,
        labels.web.email,
        own=True,
        note=words.subscribe_note,
        trap=words.trap,
        name=words.name if SubscribeField.NAME in fields else "",
        interests=tuple(dict.fromkeys(publication.delivery.tags)) if SubscribeField.INTERESTS in fields else (),
        interests_label=words.interests,
    )
