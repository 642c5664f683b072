"""The metadata in the HTML of a page: meta elements, JSON-LD and links, as plain text."""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

# After white space, comments, declarations (one with its own subset in brackets) and instructions.
# Each is passed over whole: a way back would be tried in as many ways as there are of them, and more.
_FIRST = re.compile(
    r"(?>\s|\ufeff|<!--.*?-->|<!\w[^>\[]*(?:\[.*?\]\s*)?>|<\?.*?>)*+<([a-z][\w:]*)", re.DOTALL | re.IGNORECASE
)
FEEDS = ("rss", "feed", "rdf:rdf")
_MOST_TEXT = 100_000
_MOST_NODES = 2_000


@dataclass(frozen=True)
class PageMarkup:
    """A page as a tree, and the address that it was read at."""

    tree: html.HtmlElement
    url: str

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """The contents of its meta elements by name, property or itemprop, in lower case and in their order."""
        found: dict[str, list[str]] = {}
        for element in self.tree.iter("meta"):
            content = element.get("content", "")[:_MOST_TEXT].strip()
            for attribute in ("name", "property", "itemprop"):
                if content and (name := element.get(attribute, "").strip().lower()):
                    found.setdefault(name, []).append(content)
        return found

    def meta(self, *names: str) -> str:
        """The first content under the first of the names that has one."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    @cached_property
    def things(self) -> list[dict[str, Any]]:
        """The objects of its JSON-LD, those within others after them (JSON-LD 1.1)."""
        found: list[dict[str, Any]] = []
        for element in self.tree.iter("script"):
            if element.get("type", "").strip().lower() == "application/ld+json":
                try:
                    found += _objects(json.loads(element.text or "", strict=False))
                except (ValueError, RecursionError):
                    continue  # a page's own fault, of which others are read
        return found

    def first(self, path: str) -> str:
        """The text of the first element that an XPath finds, or the attribute."""
        found = self.tree.xpath(path)
        if not isinstance(found, list) or not found:
            return ""
        node = found[0]
        text = "".join(map(str, node.itertext())) if isinstance(node, etree._Element) else str(node)  # noqa: SLF001
        return text[:_MOST_TEXT].strip()

    def link(self, rel: str) -> str:
        """Where the first link of a relation leads, as a whole URL."""
        return self.absolute(self.first(f"//link[contains(concat(' ', normalize-space(@rel), ' '), ' {rel} ')]/@href"))

    def absolute(self, address: str) -> str:
        """An address of the page as a whole http or https URL; nothing where it is none."""
        try:
            url = urljoin(self.url, address.strip()) if address.strip() else ""
        except ValueError:
            return ""
        return url if url.startswith(("http://", "https://")) else ""


def first_element(text: str) -> str:
    """The name of the first element, in lower case: what kind of markup a text is; nothing where it is none."""
    found = _FIRST.match(text[:20_000])
    return found[1].lower() if found else ""


def parse_markup(text: str, url: str) -> PageMarkup:
    """A page's markup, as far as it can be read."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    content = text.replace("\0", "").encode("utf-8", "replace")
    try:
        return PageMarkup(html.document_fromstring(content, parser), url)
    except etree.ParserError:
        return PageMarkup(html.document_fromstring(b"<html></html>"), url)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Objects, outer ones first, and no more than a page has."""
    waiting = deque([value])
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        thing = waiting.popleft()
        if isinstance(thing, dict):
            yield thing
            waiting += thing.values()
        elif isinstance(thing, list):
            waiting += thing
