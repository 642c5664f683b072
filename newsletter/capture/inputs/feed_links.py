"""RSS and Atom feeds: a link an item."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from newsletter.capture.clean_text import clean_line
from newsletter.capture.html_metadata import first_element, parse_markup
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import NewsletterError
from newsletter.text.charset import decoded

# Characters within which a feed closes its first element; comments may follow it.
_END = 2_000


def links_in_feed(content: bytes, url: str = "") -> Iterator[InputLink]:
    """The items of a feed that link to a page, with their titles and dates; `url` is where the feed was read.

    Raises:
        NewsletterError: it is no feed, or is cut short.
    """
    import feedparser

    # Given bytes, feedparser would open a file of that name. The items' texts, which it would clean, are not used.
    feed = feedparser.parse(
        io.BytesIO(content),
        response_headers={"content-location": url} if url else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.version:
        raise NewsletterError("this is neither RSS nor Atom", "Name the feed's own address, not that of its site.")
    text = decoded(content)
    if f"</{first_element(text)}" not in text[-_END:].lower():
        raise NewsletterError("this feed is cut short: its end is missing", "Download it again.")
    for item in feed.entries:
        if str(item.get("link", "")).startswith(("http://", "https://")):
            moment = item.get("published_parsed") or item.get("updated_parsed")
            yield InputLink(item.link, _title(item), date(*moment[:3]) if moment else None)


def _title(item: Any) -> str:
    title = str(item.get("title", ""))
    # Markup that is meant as such, not as words.
    if "<" in title and "html" in item.get("title_detail", {}).get("type", ""):
        title = parse_markup(title, "").tree.text_content()
    return clean_line(title)
