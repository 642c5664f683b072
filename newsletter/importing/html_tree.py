"""Prepares parsed HTML: resolves relative URLs, finds the sources of images, and removes control characters."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import html

from newsletter.importing.plain_text import without_controls

# Where scripts that load images late keep the URL.
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-src", "data-image-src", "data-canonical-src")
_LAZY_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_URLS = ("href", "src", *_LAZY)
# An image that only fills the space until the real one is loaded.
_FILLER = re.compile(
    r"data:|about:|.*/(?:blank|spacer|placeholder|pixel|lazy|1x1|transparent)\.(?:gif|png|svg)(?:\?|$)"
)


def prepare_tree(page: html.HtmlElement) -> None:
    """Prepare a page in place."""
    for element in page.iter():
        if isinstance(element.tag, str):
            element.text, element.tail = _cleaned(element.text), _cleaned(element.tail)
            for name in ("href", "src", "alt", "srcset"):
                if value := element.get(name):
                    element.set(name, without_controls(value))
        else:
            element.tail = _cleaned(element.tail)
    for source in list(page.iter("source")):
        _unwrap(source)
    for image in list(page.iter("img")):
        _find_source(image)
    for picture in list(page.iter("picture")):
        if picture.find(".//img") is None and (found := _largest(source.get("srcset") for source in picture)):
            picture.append(html.Element("img", src=found))


def resolve_urls(page: html.HtmlElement, base: str) -> None:
    """Resolve relative URLs in a page. Links within the page stay as they are."""
    if not re.match(r"https?://", base):
        return
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        for name in _URLS:
            value = (element.get(name) or "").strip()
            if value and not value.startswith("#") and not re.match(r"[A-Za-z][\w+.-]*:", value):
                element.set(name, _joined(base, value))


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def _cleaned(text: str | None) -> str | None:
    return without_controls(text) if text else text


def _unwrap(source: html.HtmlElement) -> None:
    """Move the content of a `source` behind it: the parser takes what follows it for its content."""
    parent = source.getparent()
    if parent is None:
        return
    for child in reversed(list(source)):
        source.addnext(child)


def _find_source(image: html.HtmlElement) -> None:
    """Set the `src` of an image that is loaded late, or that has only a `srcset`."""
    shown = (image.get("src") or "").strip()
    if shown and not _FILLER.match(shown):
        return
    picture = next(image.iterancestors("picture"), None)
    beside = [source.get("srcset") for source in picture.iter("source")] if picture is not None else []
    later = next(image.itersiblings("noscript"), None)
    hidden = next(iter(later.xpath(".//img/@src")), "") if later is not None else ""
    lazy = next((value.strip() for name in _LAZY if (value := image.get(name))), "")
    found = lazy or _largest(image.get(name) for name in _LAZY_SETS) or hidden or _largest(beside)
    if found:
        image.set("src", found)


def _largest(sets: "Iterator[str | None] | list[str | None]") -> str:
    """Return the largest image of `srcset` attributes, or ""."""
    found = [candidate for value in sets if value for candidate in _candidates(value)]
    return max(found, key=lambda candidate: candidate[0])[1] if found else ""


def _candidates(value: str) -> Iterator[tuple[float, str]]:
    for url, size in re.findall(r"(\S*[^\s,])(?:\s+([\d.]+)[wx])?\s*(?:,|$)", value.strip()):
        yield (float(size) if re.fullmatch(r"\d+(?:\.\d+)?", size) else 1.0), url
