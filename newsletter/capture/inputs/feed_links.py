"""Parses RSS and Atom feeds: each item is a link."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from newsletter.capture.clean_text import clean_line
from newsletter.capture.html_metadata import first_element, parse_markup
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import NewsletterError
from newsletter.text.charset import decode_page

# The end tag of the first element must be in the last 2,000 characters. Comments may follow it.
_END = 2_000


def links_in_feed(content: bytes, url: str = "") -> Iterator[InputLink]:
    """Yield the items of a feed that have a link, with their titles and dates.

    Args:
        content: the feed.
        url: the URL of the feed, for relative links.

    Raises:
        NewsletterError: the content is not a feed, or is incomplete.
    """
    import feedparser

    # feedparser would take bytes as the name of a file. It need not sanitize the texts of items: they are not used.
    feed = feedparser.parse(
        io.BytesIO(content),
        response_headers={"content-location": url} if url else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.version:
        raise NewsletterError("not a valid RSS or Atom feed", "Give the URL of the feed, not that of its web site.")
    text = decode_page(content)
    if f"</{first_element(text)}" not in text[-_END:].lower():
        raise NewsletterError("the feed is incomplete: its end is missing", "Download it again.")
    for item in feed.entries:
        if str(item.get("link", "")).startswith(("http://", "https://")):
            published = item.get("published_parsed") or item.get("updated_parsed")
            yield InputLink(item.link, _title(item), date(*published[:3]) if published else None)


def _title(item: Any) -> str:
    title = str(item.get("title", ""))
    # Remove markup only if the feed declares the title as HTML.
    if "<" in title and "html" in item.get("title_detail", {}).get("type", ""):
        title = parse_markup(title, "").tree.text_content()
    return clean_line(title)
