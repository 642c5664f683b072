"""RSS and Atom feeds: a link an item."""

import io
from collections.abc import Iterator
from datetime import date

from newsletter.capture.inputs.link import Link
from newsletter.capture.words import one_line
from newsletter.errors import PressError


def links_in_feed(content: bytes, url: str = "") -> Iterator[Link]:
    """The items of a feed that link to a page, with their titles and dates; `url` is where the feed was read.

    Raises:
        PressError: it is no feed.
    """
    import feedparser

    # Given bytes, feedparser would open a file of that name.
    feed = feedparser.parse(io.BytesIO(content), response_headers={"content-location": url} if url else {})
    if not feed.version:
        raise PressError("this is neither RSS nor Atom", "Name the feed's own address, not that of its site.")
    for item in feed.entries:
        if str(item.get("link", "")).startswith(("http://", "https://")):
            moment = item.get("published_parsed") or item.get("updated_parsed")
            day = date(*moment[:3]) if moment else None
            yield Link(item.link, one_line(item.get("title", "")), day)
