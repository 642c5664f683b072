"""Creates a draft entry from a URL: fetches its page, reads the metadata, and fetches the image."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from newsletter.capture.captured_entry import CapturedEntry, CaptureOptions, note_remarks
from newsletter.capture.clean_text import clean_line
from newsletter.capture.draft_entry import draft_of_page
from newsletter.capture.html_metadata import FEEDS, first_element
from newsletter.capture.inputs.link import InputLink
from newsletter.capture.landing_page import landing_url
from newsletter.capture.page_image import fetch_image
from newsletter.capture.page_metadata import PageMetadata, read_page
from newsletter.capture.section_rules import choose_section
from newsletter.capture.thread_page import page_of_thread
from newsletter.errors import FetchError, ImageError
from newsletter.http.fetcher import Fetcher
from newsletter.http.http_response import HttpResponse
from newsletter.text.canonical_url import link_key, remove_tracking
from newsletter.text.charset import decode_page
from newsletter.text.threads import thread_of


async def capture(
    link: InputLink, options: CaptureOptions, fetcher: Fetcher, known: Callable[[str], bool]
) -> CapturedEntry:
    """Create an entry from a URL.

    `known` returns whether an issue already has a URL key. The image of a known page is not fetched.

    Raises:
        FetchError: the page cannot be read. The next attempt requests it again.
    """
    story, problem = await _find_story(link.url, fetcher)
    url = landing_url(remove_tracking(story))
    try:
        answer = await fetcher.fetch(url)
        page = metadata_of(answer)
    except FetchError as error:
        fetcher.forget(url)
        if story == link.url:
            raise
        raise FetchError(f"{story}, to which the thread leads: {error.message}", error.advice) from error
    entry = draft_of_page(page, story, options.language)
    if story != link.url:
        entry = replace(entry, via=remove_tracking(link.url))
    entry = replace(entry, remarks=(*entry.remarks, *problem))
    keys = frozenset({link_key(link.url), link_key(entry.url), *_final_key(answer)})
    section = options.section or choose_section(entry.url, options.declared, options.rules, paper=page.paper)
    title = entry.title or link.title
    remarks = entry.remarks if title else (*entry.remarks, "The page has no title.")
    captured = CapturedEntry(link, replace(entry, title=title, remarks=(*note_remarks(link), *remarks)), section, keys)
    if not (options.images and page.image) or any(map(known, keys)):
        return captured
    try:
        picture = await fetch_image(page.image, page.title, fetcher)
    except (FetchError, ImageError) as error:
        remark = clean_line(f"No image: {error.message}. {page.image}")
        return replace(captured, entry=replace(captured.entry, remarks=(*captured.entry.remarks, remark)))
    return replace(captured, entry=replace(captured.entry, image_alt=page.image_alt), picture=picture)


async def _find_story(url: str, fetcher: Fetcher) -> tuple[str, tuple[str, ...]]:
    """Return the URL of the page that a thread leads to, and remarks on why it is unknown.

    The URL itself is returned if it is not that of a thread, or if the thread leads to no page.
    """
    thread = thread_of(url)
    if thread is None:
        return url, ()
    try:
        return await page_of_thread(thread, fetcher) or url, ()
    except FetchError as error:
        return url, (clean_line(f"The page that the thread leads to is unknown: {error.message}."),)


def _final_key(answer: HttpResponse) -> Iterator[str]:
    """Yield the key of the final URL, unless it is a home page: dead links often redirect to the home page."""
    if urlsplit(answer.final_url).path.strip("/"):
        yield link_key(answer.final_url)


def metadata_of(answer: HttpResponse) -> PageMetadata:
    """Read the metadata of the page in a response.

    Raises:
        FetchError: the response is an error, or not a page.
    """
    if not answer.ok:
        raise FetchError(answer.description)
    if not answer.content.strip():
        raise FetchError("the page is empty")
    text = decode_page(answer.content, answer.content_type)
    element = first_element(text)
    if element in FEEDS:
        raise FetchError("the page is a feed; use `newsletter add --feed URL` to add its items")
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind and "html" not in kind and element != "html":
        raise FetchError(f"expected an HTML page, found {kind[:60]}")
    return read_page(text, answer.final_url)
