"""Parses CommonMark into a small tree (`newsletter.text.tree`).

Supported are paragraphs, emphasis, strong emphasis, links (http, https, mailto and `@id`), code, quotes, lists and
images. Other Markdown (headings, rules, tables, raw HTML, reference links, other URL schemes) stays text; `beyond`
lists it.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from newsletter.text.simple_markdown import read_prose
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
    walk,
)
from newsletter.text.words import unspaced

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LINK_ADVICE = "Use a link to an http, https or mailto address, or to the @id of an entry."
MAX_NESTING = 24
# Unsupported Markdown leaves one of these in the words of the tree, or has it at the end of a line. Texts without them
# need not be parsed a second time.
_IN_WORDS = re.compile(r"[<|#\]]")
_AT_LINE_END = re.compile(r"[-=*_][ \t]*$", re.MULTILINE)
# Brackets and parentheses that look like a link but are not: the URL contains a space, or follows one.
_UNREAD = re.compile(r"\[[^\[\]]{0,200}\](?:\([^()]| \((?:@|https?:))")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,50}\]")
# Each nested list has such a line. Texts without one need not be parsed.
_INDENTED_ITEM = re.compile(r"^(?:\s+|.*[-+*.)]\s+)(?:[-+*]|\d{1,9}[.)])\s", re.MULTILINE)
REFUSED_RULES = ("heading", "lheading", "hr", "html_block", "html_inline", "reference")


class UnsupportedMarkdown(NamedTuple):
    """Unsupported Markdown in a text. `line` counts from 0 within the text; `target` is the URL of a link, or ""."""

    line: int
    what: str
    advice: str
    target: str = ""


def parse(text: str) -> Blocks:
    """Parse a text into a tree, which contains all words of the text."""
    return _read(text)[0]


def unsupported_markdown(text: str) -> Iterator[UnsupportedMarkdown]:
    """Yield the unsupported Markdown of a text, which outputs show as plain text."""
    blocks, deep = _read(text)
    if deep:
        yield UnsupportedMarkdown(
            0, f"text nested more than {MAX_NESTING // 2} levels deep", "Remove some of the levels."
        )
    elif _suspect(text, blocks):
        # Yield each kind once per line.
        yield from dict.fromkeys(_found(text))


# Enough for the texts of an issue, which several functions parse. With 2,048, the trees of earlier issues filled the
# caches of the processor: a build of the archive took 6% longer.
@lru_cache(maxsize=256)
def _read(text: str) -> tuple[Blocks, bool]:
    """Parse a text. Returns the tree, and whether the text was nested too deeply and became plain text."""
    prose = read_prose(text)
    return read_all(text) if prose is None else (prose, False)


def read_all(text: str) -> tuple[Blocks, bool]:
    """Parse a text with the full parser. Returns the same as `_read`."""
    tokens = _parser().parse(text)
    if any(token.level >= MAX_NESTING - 1 or _deep(token.children) for token in tokens):
        # The parser would drop the text at deeper levels.
        parts = (part for part in re.split(r"\n[ \t]*\n", text) if part.strip())
        return tuple(Paragraph((Text(" ".join(part.split())),)) for part in parts), True
    return _blocks(iter(tokens), None), False


def _suspect(text: str, blocks: Blocks) -> bool:
    words = (child.text for child in walk(blocks) if isinstance(child, Text))
    return any(_IN_WORDS.search(word) for word in words) or bool(_AT_LINE_END.search(text))


def _found(text: str) -> Iterator[UnsupportedMarkdown]:
    environment: dict[str, Any] = {}
    for token in _commonmark_parser().parse(text, environment):
        line = token.map[0] if token.map else 0
        if token.type in _BEYOND:
            yield UnsupportedMarkdown(line, *_BEYOND[token.type])
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            yield from _found_in(child, line)
    for definition in environment.get("references", {}).values():
        yield UnsupportedMarkdown(
            definition["map"][0], "a link definition", "Write the link in the text: [words](https://…)."
        )


def _found_in(child: "Token", line: int) -> Iterator[UnsupportedMarkdown]:
    """Yield the unsupported Markdown of an inline token."""
    if child.type == "html_inline":
        yield UnsupportedMarkdown(line, *_BEYOND["html_block"])
    elif child.type in ("link_open", "image"):
        target = str(child.attrs.get("href") or child.attrs.get("src") or "")
        if not target:
            yield UnsupportedMarkdown(line, "a link without an address", "Add the address, or remove the brackets.")
        elif not allowed(target, image=child.type == "image"):
            yield UnsupportedMarkdown(line, f"a link to `{target[:60]}`", LINK_ADVICE, target)
    elif child.type == "text" and _FOOTNOTE.search(child.content):
        yield UnsupportedMarkdown(line, "a footnote", "Move it into the text. Email and Medium have no footnotes.")
    elif child.type == "text" and _UNREAD.search(child.content):
        yield UnsupportedMarkdown(
            line, "text that looks like a link", "Remove the space before `(`, and write spaces in URLs as %20."
        )


def nested_lists(text: str) -> Iterator[int]:
    """Yield the lines on which nested lists begin, counted from 0 within the text."""
    depth = 0
    for token in _parser().parse(text) if _INDENTED_ITEM.search(text) else ():
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if depth and token.map:
                yield token.map[0]
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1


def allowed(url: str, *, image: bool = False) -> bool:
    """Return whether a URL is allowed as the target of a link, or the source of an image."""
    if image:
        return not re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:|//", url, re.IGNORECASE)
    return bool(re.match(r"https?://[^/\s]|mailto:[^\s]|@[a-z0-9]", url, re.IGNORECASE))


_BEYOND = {
    "heading_open": ("a heading", "Write a paragraph. The headings of an issue are its sections and titles."),
    "html_block": ("raw HTML", "Write it in Markdown, or put it in `code`."),
    "table_open": ("a table", "Write a list. Email and Medium do not support tables in text."),
    "hr": ("a rule", "Remove it. The layout adds rules."),
}


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.disable(list(REFUSED_RULES))
    parser.validateLink = _valid  # type: ignore[method-assign]
    parser.normalizeLink = _encoded  # type: ignore[method-assign]
    return parser


@cache
def _commonmark_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    parser.validateLink = _any  # type: ignore[method-assign]
    return parser


def _valid(url: str) -> bool:
    # The parser does not tell links from images here. `_inline` checks again.
    return allowed(url) or allowed(url, image=True)


def _any(url: str) -> bool:  # noqa: ARG001
    return True


def _encoded(url: str) -> str:
    return re.sub(r"[\x00-\x20\"<>\\^`{|}\x7f]", lambda match: f"%{ord(match[0]):02X}", url)


def _deep(tokens: "list[Token] | None") -> bool:
    return any(token.level >= MAX_NESTING - 1 for token in tokens or ())


def _blocks(tokens: "Iterator[Token]", closing: str | None) -> Blocks:
    blocks: list[Block] = []
    for token in tokens:
        if token.type == closing:
            break
        if token.type == "inline":
            blocks.append(Paragraph(_inlines(iter(_broken(token.children or [])), None)))
        elif token.type in ("fence", "code_block"):
            info = token.info.strip()
            blocks.append(
                CodeBlock(
                    (f"{info}\n" if info and not re.fullmatch(r"[\w+#.-]+", info) else "") + token.content.rstrip("\n")
                )
            )
        elif token.type == "blockquote_open":
            blocks.append(Quote(_blocks(tokens, "blockquote_close")))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            ordered = token.type.startswith("ordered")
            start = int(token.attrs.get("start", 1)) if ordered else None
            blocks.append(List(_items(tokens, token.type.replace("open", "close")), start))
    return tuple(blocks)


def _items(tokens: "Iterator[Token]", closing: str) -> tuple[Blocks, ...]:
    items = []
    for token in tokens:
        if token.type == closing:
            break
        items.append(_blocks(tokens, "list_item_close"))
    return tuple(items)


def _inlines(tokens: "Iterator[Token]", closing: str | None) -> tuple[Inline, ...]:
    children: list[Inline] = []
    for token in tokens:
        if token.type == closing:
            break
        child = _inline(token, tokens)
        if isinstance(child, Text) and children and isinstance(children[-1], Text):
            children[-1] = Text(children[-1].text + child.text)
        elif child != Text(""):
            children.append(child)
    return tuple(children)


def _inline(token: "Token", tokens: "Iterator[Token]") -> Inline:
    if token.type == "code_inline":
        return Code(token.content)
    if token.type == "hardbreak":
        return Break()
    if token.type in ("em_open", "strong_open"):
        return Emphasis(_inlines(tokens, token.type.replace("open", "close")), token.markup)
    if token.type == "link_open":
        url = str(token.attrs["href"])
        children = _inlines(tokens, "link_close")
        return Link(url, children or (Text(url),)) if allowed(url) else Text(f"[{plain_inlines(children)}]({url})")
    if token.type == "image":
        alt, source = plain_inlines(_inlines(iter(token.children or []), None)), str(token.attrs["src"])
        if not source or not allowed(source, image=True):
            return Text(f"![{alt}]({source})")
        # File names are not encoded, but the author may have typed spaces as %20.
        return Image(source if re.match("https?:", source, re.IGNORECASE) else unquote(source), alt)
    return Text(token.content)


def _broken(tokens: "list[Token]") -> "list[Token]":
    """Replace soft breaks by a space, or by nothing between letters of scripts without spaces."""
    for index, token in enumerate(tokens):
        if token.type == "softbreak":
            before = next((t.content[-1] for t in reversed(tokens[:index]) if t.content), "")
            after = next((t.content[0] for t in tokens[index + 1 :] if t.content), "")
            token.content = "" if unspaced(before) and unspaced(after) else " "
    return tokens
