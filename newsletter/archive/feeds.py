"""The feeds: Atom (RFC 4287) and JSON Feed 1.1, with the full content of the latest issues.

An issue has a date without a time, so feeds use midnight UTC. The URL of an issue is its permanent id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as Xml

from newsletter.archive.page_view import SiteView
from newsletter.archive.records import IssueRecord

MAX_ITEMS = 20
"""The number of issues in a feed (docs/archive.md)."""
ATOM, JSON = "feed.xml", "feed.json"
_NEVER = "1970-01-01"


@dataclass(frozen=True, slots=True)
class Feed:
    """The content of both feeds. The issues are in order, newest first."""

    site: SiteView
    issues: Sequence[IssueRecord]

    @property
    def author(self) -> str:
        """The author, or the publication: an Atom feed must have an author."""
        return self.site.author or self.site.publication

    def atom(self) -> bytes:
        """Return the Atom feed."""
        site, place = self.site, self.site.place
        feed = Xml.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": site.language})
        _add(feed, "title", site.publication)
        if site.tagline:
            _add(feed, "subtitle", site.tagline)
        _add(feed, "id", place.absolute(""))
        _add(feed, "link", rel="alternate", type="text/html", href=place.absolute(""))
        _add(feed, "link", rel="self", type="application/atom+xml", href=place.absolute(ATOM))
        _add(feed, "updated", _instant(self.issues[0].row.date if self.issues else _NEVER))
        _add(_add(feed, "author"), "name", self.author)
        for issue in self.issues:
            entry = _add(feed, "entry", **{"xml:lang": issue.language})
            _add(entry, "title", issue.row.headline)
            _add(entry, "id", place.absolute(issue.row.path))
            _add(entry, "link", rel="alternate", type="text/html", href=issue.url)
            _add(entry, "published", _instant(issue.row.date))
            _add(entry, "updated", _instant(issue.row.date))
            for tag in issue.tags:
                _add(entry, "category", term=tag)
            if issue.summary:
                _add(entry, "summary", issue.summary)
            _add(entry, "content", issue.content, type="html")
        Xml.indent(feed)
        content: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
        return content + b"\n"

    def json(self) -> bytes:
        """Return the JSON Feed."""
        site, place = self.site, self.site.place
        feed: dict[str, Any] = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site.publication,
            "home_page_url": place.absolute(""),
            "feed_url": place.absolute(JSON),
            "language": site.language,
            "authors": [{"name": self.author}],
        }
        if site.tagline:
            feed["description"] = site.tagline
        feed["items"] = [self._item(issue) for issue in self.issues]
        return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()

    def _item(self, issue: IssueRecord) -> dict[str, Any]:
        place = self.site.place
        item: dict[str, Any] = {
            "id": place.absolute(issue.row.path),
            "url": issue.url,
            "title": issue.row.headline,
            "content_html": issue.content,
            "date_published": _instant(issue.row.date),
            "language": issue.language,
        }
        if issue.summary:
            item["summary"] = issue.summary
        if issue.card:
            item["image"] = place.absolute(f"{issue.slug}/card.png")
        if issue.tags:
            item["tags"] = issue.tags
        return item


def _instant(day: str) -> str:
    """Return midnight UTC of a day as an RFC 3339 timestamp."""
    return f"{day}T00:00:00Z"


def _add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, name, attributes)
    if text:
        child.text = text
    return child
