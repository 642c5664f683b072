"""RSS and Atom feeds with full content."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin

from newsletter.errors import NewsletterError, NotFoundError
from newsletter.importing.dates import day_of, day_of_mail_date
from newsletter.importing.export_files import Export
from newsletter.importing.html_page import parse_html, read_html
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.plain_text import title_text
from newsletter.importing.published_page import PublishedPage

_SUFFIXES = {".xml", ".rss", ".atom", ".rdf"}
_ROOT = re.compile(rb"<(?P<root>rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the entries of a feed, oldest first.

    Raises:
        NotFoundError: the export has no feed, or the feed has no entries.
        NewsletterError: the feed is incomplete or not valid.
    """
    names = [name for name in export.names if len(export.names) == 1 or PurePosixPath(name).suffix.lower() in _SUFFIXES]
    if not names:
        raise NotFoundError(f"{export.name} contains no feed", "Give an RSS or Atom file.")
    for name in names:
        yield from _feed(export, name)


def _feed(export: Export, name: str) -> Iterator[PublishedPage]:
    import feedparser

    shown, content = export.shown(name), export.read(name)
    root = _ROOT.search(content)
    if root is None:
        raise NewsletterError(
            f"{shown} is not a valid RSS or Atom feed", "Nothing was changed. Give the path of the feed file."
        )
    if b"</" + root["root"].lower() not in content[-2000:].lower():
        raise NewsletterError(
            f"{shown} is incomplete: its end is missing", "Nothing was changed. Download the feed again."
        )
    feed: Any = feedparser.parse(BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    if not feed.entries:
        raise NotFoundError(f"{shown} has no entries", "Give a feed with the full content of its entries.")
    for number, entry in reversed(list(enumerate(feed.entries, 1))):
        where = f"entry {number} of {name}"
        link = _joined(feed.feed.get("link", "") or "", entry.get("link", "") or "")
        bodies = [*entry.get("content", []), entry.get("summary_detail", {})]
        body = max(bodies, key=lambda body: len(body.get("value") or ""))
        content = (body.get("value") or "").encode("utf-8", "replace")
        base = _joined(link, body.get("base") or "")
        yield PublishedPage(
            where,
            tuple(read_html(parse_html(content, where, base), base)),
            title=_title(entry),
            date=_day(entry),
            url=link,
            language=feed.feed.get("language", "") or "",
        )


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def _title(entry: Any) -> str:
    """Return the title as text. Titles of Atom declare whether they are HTML, those of RSS usually are."""
    title = entry.get("title", "")
    return title_text(title) if entry.get("title_detail", {}).get("type") != "text/plain" or "&" in title else title


def _day(entry: Any) -> str:
    """Return the day of an entry in the feed's own time zone, YYYY-MM-DD, or ""."""
    for name in ("published", "updated"):
        text = entry.get(name) or ""
        if day := day_of(text) or day_of_mail_date(text):
            return day
        if parsed := entry.get(f"{name}_parsed"):
            return "-".join(f"{part:02d}" for part in parsed[:3])
    return ""


SOURCE = IssueSource(
    pages=pages,
    files="FILE is an RSS or Atom feed with the full content of its entries, or - for standard input.",
    example="newsletter import rss feed.xml",
)
