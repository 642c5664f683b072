"""Sets quotation marks, apostrophes, dashes and ellipses as the typography of a language has them.

Only `"`, `'`, `--`, `---` and `...` in prose are replaced: not in code, URLs, merge fields and HTML. The rule
`smartquotes` of markdown-it-py decides which quotation mark opens and which closes. It looks at the characters around a
mark. It gets each text with scripts without spaces replaced by punctuation, and it writes marks of one character, so
that every character keeps its position.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from newsletter.text.quotation_marks import ENGLISH, QuotationMarks, quotation_marks
from newsletter.text.tree import (
    Block,
    Blocks,
    Break,
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
from newsletter.text.words import unspaced

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# The characters that are replaced.
_MARKS = re.compile(r"[\"']|--|\.\.\.")
# What is not prose: merge fields and other templates, HTML, URLs and addresses, and feet and inches.
_LITERAL = re.compile(
    r"\{[{%#][^{}]{0,200}\}|<[a-z/!][^<>]*>|&#?\w+;"
    r"|(?<=')(?:https?://|mailto:|www\.)[^\s\"'<>]*[^\s\"'<>.,;:!?)]"
    r"|(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]*://|mailto:|www\.)[^\s\"<>]*[^\s\"<>.,;:!?)]"
    r"|(?<![\w.+-])[\w.+-]+@[\w.-]+"
    r"|(?<![\w.-])[\w-]+(?:\.[\w-]+)+(?:/[^\s\"<>]*[^\s\"'<>.,;:!?)])?"
    r"|(?<!\d)\d+'\d+\"?",
    re.IGNORECASE,
)
# Not the option of a command such as `--fix`, an arrow, or a longer line.
_DASH = re.compile(r"(?<![-<!])(?:---|--(?!(?<!\S--)\w))(?![->])")
_ELLIPSIS = re.compile(r"(?<![./\\])\.{3}(?![./\\])")
_YEAR = re.compile(r"(?<!\w)'(?=\d\ds?\b)")
_APOSTROPHE = "\u2019"
# Noncharacters, which validation rejects in an author's text, for opening and closing marks: double, then single.
_OPENING, _CLOSING, _SINGLE_OPENING, _SINGLE_CLOSING = _FOUND = "\ufdd6\ufdd7\ufdd8\ufdd9"
_LETTER, _PUNCTUATION = "x", "\u3001"


class _Piece(NamedTuple):
    """A part of a paragraph: its text, how deep it is in emphasis and links, and whether it is prose."""

    text: str
    level: int
    prose: bool


def typeset_line(text: str, language: str) -> str:
    """Return a line of prose with the marks of a language."""
    return _typeset([_Piece(text, 0, True)], language)[0] if _MARKS.search(text) else text


def typeset_blocks(blocks: Blocks, language: str) -> Blocks:
    """Return a tree with the marks of a language in its prose."""
    return tuple(_block(block, language) for block in blocks)


def _block(block: Block, language: str) -> Block:
    if isinstance(block, Quote):
        return Quote(typeset_blocks(block.children, language))
    if isinstance(block, List):
        return List(tuple(typeset_blocks(item, language) for item in block.items), block.start)
    if isinstance(block, Paragraph) and _MARKS.search(plain_inlines(block.children)):
        texts = iter(_typeset(list(_pieces(block.children)), language))
        return Paragraph(tuple(_rebuild(block.children, texts)))
    return block


def _pieces(children: tuple[Inline, ...], level: int = 0, *, prose: bool = True) -> Iterator[_Piece]:
    for child in children:
        if isinstance(child, Emphasis | Link):
            # The words of a link may be its URL.
            url = isinstance(child, Link) and plain_inlines(child.children) in (
                child.url,
                child.url.removeprefix("mailto:"),
            )
            yield from _pieces(child.children, level + 1, prose=prose and not url)
        elif isinstance(child, Break):
            yield _Piece("\n", level, False)
        elif isinstance(child, Image):
            yield _Piece(_LETTER, level, False)
        else:
            yield _Piece(child.text, level, prose and isinstance(child, Text))


def _rebuild(children: tuple[Inline, ...], texts: Iterator[str]) -> Iterator[Inline]:
    for child in children:
        if isinstance(child, Emphasis | Link):
            yield replace(child, children=tuple(_rebuild(child.children, texts)))
        else:
            text = next(texts)
            yield Text(text) if isinstance(child, Text) else child


def _typeset(pieces: list[_Piece], language: str) -> list[str]:
    """Return the texts of the pieces of a paragraph with the marks of a language."""
    text = "".join(piece.text for piece in pieces)
    masked = [_mask(piece) for piece in pieces]
    whole = "".join(masked)
    changes = {match.start(): (match[0], _APOSTROPHE) for match in _YEAR.finditer(whole)}
    changes |= _dashes_and_ellipses(text, whole) | _quotation_marks(text, _find_pairs(pieces, masked), language)
    texts = []
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        texts.append("".join(_changed(text, changes, start, end)) if piece.prose else piece.text)
        start = end
    return texts


def _changed(text: str, changes: dict[int, tuple[str, str]], start: int, end: int) -> Iterator[str]:
    at = start
    while at < end:
        old, new = changes.get(at, ("", ""))
        # A mark may begin in one piece and end in the next.
        whole = old and at + len(old) <= end
        yield new if whole else text[at]
        at += len(old) if whole else 1


def _mask(piece: _Piece) -> str:
    """Return a text of the same length in which only the marks in prose are left to find."""
    if not piece.prose:
        return piece.text if piece.text == "\n" else _LETTER * len(piece.text)
    text = _LITERAL.sub(lambda match: _LETTER * len(match[0]), piece.text)
    return text if text.isascii() else "".join(map(_mask_wide, text))


def _mask_wide(character: str) -> str:
    wide = unicodedata.east_asian_width(character) in "WF" and not character.isspace()
    return _PUNCTUATION if wide else character


def _dashes_and_ellipses(text: str, masked: str) -> dict[int, tuple[str, str]]:
    """Return the replacements of `--`, `---` and `...` by position.

    Next to letters of Chinese and Japanese they are twice as long.
    """
    changes = {}
    for pattern in (_DASH, _ELLIPSIS):
        for match in pattern.finditer(masked):
            around = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
            doubled = any(unspaced(character) for character in around)
            mark = "…" if pattern is _ELLIPSIS else "—" if doubled or len(match[0]) == 3 else "–"
            changes[match.start()] = match[0], mark * (2 if doubled else 1)
    return changes


def _find_pairs(pieces: list[_Piece], masked: list[str]) -> str:
    """Return the masked text with the quotation marks that markdown-it-py finds, each as a mark of `_FOUND`."""
    whole = "".join(masked)
    if '"' not in whole and "'" not in whole:
        return whole
    from markdown_it.rules_core import StateCore, smartquotes
    from markdown_it.token import Token

    tokens = [
        Token(
            "text" if piece.prose else "hardbreak" if piece.text == "\n" else "code_inline",
            "",
            0,
            content=_YEAR.sub(_LETTER, part) if piece.prose else part,
            level=piece.level,
        )
        for piece, part in zip(pieces, masked, strict=True)
    ]
    paragraph = Token("inline", "", 0, content=whole, children=tokens)
    smartquotes(StateCore("", _typographer(), {}, [paragraph]))
    return "".join(token.content for token in tokens)


def _quotation_marks(text: str, found: str, language: str) -> dict[int, tuple[str, str]]:
    """Return the replacements of quotation marks and apostrophes by position."""
    changes = {}
    opened: list[int] = []
    for at, mark in enumerate(found):
        if text[at] not in "\"'":
            continue
        if mark == _APOSTROPHE:
            changes[at] = "'", _APOSTROPHE
        elif mark in (_OPENING, _SINGLE_OPENING):
            opened.append(at)
        elif mark in (_CLOSING, _SINGLE_CLOSING):
            first = opened.pop()
            marks = _marks_of(language, text, first, at)
            opening, closing = marks[:2] if mark == _CLOSING else marks[2:]
            changes |= {first: (text[first], opening), at: (text[at], closing)}
    return changes


def _marks_of(language: str, text: str, first: int, last: int) -> QuotationMarks:
    """Return the marks for the quotation between two positions. East Asian ones stand only next to their letters."""
    marks = quotation_marks(language)
    around = text[max(0, first - 1) : first + 2] + text[last - 1 : last + 2]
    return marks if not unspaced(marks.opening[0]) or any(map(unspaced, around)) else ENGLISH


@cache
def _typographer() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"typographer": True, "quotes": _FOUND})
