"""Which kind of file it is that URLs are taken from, by its beginning and not by its name."""

import re
from dataclasses import dataclass

from newsletter.capture.html_metadata import FEEDS, first_element
from newsletter.capture.inputs.bookmarks import links_in_bookmarks
from newsletter.capture.inputs.link import Link
from newsletter.capture.inputs.text_links import links_in_text
from newsletter.text.charset import decoded


@dataclass(frozen=True, slots=True)
class Found:
    """The links of a file, and the addresses of the feeds that it lists."""

    links: tuple[Link, ...] = ()
    feeds: tuple[str, ...] = ()


def links_in(content: bytes) -> Found:
    """What a file has: a feed's items, OPML's feeds, the links of bookmarks or of another page, the URLs of a text.

    Raises:
        NewsletterError: a feed or an OPML file is damaged.
    """
    text = decoded(content)
    name = first_element(text)
    if name in FEEDS:
        from newsletter.capture.inputs.feed_links import links_in_feed

        return Found(tuple(links_in_feed(content)))
    if name == "opml":
        from newsletter.capture.inputs.opml import feeds_in_opml

        return Found(feeds=tuple(feeds_in_opml(content)))
    if re.match(r"\s*<!doctype (?:netscape|html)|\s*<html", text, re.IGNORECASE):
        return Found(tuple(links_in_bookmarks(text)))
    return Found(tuple(links_in_text(text)))
