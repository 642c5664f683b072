"""Reads paragraphs and list items that begin with a link, as in newsletters that are lists of links."""

import re
from typing import NamedTuple

from newsletter.text.entry_lines import first_line, names_host
from newsletter.text.title_lines import TitleLine, title_line
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
    Text,
    plain_inlines,
    walk_inlines,
)

Line = tuple[Inline, ...]
_SEPARATOR = re.compile(r"\s*(?:[—–―|｜·:：,，]+|--+|-(?=\s))\s*")
# What may stand before the link: a number, a bullet or an emoji.
_BEFORE = re.compile(r"(?:[\W_]|\d{1,2}\s*[.)、）])*")
# A kind before the link of an item, such as `[video]`.
_KIND = re.compile(r"[\W_]*[\[(【]\s*[^\[\]()【】]{1,20}[\])】]\s*")
_MAX_KIND = 20
_MAX_TITLE = 200


class Lead(NamedTuple):
    """The link at the beginning of a line.

    Args:
        title: Its words and URL.
        tail: What follows, without the separator.
        strong: Whether the link is bold.
        separated: Whether a separator such as a dash follows it.
    """

    title: TitleLine
    tail: Line
    strong: bool
    separated: bool


def link_lead(children: Line) -> Lead | None:
    """Return the link that a line begins with, or None if it begins with anything else."""
    index = 0
    while index < len(children) and isinstance(found := children[index], Text) and _BEFORE.fullmatch(found.text):
        index += 1
    if index == len(children):
        return None
    child, tail, strong = children[index], children[index + 1 :], False
    inner = _unwrapped(child)
    link = inner[0] if inner else None
    if not isinstance(link, Link) or any(isinstance(one, Image) for one in link.children):
        return None
    strong = isinstance(child, Emphasis) or _is_strong(link)
    after = inner[1:]
    if after and not plain_inlines(after).strip(" :：—–-."):
        after, tail = (), (*after, *tail)
    words = re.sub(r"\s+", " ", plain_inlines((link, *after))).strip()
    if not words or len(words) > _MAX_TITLE or names_host(words, link.url):
        return None
    separated = False
    if tail and isinstance(first := tail[0], Text):
        mark = _SEPARATOR.match(first.text)
        separated = bool(mark)
        text = first.text[mark.end() :] if mark else re.sub(r"^[.。]?\s+|^[.。]$", "", first.text)
        tail = (*((Text(text),) if text else ()), *tail[1:])
    elif tail and isinstance(tail[0], Break):
        tail, separated = tail[1:], True
    title = re.sub(r"\s*[:：—–-]+$", "", words)
    return Lead(TitleLine(title, link.url, "", "", certain=strong), tail, strong, separated)


def is_link_list(listed: List) -> bool:
    """Return whether at least half of the items of a list begin with a link."""
    leads = [_item_lead(item) is not None for item in listed.items]
    return bool(leads) and 2 * sum(leads) >= len(leads) and leads[0]


def list_items(listed: List) -> tuple[list[tuple[TitleLine, Blocks]], list[Block]]:
    """Return the title and comment of each item in a list of links, and the blocks of the items without a link."""
    found = [(_item_lead(item), item) for item in listed.items]
    return [entry for entry, _ in found if entry], [block for entry, item in found if not entry for block in item]


def _item_lead(item: Blocks) -> tuple[TitleLine, Blocks] | None:
    if not item or not isinstance(first := item[0], Paragraph):
        return None
    line, rest = first_line(first.children)
    if (title := title_line(line)) and title.certain and title.title:
        return title, (*_paragraph(rest), *item[1:])
    kind, children = _split_kind(first.children)
    lead = link_lead(children)
    if lead and kind:
        lead = lead._replace(title=lead.title._replace(title=f"{kind} {lead.title.title}"))
    return (lead.title, (*_paragraph(lead.tail), *item[1:])) if lead else None


def _split_kind(line: Line) -> tuple[str, Line]:
    """Split an item after the kind before its link: words in brackets, or a few bold ones."""
    first = line[0] if line else None
    if isinstance(first, Text) and _KIND.fullmatch(first.text):
        return first.text.strip(), line[1:]
    words = plain_inlines((first,)).strip() if isinstance(first, Emphasis) else ""
    bold = 0 < len(words) <= _MAX_KIND and not any(isinstance(one, Link) for one in walk_inlines(line[:1]))
    follows = len(line) > 2 and isinstance(line[2], Link) and not plain_inlines(line[1:2]).strip(" :：")
    return (words, line[2:]) if bold and follows else ("", line)


def _paragraph(line: Line) -> tuple[Block, ...]:
    stripped = (Text(line[0].text.lstrip()), *line[1:]) if line and isinstance(line[0], Text) else line
    # A link without words has a URL.
    filled = plain_inlines(stripped).strip() or len(stripped) > 1 or any(isinstance(one, Link) for one in stripped)
    return (Paragraph(stripped),) if filled else ()


def _unwrapped(child: object) -> Line:
    """Return the children of bold type, or the inline itself."""
    while isinstance(child, Emphasis):
        if len(child.children) > 1:
            return child.children
        (child,) = child.children
    return (child,) if isinstance(child, Link) else ()


def _is_strong(link: Link) -> bool:
    worded = [child for child in link.children if plain_inlines((child,)).strip()]
    return bool(worded) and all(isinstance(child, Emphasis) and child.strong for child in worded)
