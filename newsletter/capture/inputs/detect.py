"""Detects the format of an input file by its start, and parses its links."""

import re

from newsletter.capture.html_metadata import FEEDS, first_element
from newsletter.capture.inputs.bookmarks import links_in_bookmarks
from newsletter.capture.inputs.csv_links import is_csv_of_links, links_in_csv
from newsletter.capture.inputs.link import DetectedLinks
from newsletter.capture.inputs.text_links import links_in_text
from newsletter.text.charset import decode_page

# The first elements of pages. Markdown may begin with others.
_PAGES = ("html", "head", "meta", "title", "dl")


def detect_links(content: bytes) -> DetectedLinks:
    """Parse a file: a feed, OPML, bookmarks or another HTML page, a CSV file, or plain text.

    Raises:
        NewsletterError: a feed, an OPML file or a CSV file is damaged.
    """
    text = decode_page(content)
    name = first_element(text)
    if name in FEEDS:
        from newsletter.capture.inputs.feed_links import links_in_feed

        return DetectedLinks(tuple(links_in_feed(content)))
    if name == "opml":
        from newsletter.capture.inputs.opml import feeds_in_opml

        return DetectedLinks(feeds=tuple(feeds_in_opml(text)))
    if name in _PAGES or re.match(r"\s*<!doctype (?:netscape|html)", text, re.IGNORECASE):
        return DetectedLinks(tuple(links_in_bookmarks(text)))
    if is_csv_of_links(text):
        return DetectedLinks(tuple(links_in_csv(text)))
    return DetectedLinks(tuple(links_in_text(text)))
