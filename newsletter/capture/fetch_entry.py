"""Makes a draft entry of a URL: fetches its page, reads the metadata, then fetches the image."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from newsletter.capture.clean_text import clean_line
from newsletter.capture.draft_entry import draft_of_page, note_remarks, unread_entry
from newsletter.capture.html_metadata import FEEDS, first_element
from newsletter.capture.inputs.link import InputLink
from newsletter.capture.landing_page import landing_url
from newsletter.capture.page_image import PageImage, fetch_image
from newsletter.capture.page_metadata import PageMetadata, read_page
from newsletter.capture.section_rules import choose_section
from newsletter.errors import FetchError, ImageError
from newsletter.http.fetcher import Fetcher
from newsletter.http.http_response import HttpResponse
from newsletter.issue.draft import EntryDraft
from newsletter.publication.section import Section
from newsletter.text.canonical_url import link_key, without_tracking
from newsletter.text.charset import decoded


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """How pages are captured.

    Args:
        rules: the section for a domain, from the settings.
        language: the language of the newsletter.
        section: the section of every entry; without it, the rules decide.
        images: whether images are fetched.
    """

    rules: Mapping[str, Section]
    language: str
    section: Section | None = None
    images: bool = True


@dataclass(frozen=True, slots=True)
class CapturedEntry:
    """A draft entry and its section.

    Args:
        link: the link that it was made of.
        keys: the keys (`text/canonical_url.py`) of all URLs of the page: as given, canonical, and after redirects.
        picture: its image, not yet written, or None.
        problem: why its page was not read, or "".
    """

    link: InputLink
    entry: EntryDraft
    section: Section
    keys: frozenset[str]
    picture: PageImage | None = None
    problem: str = ""


async def capture(
    link: InputLink, options: CaptureOptions, fetcher: Fetcher, known: Callable[[str], bool]
) -> CapturedEntry:
    """Make an entry of a URL. Where the page cannot be read, a remark in the entry gives the reason.

    `known` returns whether an issue has a URL key already: then its image is not fetched.
    """
    try:
        answer = await fetcher.fetch(landing_url(without_tracking(link.url)))
        page = metadata_of(answer)
    except FetchError as error:
        return entry_without_page(link, options, error.message)
    entry = draft_of_page(page, link.url, options.language)
    keys = frozenset({link_key(link.url), link_key(entry.url), *_led_to(answer)})
    section = options.section or choose_section(entry.url, options.rules, paper=page.paper)
    title = entry.title or link.title
    remarks = entry.remarks if title else (*entry.remarks, "The page gives no title.")
    captured = CapturedEntry(link, replace(entry, title=title, remarks=(*note_remarks(link), *remarks)), section, keys)
    if not (options.images and page.image) or any(map(known, keys)):
        return captured
    try:
        picture = await fetch_image(page.image, page.title, fetcher)
    except (FetchError, ImageError) as error:
        remark = clean_line(f"No image: {error.message}. {page.image}")
        return replace(captured, entry=replace(captured.entry, remarks=(*captured.entry.remarks, remark)))
    return replace(captured, entry=replace(captured.entry, image_alt=page.image_alt), picture=picture)


def _led_to(answer: HttpResponse) -> Iterator[str]:
    """Yield the key of the page that was reached, unless it is a front page: dead links often redirect there."""
    if urlsplit(answer.final_url).path.strip("/"):
        yield link_key(answer.final_url)


def entry_without_page(link: InputLink, options: CaptureOptions, reason: str = "") -> CapturedEntry:
    """Make the entry of a URL whose page was not read; `reason` is why, where it should have been."""
    section = options.section or choose_section(link.url, options.rules)
    entry = unread_entry(link.url, link.title, reason)
    return CapturedEntry(
        link,
        replace(entry, remarks=(*note_remarks(link), *entry.remarks)),
        section,
        frozenset({link_key(link.url)}),
        problem=reason,
    )


def metadata_of(answer: HttpResponse) -> PageMetadata:
    """Read the metadata of the page in a response.

    Raises:
        FetchError: the response is an error, or not a page.
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
