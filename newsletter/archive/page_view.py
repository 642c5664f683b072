"""All that a template of the web archive may say beside an issue's own words."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from newsletter.publication.labels import WebLabels
from newsletter.publication.settings import Publication
from newsletter.render.issue_view import FooterItem
from newsletter.text.tree import Blocks, Image

_PLAIN = re.compile(r"[\w/.?=#-]*", re.ASCII)


@cache
def _quoted(url: str) -> str:
    """The path of an address, whose percent signs are its own."""
    return quote(urlsplit(url).path, safe="/%:@!$&'()*+,;=~")


@dataclass(frozen=True, slots=True)
class ArchiveUrls:
    """Where the archive lies on the web: an address that ends with a slash, perhaps below a path."""

    url: str

    def link(self, path: str) -> str:
        """A link within the archive, whatever page it stands on; `path` is relative to the archive's home."""
        return _quoted(self.url) + (path if _PLAIN.fullmatch(path) else quote(path, safe="/?=#"))

    def absolute(self, path: str) -> str:
        """The whole address of a part of the archive."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{self.link(path)}"


@dataclass(frozen=True, slots=True)
class SubscribeForm:
    """The call to subscribe, with a form where an address takes one, else a link."""

    call: str
    button: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """The values of every page: the masthead and the foot."""

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
    """A page's own head: `path` is relative to the archive's home, `card` an absolute address or nothing."""

    title: str
    description: str
    path: str
    language: str
    direction: str
    labels: WebLabels
    card: str = ""
    canonical_url: str = ""
    hidden: bool = False


class IssueRow(NamedTuple):
    """An issue as other pages name it."""

    title: str
    path: str
    date: str
    day: str
    language: str
    direction: str
    draft: bool


class EntryLink(NamedTuple):
    """An entry as the page of a tag shows it."""

    title: str
    path: str
    domain: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its words as they are written first, and its folder."""

    name: str
    slug: str
    count: int

    @property
    def path(self) -> str:
        """The tag's page."""
        return f"tags/{self.slug}/"


def by_year(rows: tuple[IssueRow, ...]) -> list[tuple[str, list[IssueRow]]]:
    """Rows that are in the order of their dates, year by year."""
    return [(year, list(group)) for year, group in groupby(rows, key=lambda row: row.date[:4])]


def subscribe_form(publication: Publication, call: str, button: str) -> SubscribeForm | None:
    """The publication's call to subscribe, with the words of a language where it has none of its own."""
    link = publication.links.subscribe
    if link is None:
        return None
    return SubscribeForm(link.teaser or call, link.title or button, link.url, link.action or "")
