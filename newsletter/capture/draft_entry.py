"""Creates a draft entry from the metadata of a page. Information for the author becomes remarks (YAML comments)."""

from functools import cache
from typing import TYPE_CHECKING

from newsletter.capture.captured_entry import REMARK_WIDTH
from newsletter.capture.clean_text import clean_line
from newsletter.capture.page_metadata import PageMetadata
from newsletter.issue.draft import EntryDraft
from newsletter.text.canonical_url import link_key, remove_tracking
from newsletter.text.domains import SHORTENERS, host_of
from newsletter.text.links import arxiv_number
from newsletter.text.plain_urls import is_plain_url
from newsletter.text.wrapping import wrap

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_NAMED_AUTHORS = 6


def draft_of_page(page: PageMetadata, url: str, language: str) -> EntryDraft:
    """Create the draft entry of a URL from the metadata of its page. The image is fetched and added later.

    Args:
        page: the metadata.
        url: the URL as the author entered it.
        language: the language of the newsletter.
    """
    address = entry_url(url, page)
    remarks = (
        [_authors_and_site(page), *wrap(page.abstract, REMARK_WIDTH)] if page.abstract else [_authors_and_site(page)]
    )
    if page.language and page.language.partition("-")[0] != language.partition("-")[0]:
        remarks.append(f"The page is in another language: {page.language}.")
    if page.canonical and link_key(page.canonical) not in (link_key(url), link_key(page.url)):
        remarks.append(f"The canonical URL of the page is different: {clean_line(page.canonical)}")
    return EntryDraft(
        url=address,
        title=page.title,
        source_title=page.source_title,
        remarks=tuple(remark for remark in remarks if remark),
    )


def entry_url(url: str, page: PageMetadata | None = None) -> str:
    """Return the URL of an entry: the given one, without tracking parameters.

    A shortened URL is replaced with its target. The canonical URL of the page is used only if it is the same story on
    the same host, so that a page cannot put the URL of another site into an issue. It does not replace a URL of a
    specific version of a paper, or a URL with a fragment.
    """
    if page and host_of(url) in SHORTENERS and _is_address(page.url):
        url = page.url
    if page and page.canonical and _is_address(page.canonical) and _is_same(page.canonical, url):
        return page.canonical
    return remove_tracking(url)


def _authors_and_site(page: PageMetadata) -> str:
    """Return the arXiv number, the authors and the date in one line."""
    names = ", ".join(page.authors[:_NAMED_AUTHORS])
    more = len(page.authors) - _NAMED_AUTHORS
    authors = f"{names} and {more} more" if more > 0 else names
    return " · ".join(part for part in (f"arXiv {page.number}" if page.number else "", authors, page.published) if part)


def _is_address(url: str) -> bool:
    if is_plain_url(url):
        return True
    # Few URLs need Pydantic, whose import takes longer than the rest of a short command.
    from pydantic import ValidationError

    try:
        return _addresses().validate_python(url) == url
    except ValidationError:
        return False


@cache
def _addresses() -> "TypeAdapter[str]":
    from pydantic import TypeAdapter

    from newsletter.fields.address import WebAddress

    return TypeAdapter(WebAddress)


def _is_same(canonical: str, url: str) -> bool:
    if "#" in url or arxiv_number(url) not in (None, arxiv_number(canonical)):
        return False
    return host_of(canonical) == host_of(url) and link_key(canonical) == link_key(url)
