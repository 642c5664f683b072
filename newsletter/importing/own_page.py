"""Recognises the emails and archive pages of newsletter, and rewrites them as plain HTML that the importers read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import html

from newsletter.importing.blocks import unwrapped_line
from newsletter.importing.dates import date_of, day_of

# Parts of the page that are not content of the issue, or are read before they are removed.
_REMOVED = (
    *("preheader", "bar", "masthead", "title", "subtitle", "headline", "contents", "neighbours"),
    *("marks", "anchor", "unseen"),
)
# What begins the footer of an email, and of a page.
_FOOTER = {"call", "forwarded", "small", "legal", "colophon"}


@dataclass(frozen=True)
class OwnPage:
    """An email or an archive page. Values that it does not have are ""."""

    body: html.HtmlElement
    title: str
    subtitle: str
    date: str
    url: str


def read_own_page(document: html.HtmlElement) -> OwnPage | None:
    """Return the issue of an email or an archive page, or None for any other page. The document is changed.

    Emails of earlier versions have another layout of tables, with the same classes.
    """
    article = next(_classed(document, "issue", "article"), None)
    body = article if article is not None else document.find("body")
    if body is None or not body.xpath(".//h2[contains(@class, 'heading')]/span[@class='number']"):
        return None
    if article is None and next(_classed(body, "title", "h1"), None) is None:
        return None
    language = document.get("lang") or ""
    linked = _linked_data(document)
    head = unwrapped_line(document.findtext(".//head/title") or "")
    shown = _text(body.find(".//h1"))
    subject = head if shown and head.endswith(shown) else shown
    day = day_of(str(linked.get("datePublished", ""))) or date_of(_text(next(_classed(body, "date"), None)), language)
    subtitle = next((element for name in ("subtitle", "headline") for element in _classed(body, name, "p")), None)
    found = OwnPage(
        body,
        str(linked.get("headline", "")) or subject,
        _text(subtitle),
        day,
        str(linked.get("mainEntityOfPage", "")),
    )
    _rewrite(body)
    return found


def _rewrite(body: html.HtmlElement) -> None:
    """Rewrite labels, source titles and rules, and remove what is not content of the issue."""
    header = body.find("header")
    removed = [] if header is None else [header]
    removed += [element for name in _REMOVED for element in _classed(body, name)]
    # The list of sections in an email, and the sentence above it.
    removed += [*_classed(body, "lead", "p"), *_classed(body, "list", "ol")]
    for element in removed:
        if element.getparent() is not None:
            element.drop_tree()
    for number in _classed(body, "number", "span"):
        number.text = f"{unwrapped_line(number.text or '')}."
    for label in _classed(body, "sponsor", "span"):
        label.tag, label.tail = "strong", " · "
        following = label.getnext()
        if following is not None and following.tag == "br":
            following.drop_tree()
    for source in _classed(body, "original", "p"):
        emphasis = html.Element("em")
        emphasis.text, source.text = source.text, None
        emphasis.extend(list(source))
        source.append(emphasis)
    _set_rules(body)


def _set_rules(body: html.HtmlElement) -> None:
    """Set a rule above the outro, and one above the footer, which ends the outro."""
    for rule in _classed(body, "rule"):
        for child in list(rule):
            child.drop_tree()
        rule.text = None
        rule.append(html.Element("hr"))
    for call in _classed(body, "invitation", "p"):
        call.tag = "h2"
    for outro in _classed(body, "outro", "div"):
        outro.addprevious(html.Element("hr"))
    footer = next((element for element in body.iter() if _FOOTER & {*(element.get("class") or "").split()}), None)
    if footer is None:
        body.append(html.Element("hr"))
    elif footer.tag == "td":
        footer.insert(0, html.Element("hr"))
    else:
        footer.addprevious(html.Element("hr"))


def _classed(element: html.HtmlElement, name: str, tag: str = "*") -> Iterator[html.HtmlElement]:
    """Yield the elements of a class inside an element, in order."""
    yield from list(element.xpath(f".//{tag}[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"))


def _text(element: html.HtmlElement | None) -> str:
    return "" if element is None else unwrapped_line("".join(element.itertext()))


def _linked_data(document: html.HtmlElement) -> dict[str, Any]:
    """Return the JSON-LD of an article, or {}."""
    for script in document.xpath("//script[@type='application/ld+json']"):
        try:
            found = json.loads(script.text or "")
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("@type") == "Article":
            return found
    return {}
