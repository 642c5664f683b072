"""Reads the metadata in the HTML of a page: meta elements, JSON-LD and links, as plain text."""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

# The first element after white space, comments, declarations (also with an internal subset in brackets) and processing
# instructions. The groups are atomic, because backtracking into them would take exponential time.
_FIRST = re.compile(
    r"(?>\s|\ufeff|<!--.*?-->|<!\w[^>\[]*(?:\[.*?\]\s*)?>|<\?.*?>)*+<([a-z][\w:]*)", re.DOTALL | re.IGNORECASE
)
FEEDS = ("rss", "feed", "rdf:rdf")
_MOST_TEXT = 100_000
_MOST_NODES = 2_000


@dataclass(frozen=True)
class PageMarkup:
    """A page as a tree, and its URL."""

    tree: html.HtmlElement
    url: str

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """The contents of meta elements, by `name`, `property` or `itemprop` in lower case."""
        found: dict[str, list[str]] = {}
        for element in self.tree.iter("meta"):
            content = element.get("content", "")[:_MOST_TEXT].strip()
            for attribute in ("name", "property", "itemprop"):
                if content and (name := element.get(attribute, "").strip().lower()):
                    found.setdefault(name, []).append(content)
        return found

    def meta(self, *names: str) -> str:
        """Return the first content of the first name that has one, or ""."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    @cached_property
    def things(self) -> list[dict[str, Any]]:
        """The objects in JSON-LD 1.1, each followed by its nested objects."""
        found: list[dict[str, Any]] = []
        for element in self.tree.iter("script"):
            if element.get("type", "").strip().lower() == "application/ld+json":
                try:
                    found += _objects(json.loads(element.text or "", strict=False))
                except (ValueError, RecursionError):
                    continue  # Ignore invalid JSON-LD; other script elements may be valid.
        return found

    def first(self, path: str) -> str:
        """Return the text of the first element or attribute that an XPath finds, or ""."""
        found = self.tree.xpath(path)
        if not isinstance(found, list) or not found:
            return ""
        node = found[0]
        text = "".join(map(str, node.itertext())) if isinstance(node, etree._Element) else str(node)  # noqa: SLF001
        return text[:_MOST_TEXT].strip()

    def link(self, rel: str) -> str:
        """Return the absolute URL of the first link element with a relation, or ""."""
        return self.absolute(self.first(f"//link[contains(concat(' ', normalize-space(@rel), ' '), ' {rel} ')]/@href"))

    def absolute(self, address: str) -> str:
        """Return a URL of the page as an absolute http or https URL, or "" if it is not one."""
        try:
            url = urljoin(self.url, address.strip()) if address.strip() else ""
        except ValueError:
            return ""
        return url if url.startswith(("http://", "https://")) else ""


def first_element(text: str) -> str:
    """Return the name of the first element in lower case, or "" if the text is not markup."""
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
    """Yield an object and its nested objects, outer ones first. At most `_MOST_NODES` values are visited."""
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
