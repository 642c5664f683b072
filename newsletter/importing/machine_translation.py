"""Removes errors of machine translation from Markdown: stray asterisks, brackets and spaces."""

import re
from dataclasses import replace

from newsletter.importing.blocks import Heading, Piece
from newsletter.importing.paragraphs import rule_or_block
from newsletter.text.entry_lines import bare_host, first_line, names_host
from newsletter.text.title_lines import title_line
from newsletter.text.tree import (
    Block,
    Emphasis,
    Image,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Text,
    plain_inlines,
)

Line = tuple[Inline, ...]
_ORIGIN = re.compile(r"^> *原文[:：] *<?(?P<url>https?://[^\s<>]+)>?[ \t]*$", re.MULTILINE)
_EMPTY_CARD = re.compile(r"\[\]\((?:https?://|/)[^\s)]*\)[ \t]*\[##[ \t]")
_STARS = re.compile(r"\*{2,}")
_FULL_WIDTH_LINK = re.compile(r"【(?P<words>[^【】\n]*)】[(（](?P<url>https?://[^\s()（）]+)[)）]")
_BRACKETS = re.compile(r"【(?P<words>[^【】]*)】(?:T\d{1,3})?")


def is_translated(text: str) -> bool:
    """Return whether Markdown is a machine translation: it links to the original, or has a converter's empty links."""
    return bool(_ORIGIN.search(text) or _EMPTY_CARD.search(text))


def without_origin(text: str) -> tuple[str, str]:
    """Return the text with the line of the original's URL emptied, and the URL or ""."""
    found = _ORIGIN.search(text)
    if not found:
        return text, ""
    return text[: found.start()] + text[found.end() :], found["url"]


def restore_links(text: str) -> str:
    """Return Markdown with the brackets of links restored, such as in `【a title】(https://…)`."""
    return _FULL_WIDTH_LINK.sub(r"[\g<words>](\g<url>)", text)


def without_translation_marks(pieces: list[Piece]) -> list[Piece]:
    """Remove the errors from blocks. Paragraphs that become empty are dropped."""
    kept = []
    for piece in pieces:
        part = piece.part
        if isinstance(part, Heading):
            part = Heading(part.level, _line(part.children))
        elif isinstance(part, Paragraph):
            line = _line(part.children)
            if not line:
                continue
            part = rule_or_block(_heading(line) or Paragraph(_title(line)))
        elif isinstance(part, List | Quote):
            part = _block(part)
        kept.append(Piece(piece.line, part))
    return kept


def _heading(line: Line) -> Heading | None:
    """Return the heading in a line whose marks of a heading are behind stray asterisks, or None."""
    first = line[0]
    found = re.match(r"(#{1,6})\s+(?=\S|$)", first.text) if isinstance(first, Text) else None
    if found is None or not isinstance(first, Text):
        return None
    return Heading(len(found[1]), _line((Text(first.text[found.end() :]), *line[1:])))


def _block(block: Block) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(_line(block.children))
    if isinstance(block, Quote):
        return Quote(tuple(map(_block, block.children)))
    if isinstance(block, List):
        return List(tuple(tuple(map(_block, item)) for item in block.items), block.start)
    return block


def _line(children: Line) -> Line:
    """Return a line without stray asterisks, and without bold type if it covers the whole line.

    The bold type of a single link stays, inside of the link.
    """
    line = _trimmed(_without_asterisks(children))
    while len(line) == 1 and isinstance(line[0], Emphasis) and line[0].strong:
        inner = _trimmed(line[0].children)
        if (
            len(inner) == 1
            and isinstance(link := inner[0], Link)
            and not names_host(plain_inlines(link.children), link.url)
        ):
            # A bold link is a title: the link keeps the bold type.
            return (Link(link.url, (Emphasis(link.children, "**"),)),)
        line = inner
    return line


def _without_asterisks(children: Line) -> Line:
    kept: list[Inline] = []
    for child in children:
        if isinstance(child, Text):
            words = _STARS.sub("", child.text)
            kept += [Text(words)] if words else []
        elif isinstance(child, Emphasis):
            inner = _without_asterisks(child.children)
            kept += [Emphasis(inner, child.mark)] if inner else []
        elif isinstance(child, Link):
            kept.append(replace(child, children=_without_asterisks(child.children)))
        else:
            kept.append(child)
    return tuple(kept)


def _trimmed(line: Line) -> Line:
    children = list(line)
    for end in (0, -1):
        while children and isinstance(child := children[end], Text) and not child.text.strip():
            children.pop(end)
    if children and isinstance(child := children[-1], Text):
        children[-1] = Text(child.text.rstrip())
    return tuple(children)


def _title(children: Line) -> Line:
    """Return the line of a title without stray brackets and without spaces in domains. Other lines do not change."""
    line, rest = first_line(children)
    found = title_line(line)
    if rest or not found or not (found.url or found.domain_url):
        return children
    return tuple(_opened(child, found.url or found.domain_url) for child in line)


def _opened(child: Inline, url: str) -> Inline:
    if isinstance(child, Text):
        return Text(_BRACKETS.sub(lambda found: "" if names_host(found["words"], url) else found["words"], child.text))
    if isinstance(child, Emphasis):
        return Emphasis(tuple(_opened(inner, url) for inner in child.children), child.mark)
    if isinstance(child, Link):
        words = plain_inlines(child.children)
        if words and names_host(words, child.url) and not any(isinstance(c, Image) for c in child.children):
            return Link(child.url, (Text(bare_host(words)),))
        return Link(child.url, tuple(_opened(inner, url) for inner in child.children))
    return child
