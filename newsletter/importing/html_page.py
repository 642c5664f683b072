"""Parses HTML into blocks with their lines: a page, a post of an export, or an item of a feed."""

import re
from collections.abc import Callable, Iterator

from lxml import etree, html

from newsletter.errors import NewsletterError
from newsletter.importing.blocks import CaptionedImage, Divider, Heading, LinkCard, Part, Piece, address, unwrapped_line
from newsletter.importing.html_cards import read_bookmark
from newsletter.importing.html_inlines import SILENT, collapse_spaces, preserved_text, read_inlines, trim_inlines
from newsletter.importing.html_tree import prepare_tree, resolve_urls
from newsletter.importing.paragraphs import paragraph_parts, rule_or_block
from newsletter.text.charset import decode_page
from newsletter.text.tree import Block, Blocks, CodeBlock, Inline, Link, List, Paragraph, Quote, Text

_LINES = {"p", "figcaption", "dt", "dd", "tr", "summary", "legend", "caption", "address", "center"}
_GROUPS = {
    "html", "body", "div", "section", "article", "main", "header", "footer", "aside", "nav", "form", "fieldset",
    "table", "tbody", "thead", "tfoot", "dl", "details", "figure", "picture", "ul", "ol", "blockquote", "pre", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", *_LINES,
}  # fmt: skip
_EXCESS = "Excessive depth"
_NESTING = ("ul", "ol", "blockquote")
MAX_NESTING = 20
MAX_BYTES = 5_000_000


def parse_html(content: bytes, name: str, base: str = "") -> html.HtmlElement:
    """Parse a page in any charset. `base` is the URL of the page if relative URLs in it refer to it.

    Raises:
        NewsletterError: the page is too large or nested too deeply.
    """
    if len(content) > MAX_BYTES:
        message = f"{name} has {len(content):,} bytes; a page can have at most {MAX_BYTES:,}"
        raise NewsletterError(message, "Nothing was changed. Check that this is the right file.")
    parser = html.HTMLParser(encoding="utf-8")
    text = decode_page(content).encode("utf-8", "replace")
    try:
        page: html.HtmlElement = html.document_fromstring(text or b"<p></p>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        page = html.document_fromstring(b"<p></p>")
    nested = (sum(1 for _ in inner.iterancestors(*_NESTING)) for inner in page.iter(*_NESTING))
    if any(_EXCESS in str(error.message) for error in parser.error_log) or max(nested, default=0) > MAX_NESTING:
        raise NewsletterError(
            f"the HTML of {name} is nested too deeply", "Nothing was changed. Check that this is the right file."
        )
    resolve_urls(page, base)
    prepare_tree(page)
    return page


def read_html(element: html.HtmlElement, base: str = "", first: int | None = None) -> list[Piece]:
    """Parse the blocks of an element. `first` is the line where it starts, if it is embedded in another file."""
    return [
        Piece(line if first is None else first + line - 1, rule_or_block(part)) for line, part in _parts(element, base)
    ]


def read_fragment(text: str, base: str = "", line: int = 1) -> list[Piece]:
    """Parse the blocks of an HTML fragment that starts at `line`.

    Raises:
        NewsletterError: see `parse_html`.
    """
    return read_html(parse_html(text.encode("utf-8", "replace"), f"line {line}"), base, line)


def _parts(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    """Yield the blocks inside an element. Each run of inlines between two blocks is a paragraph."""
    run: list[Inline] = []
    begin = _line(element)
    for line, found in _flow(element, base):
        if isinstance(found, list):
            begin = begin if run else line
            run += found
            continue
        yield from ((begin, part) for part in _paragraph(run))
        run = []
        yield line, found
    yield from ((begin, part) for part in _paragraph(run))


def _flow(element: html.HtmlElement, base: str) -> Iterator[tuple[int, list[Inline] | Part]]:
    if element.text:
        yield _line(element), [Text(collapse_spaces(element.text))]
    for child in element:
        if isinstance(child.tag, str):
            yield from _child(child, base)
        if child.tail:
            yield _line(child), [Text(collapse_spaces(child.tail))]


def _child(child: html.HtmlElement, base: str) -> Iterator[tuple[int, list[Inline] | Part]]:
    tag = str(child.tag).lower()
    if tag in SILENT:
        return
    if "mixtapeEmbed" in (child.get("class") or "") and tag in ("div", "p"):
        yield from ((_line(child), card) for card in _mixtape(child, base))
    elif card := read_bookmark(child, base):
        yield _line(child), card
    elif tag in _READERS:
        yield from _READERS[tag](child, base)
    elif tag in _GROUPS or _is_block(child) or (tag != "a" and _holds_block(child)):
        yield from _parts(child, base)
    elif tag == "a" and _holds_block(child):
        yield from _linked(child, base)
    else:
        yield _line(child), read_inlines(child, base)


def _rule(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:  # noqa: ARG001
    yield _line(element), Divider()


def _list(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    start = element.get("start") or "1"
    first = int(start) if re.fullmatch(r"\d{1,9}", start, re.ASCII) else 1
    items = tuple(_blocks(item, base) for item in element if isinstance(item.tag, str))
    yield _line(element), List(items, first if element.tag == "ol" else None)
    # Text between the items, which is invalid HTML.
    loose = [element.text or "", *(item.tail or "" for item in element)]
    yield from ((_line(element), Paragraph((Text(unwrapped_line(text)),))) for text in loose if text.strip())


def _quote(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    yield _line(element), Quote(_blocks(element, base))


def _code(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:  # noqa: ARG001
    yield _line(element), CodeBlock(re.sub(r"^\n", "", "".join(preserved_text(element))).rstrip("\n"))


def _played(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    """Yield a link for the URL of a video or frame, and its content."""
    sources = [element.get("src"), element.get("data"), *element.xpath(".//source/@src")]
    for source in dict.fromkeys(filter(None, sources)):
        yield _line(element), Paragraph((Link(address(source, base), (Text(source),)),))
    yield from _parts(element, base)


def _heading(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    """Yield a heading, and the blocks that it contains after it."""
    level = int(str(element.tag)[1])
    for line, part in _parts(element, base):
        yield line, Heading(level, part.children) if isinstance(part, Paragraph) else part


def _linked(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    """Yield the blocks inside a link. Paragraphs and headings become links; other blocks are followed by a link."""
    url = address(element.get("href") or "", base)
    for line, part in _parts(element, base):
        if isinstance(part, Paragraph):
            yield line, Paragraph((Link(url, part.children),)) if url else part
        elif isinstance(part, Heading):
            yield line, Heading(part.level, (Link(url, part.children),)) if url else part
        else:
            yield line, part
            url_kept = Paragraph((Link(url, ()),))
            yield from (
                [(line, url_kept)]
                if url and not (isinstance(part, CaptionedImage) and part.image.source == url)
                else []
            )


def _mixtape(element: html.HtmlElement, base: str) -> Iterator[LinkCard]:
    """Yield Medium's link card: a strong title, an emphasised description, and the domain."""
    anchor = next(iter(element.xpath(".//a[@href]")), None)
    if anchor is None:
        return
    title, teaser = (
        unwrapped_line(" ".join("".join(e.itertext()) for e in anchor.findall(f".//{tag}"))) for tag in ("strong", "em")
    )
    yield LinkCard(address(anchor.get("href") or "", base), title, teaser)


def _figure(element: html.HtmlElement, base: str) -> Iterator[tuple[int, Part]]:
    captions = element.findall(".//figcaption")
    caption: list[Inline] = []
    for found in captions:
        caption += [*([Text(" ")] if caption else []), *read_inlines(found, base)]
        tail, parent = found.tail, found.getparent()
        if parent is not None:
            parent.remove(found)
            if tail and tail.strip():
                caption.append(Text(collapse_spaces(tail)))
    parts = list(_parts(element, base))
    last = max((index for index, (_, part) in enumerate(parts) if isinstance(part, CaptionedImage)), default=-1)
    for index, (line, part) in enumerate(parts):
        yield (
            line,
            CaptionedImage(part.image, trim_inlines(caption))
            if isinstance(part, CaptionedImage) and index == last
            else part,
        )
    if last < 0:
        yield from ((_line(element), part) for part in _paragraph(caption))


def _paragraph(run: list[Inline]) -> Iterator[Part]:
    children = trim_inlines(run)
    if children:
        yield from paragraph_parts(Paragraph(children))


def _blocks(element: html.HtmlElement, base: str) -> Blocks:
    """Return the blocks inside a list item or a quote. Blocks that cannot be nested become paragraphs."""
    blocks: list[Block] = []
    for _, part in _parts(element, base):
        if isinstance(part, Heading):
            blocks.append(Paragraph(part.children))
        elif isinstance(part, CaptionedImage):
            blocks += [Paragraph((part.image,)), *([Paragraph(part.caption)] if part.caption else [])]
        elif isinstance(part, LinkCard):
            blocks.append(
                Paragraph((Link(part.url, (Text(" — ".join(filter(None, (part.title, part.teaser))) or part.url),)),))
            )
        elif not isinstance(part, Divider):
            blocks.append(part)
    return tuple(blocks)


def _is_block(element: html.HtmlElement) -> bool:
    return element.tag != "img" and bool(re.search(r"display\s*:\s*block", element.get("style") or ""))


def _holds_block(element: html.HtmlElement) -> bool:
    return any(
        isinstance(inner.tag, str) and (inner.tag in _GROUPS or _is_block(inner)) for inner in element.iterdescendants()
    )


def _line(element: html.HtmlElement) -> int:
    return int(element.sourceline or 1)


_READERS: dict[str, Callable[[html.HtmlElement, str], Iterator[tuple[int, Part]]]] = {
    "hr": _rule,
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "pre": _code,
    "figure": _figure,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    **dict.fromkeys(("iframe", "video", "audio", "embed", "object"), _played),
}
