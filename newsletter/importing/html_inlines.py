"""Parses inline HTML: text, emphasis, links and images."""

import re
from collections.abc import Iterator

from lxml import html

from newsletter.importing.blocks import address, unwrapped_line
from newsletter.text.tree import Break, Code, Emphasis, Image, Inline, Link, Text, plain_inlines

# Elements that are not visible.
SILENT = {"script", "style", "head", "template", "noscript", "input", "source", "svg", "link", "meta", "title"}


def read_inlines(element: html.HtmlElement, base: str) -> list[Inline]:
    """Parse an inline element."""
    tag = element.tag.lower() if isinstance(element.tag, str) else ""
    if not tag or tag in SILENT:
        return []
    if tag == "br":
        return [Break()]
    if tag == "img":
        source = (element.get("src") or "").strip()
        alt = unwrapped_line(element.get("alt") or "")
        if not source:
            return [Text(alt)] if alt else []
        return [Image(address(source) if re.match("https?:|//", source) else source, alt)]
    if tag in ("code", "kbd", "samp", "tt") and not len(element):
        return [Code(element.text or "")]
    children: list[Inline] = [Text(collapse_spaces(element.text))] if element.text else []
    for child in element:
        children += read_inlines(child, base)
        if child.tail:
            children.append(Text(collapse_spaces(child.tail)))
    inner = _merged(children)
    if tag == "a" and element.get("href"):
        return _link(address(element.get("href") or "", base), inner)
    if tag in ("em", "i", "cite", "strong", "b") and plain_inlines(inner).strip():
        return [Emphasis(inner, "**" if tag in ("strong", "b") else "*")]
    return list(inner)


def _link(url: str, inner: tuple[Inline, ...]) -> list[Inline]:
    images = [child for child in inner if isinstance(child, Image)]
    if images and not any(plain_inlines((child,)).strip() for child in inner if not isinstance(child, Image)):
        # A linked image is an image. The link is kept as a separate link, unless its target is the image itself.
        return list(images) if any(image.source == url for image in images) or not url else [*images, Link(url, ())]
    return [Link(url, inner)]


def _merged(children: list[Inline]) -> tuple[Inline, ...]:
    merged: list[Inline] = []
    for child in children:
        if isinstance(child, Text) and merged and isinstance(merged[-1], Text):
            merged[-1] = Text(re.sub(r"[ ]+", " ", merged[-1].text + child.text))
        elif child != Text(""):
            merged.append(child)
    return tuple(merged)


def trim_inlines(run: list[Inline]) -> tuple[Inline, ...]:
    """Return inlines without spaces and line breaks at both ends, and without spaces next to a line break."""
    children = list(_merged(run))
    for index, child in enumerate(children):
        if isinstance(child, Text):
            text = child.text
            if index == 0 or isinstance(children[index - 1], Break):
                text = text.lstrip(" ")
            if index == len(children) - 1 or isinstance(children[index + 1], Break):
                text = text.rstrip(" ")
            children[index] = Text(text)
    children = [child for child in children if child != Text("")]
    for end in (0, -1):
        while children and isinstance(children[end], Break):
            children.pop(end)
    return tuple(children)


def collapse_spaces(text: str) -> str:
    """Collapse each run of white space into one space (CSS Text 3, 4.1.1)."""
    return re.sub(r"[ \t\n\r\f]+", " ", text)


def preserved_text(element: html.HtmlElement) -> Iterator[str]:
    """Yield the text of an element, including line breaks and spaces."""
    yield element.text or ""
    for child in element:
        if child.tag == "br":
            yield "\n"
        elif isinstance(child.tag, str):
            yield from preserved_text(child)
        yield child.tail or ""
