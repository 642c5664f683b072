"""Recognises link cards in HTML: Ghost's bookmarks, and the cards of Medium's pages."""

from lxml import html

from newsletter.importing.blocks import LinkCard, address, unwrapped_line
from newsletter.text.entry_lines import names_host


def read_bookmark(element: html.HtmlElement, base: str) -> LinkCard | None:
    """Return the link card that an element is, or None."""
    classes = element.get("class") or ""
    if "kg-bookmark-card" in classes:
        anchor = next(iter(element.xpath(".//a[@href]")), None)
        if anchor is None:
            return None
        title, teaser = (_text(anchor, f"kg-bookmark-{name}") for name in ("title", "description"))
        return LinkCard(address(anchor.get("href") or "", base), title, teaser)
    return _titled_link(element, base) if element.tag == "a" and element.get("href") else None


def _titled_link(anchor: html.HtmlElement, base: str) -> LinkCard | None:
    """Return the card of a link around a title in a heading, a description, and the domain as the last line."""
    headings = anchor.xpath(".//h2 | .//h3")
    lines = [line for text in anchor.itertext() if (line := unwrapped_line(text))]
    url = address(anchor.get("href") or "", base)
    if not headings or len(lines) < 2 or not names_host(lines[-1], url) or anchor.xpath(".//ul | .//ol"):
        return None
    title = unwrapped_line("".join(headings[0].itertext()))
    teaser = " ".join(line for line in lines[:-1] if line not in title)
    return LinkCard(url, title, teaser)


def _text(element: html.HtmlElement, name: str) -> str:
    found = element.xpath(f".//*[contains(concat(' ', @class, ' '), ' {name} ')]")
    return unwrapped_line("".join(found[0].itertext())) if found else ""
