"""A URL becomes a draft entry: its page is fetched and read, and then its image."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from newsletter.capture.clean_text import one_line
from newsletter.capture.draft_entry import entry_of, noted, unread_entry
from newsletter.capture.html_metadata import FEEDS, first_element
from newsletter.capture.inputs.link import Link
from newsletter.capture.landing_page import landing
from newsletter.capture.page_image import Picture, fetch_image
from newsletter.capture.page_metadata import Page, read_page
from newsletter.capture.section_rules import section_of
from newsletter.errors import FetchError, ImageError
from newsletter.http.fetcher import Fetcher
from newsletter.http.http_response import HttpResponse
from newsletter.issue.draft import EntryDraft
from newsletter.publication.section import Section
from newsletter.text.canonical_url import link_key, without_tracking
from newsletter.text.charset import decoded


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of every page: a section or the rules for it, and its image; the newsletter's language."""

    rules: Mapping[str, Section]
    language: str
    section: Section | None = None
    images: bool = True


@dataclass(frozen=True, slots=True)
class Captured:
    """A draft entry and its section; `picture` is its image, not yet written, and `problem` why its page was not read.

    `stories` are the keys of all addresses under which the story was met (`content/canonical.py`).
    """

    link: Link
    entry: EntryDraft
    section: Section
    stories: frozenset[str]
    picture: Picture | None = None
    problem: str = ""


async def capture(link: Link, wishes: Wishes, fetcher: Fetcher, known: Callable[[str], bool]) -> Captured:
    """What becomes of a URL; a page that cannot be read leaves an entry that says so.

    `known` says of a story's key whether an issue has it: its image need not be fetched.
    """
    try:
        answer = await fetcher.fetch(landing(without_tracking(link.url)))
        page = page_of(answer)
    except FetchError as error:
        return unread(link, wishes, error.message)
    entry = entry_of(page, link.url, wishes.language)
    stories = frozenset({link_key(link.url), link_key(entry.url), *_led_to(answer)})
    section = wishes.section or section_of(entry.url, wishes.rules, paper=page.paper)
    title = entry.title or link.title
    remarks = entry.remarks if title else (*entry.remarks, "The page gives no title.")
    captured = Captured(link, replace(entry, title=title, remarks=(*noted(link), *remarks)), section, stories)
    if not (wishes.images and page.image) or any(map(known, stories)):
        return captured
    try:
        picture = await fetch_image(page.image, page.title, fetcher)
    except (FetchError, ImageError) as error:
        remark = one_line(f"No image: {error.message}. {page.image}")
        return replace(captured, entry=replace(captured.entry, remarks=(*captured.entry.remarks, remark)))
    return replace(captured, entry=replace(captured.entry, image_alt=page.image_alt), picture=picture)


def _led_to(answer: HttpResponse) -> Iterator[str]:
    """The key of the page that was reached, unless it is a site's front page: dead links often lead there."""
    if urlsplit(answer.final_url).path.strip("/"):
        yield link_key(answer.final_url)


def unread(link: Link, wishes: Wishes, reason: str = "") -> Captured:
    """The entry of a URL whose page was not read, with the reason where it should have been."""
    section = wishes.section or section_of(link.url, wishes.rules)
    entry = unread_entry(link.url, link.title, reason)
    return Captured(
        link,
        replace(entry, remarks=(*noted(link), *entry.remarks)),
        section,
        frozenset({link_key(link.url)}),
        problem=reason,
    )


def page_of(answer: HttpResponse) -> Page:
    """What the page that answered says of itself.

    Raises:
        FetchError: it is an error, or no page.
    """
    if not answer.ok:
        raise FetchError(answer.description)
    if not answer.content.strip():
        raise FetchError("it is empty")
    text = decoded(answer.content, answer.content_type)
    element = first_element(text)
    if element in FEEDS:
        raise FetchError("it is a feed; `newsletter add --feed URL` adds what it lists")
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind and "html" not in kind and element != "html":
        raise FetchError(f"it is no page, but {kind[:60]}")
    return read_page(text, answer.final_url)
