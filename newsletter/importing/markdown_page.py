"""Parses CommonMark, including HTML blocks, into blocks with their lines."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from newsletter.documents.source import decode
from newsletter.errors import NewsletterError
from newsletter.importing.blocks import Divider, Heading, LinkCard, Piece, address, unwrapped_line
from newsletter.importing.paragraphs import paragraph_parts, rule_or_block
from newsletter.importing.plain_text import without_controls
from newsletter.text.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
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

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_NESTING = 24
MAX_BYTES = 1_000_000
# A link card of Medium after conversion to Markdown: an empty link, and a link around two headings and a domain.
_CARD = re.compile(
    r"(?:^\*{2,}[ \t]*)?(?:\[\]\((?P<empty>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)[ \t]*)?"
    r"\[##[ \t]+(?P<title>[^\n]*)\n+"
    r"(?:###[ \t]+(?P<teaser>[^\n]*)\n+)?"
    r"(?P<host>[^\n\[\]]*)\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)[ \t]*",
    re.MULTILINE,
)


def decode_markdown(content: bytes, name: str) -> str:
    """Decode the Markdown of a page.

    Raises:
        DocumentError: the content is not UTF-8.
        NewsletterError: the content is too large.
    """
    if len(content) > MAX_BYTES:
        message = f"{name} has {len(content):,} bytes; a page can have at most {MAX_BYTES:,}"
        raise NewsletterError(message, "Nothing was changed. Check that this is the right file.")
    return without_controls(decode(content, name))


def read_markdown(text: str, base: str = "", line: int = 1) -> list[Piece]:
    """Parse the blocks of a Markdown text that starts at `line`.

    `base` is the base URL of links that start with a slash.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pieces: list[Piece] = []
    begin = 0
    for card in _cards(text):
        pieces += _read(text[begin : card.start()], base, line + text.count("\n", 0, begin))
        at, url, empty = line + text.count("\n", 0, card.start()), address(card["url"], base), card["empty"]
        pieces.append(Piece(at, LinkCard(url, _unescaped(card["title"]), _unescaped(card["teaser"] or ""))))
        if empty and address(empty, base) != url:
            pieces.append(Piece(at, Paragraph((Link(address(empty, base), ()),))))
        begin = card.end()
    return pieces + _read(text[begin:], base, line + text.count("\n", 0, begin))


def _cards(text: str) -> Iterator[re.Match[str]]:
    if "[##" not in text:
        return
    code = [token.map for token in _parser().parse(text) if token.type in ("fence", "code_block") and token.map]
    for card in _CARD.finditer(text):
        number = text.count("\n", 0, card.start())
        if not any(begin <= number < end for begin, end in code):
            yield card


def _unescaped(text: str) -> str:
    return unwrapped_line(plain_inlines(_inlines(iter(_parser().parseInline(text)[0].children or []), None, "")))


def _read(text: str, base: str, line: int) -> list[Piece]:
    environment: dict[str, Any] = {}
    tokens = _parser().parse(text, environment)
    if any(token.level >= MAX_NESTING - 1 for outer in tokens for token in (outer, *(outer.children or ()))):
        # The parser drops content at this depth, so keep the whole text as plain paragraphs.
        lines = ((text.count("\n", 0, part.start()), part[0]) for part in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text))
        return [Piece(line + number, Paragraph((Text(part),))) for number, part in lines]
    pieces = [*_pieces(iter(tokens), base, line), *_unused(tokens, environment, base, line)]
    return sorted(pieces, key=lambda piece: piece.line)


def _unused(tokens: "list[Token]", environment: dict[str, Any], base: str, line: int) -> Iterator[Piece]:
    """Yield link definitions that are not used, as links."""
    targets = {
        str(child.attrs.get("href") or child.attrs.get("src")) for token in tokens for child in token.children or ()
    }
    definitions = [*environment.get("references", {}).values(), *environment.get("duplicate_refs", ())]
    for definition in definitions:
        if definition["href"] not in targets:
            words = definition["title"] or definition["href"]
            yield Piece(
                line + definition["map"][0], Paragraph((Link(address(definition["href"], base), (Text(words),)),))
            )


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.validateLink = _accept_link  # type: ignore[method-assign]
    parser.normalizeLink = _keep_link  # type: ignore[method-assign]
    return parser


def _keep_link(url: str) -> str:
    return url


def _accept_link(url: str) -> bool:  # noqa: ARG001
    return True


def _pieces(tokens: "Iterator[Token]", base: str, line: int) -> Iterator[Piece]:
    for token in tokens:
        at = line + (token.map[0] if token.map else 0)
        if token.type == "heading_open":
            children = _inlines(iter(next(tokens).children or []), None, base)
            yield Piece(at, Heading(int(token.tag[1:]), children))
        elif token.type == "hr":
            yield Piece(at, Divider())
        elif token.type == "html_block":
            from newsletter.importing.html_page import read_fragment

            yield from read_fragment(token.content, base, at)
        else:
            for block in _block(token, tokens, base):
                yield from (Piece(at, rule_or_block(part)) for part in paragraph_parts(block))


def _block(token: "Token", tokens: "Iterator[Token]", base: str) -> Iterator[Block]:
    if token.type == "inline":
        yield Paragraph(_inlines(iter(token.children or []), None, base))
    elif token.type in ("fence", "code_block"):
        yield CodeBlock(token.content.rstrip("\n"))
    elif token.type == "blockquote_open":
        yield Quote(_blocks(tokens, "blockquote_close", base))
    elif token.type in ("bullet_list_open", "ordered_list_open"):
        start = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
        yield List(tuple(_items(tokens, token.type.replace("open", "close"), base)), start)
    elif token.type == "hr":
        yield Paragraph((Text("---"),))
    elif token.type == "html_block":
        yield Paragraph((Text(token.content.strip()),))


def _blocks(tokens: "Iterator[Token]", closing: str, base: str) -> Blocks:
    blocks: list[Block] = []
    for token in tokens:
        if token.type == closing:
            break
        blocks += _block(token, tokens, base)
    return tuple(blocks)


def _items(tokens: "Iterator[Token]", closing: str, base: str) -> Iterator[Blocks]:
    for token in tokens:
        if token.type == closing:
            return
        yield _blocks(tokens, "list_item_close", base)


def _inlines(tokens: "Iterator[Token]", closing: str | None, base: str) -> tuple[Inline, ...]:
    children: list[Inline] = []
    for token in tokens:
        if token.type == closing:
            break
        child = _inline(token, tokens, base)
        if isinstance(child, Text) and children and isinstance(children[-1], Text):
            children[-1] = Text(children[-1].text + child.text)
        elif child != Text(""):
            children.append(child)
    return tuple(children)


def _inline(token: "Token", tokens: "Iterator[Token]", base: str) -> Inline:
    if token.type == "code_inline":
        return Code(token.content)
    if token.type == "hardbreak" or (token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE)):
        return Break()
    if token.type == "softbreak":
        return Text("\n")
    if token.type in ("em_open", "strong_open"):
        return Emphasis(_inlines(tokens, token.type.replace("open", "close"), base), token.markup)
    if token.type == "link_open":
        return Link(address(str(token.attrs["href"]), base), _inlines(tokens, "link_close", base))
    if token.type == "image":
        alt, source = plain_inlines(_inlines(iter(token.children or []), None, base)), str(token.attrs["src"])
        return Image(address(source) if re.match("https?:|//", source) else source, unwrapped_line(alt))
    return Text(token.content)
