"""Searches the author's words in a rendered output."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from newsletter.check.rule import Finding
from newsletter.check.rules.html_elements import Element, shortened
from newsletter.documents.paths import Steps
from newsletter.text.tree import (
    Blocks,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Image,
    Inline,
    Paragraph,
    Quote,
    Text,
)
from newsletter.text.wrapping import WIDE

_BLOCKS = {"blockquote", "body", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li"}
_BLOCKS |= {"ol", "p", "pre", "table", "tbody", "td", "th", "tr", "ul"}
_UNSEEN = {"head", "script", "style", "title"}

Words = Sequence[str]


def html_text(element: Element) -> str:
    """Return the text of a page, with a space where a block begins or ends."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts)


def _collect(element: Element, parts: list[str]) -> None:
    tag = element.tag
    if isinstance(tag, str) and tag not in _UNSEEN:
        space = " " if tag in _BLOCKS else ""
        parts += (space, element.text or "")
        for child in element:
            _collect(child, parts)
            parts.append(child.tail or "")
        parts.append(space)


def words_in(text: str) -> list[str]:
    """Return the words of a text. In scripts without spaces, each character is one."""
    return _word().findall(text)


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word. In scripts without spaces, each character is a word."""
    return re.compile(rf"[{WIDE}]|(?:(?![{WIDE}])\w)+")


def visible_text(blocks: Blocks, *, as_text: bool) -> str:
    """Return the text of a comment as it appears in the HTML or in the text part."""
    parts = []
    for block in blocks:
        match block:
            case Paragraph():
                parts.append(_inline_text(block.children, as_text=as_text))
            case CodeBlock(text):
                parts.append(text)
            case Quote():
                parts.append(visible_text(block.children, as_text=as_text))
            case _:
                parts += [visible_text(item, as_text=as_text) for item in block.items]
    return "\n".join(parts)


def _inline_text(children: tuple[Inline, ...], *, as_text: bool) -> str:
    """Return the text of inline nodes.

    In the text part, images are their alternative texts. The marks of emphasis and links split words of the
    HTML: `*P*rincipal`, `GAN [1]s`.
    """
    mark = " " if as_text else ""
    parts = []
    for child in children:
        match child:
            case Text(text) | Code(text):
                parts.append(text)
            case Break():
                parts.append("\n")
            case Image():
                parts.append(f"[{child.alt}]" if as_text else "")
            case _:
                before = mark if isinstance(child, Emphasis) else ""
                parts.append(before + _inline_text(child.children, as_text=as_text) + mark)
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a search for words.

    Args:
        count: the length of the longest run of expected words that was found.
        end: the index after the last word if all were found, else None.
    """

    count: int
    end: int | None = None


def search_words(expected: Words, found: Words, first: int, numbered: bool) -> Match:
    """Search for the expected words in sequence.

    Args:
        expected: the words to search for.
        found: the words to search in.
        first: the index where the search begins.
        numbered: whether to skip numbers between the words; the text part numbers links and lists.
    """
    if not expected:
        return Match(0, first)
    best = 0
    for start in range(first, len(found)):
        if found[start] != expected[0]:
            continue
        at = start
        for count, wanted in enumerate(expected):
            while numbered and at < len(found) and found[at] != wanted and found[at].isdigit():
                at += 1
            if at == len(found) or found[at] != wanted:
                best = max(best, count)
                break
            at += 1
        else:
            return Match(len(expected), at)
    return Match(best)


def lacking(part: str, steps: Steps, expected: Words, match: Match) -> Finding:
    """Return the finding that a part of an output lacks words of a field, at which the steps end."""
    context = " ".join(expected[max(0, match.count - 3) : match.count + 3])
    field = {"sponsored": "label", "via": "source"}.get(str(steps[-1]), steps[-1])
    message = f"{part} lacks words of this {field} near `{shortened(context)}`"
    advice = "Check how the template handles white space."
    if steps[-1] != "comment":
        advice = "If you have a template of your own, add the text to it: see docs/templates.md."
    return Finding(steps, message, advice)
