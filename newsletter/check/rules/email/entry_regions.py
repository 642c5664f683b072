"""Finds the part of an email's HTML that belongs to each entry, for any template.

The email is rendered a second time with marks around the texts of each entry. If the HTML without the marks equals
the original HTML, the offsets of the marks show where each entry is. If a template's output depends on the length
of a text (`truncate`, `length`), the two differ, and findings have no entry.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from newsletter.check.rules.html_elements import Element
from newsletter.text.tree import Blocks, CodeBlock, List, Paragraph, Quote, Text

if TYPE_CHECKING:
    from newsletter.render.views import EntryView, IssueView

# Noncharacters, which texts cannot contain: one before the title of an entry, one after its comment.
_BEFORE, _AFTER = "\ufdd6", "\ufdd7"
_MARK = re.compile(f"([{_BEFORE}{_AFTER}])([0-9]+);")
_TAG = re.compile(
    r"<!--.*?-->|<(?P<raw>style|script|title)\b.*?</(?P=raw)\s*>|"
    r"<(?P<closing>/?)(?P<name>[a-zA-Z][\w:-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL | re.IGNORECASE,
)
# Elements without content, and elements that a parser adds itself.
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_IMPLIED = {"html", "head", "body", "tbody", "p"}


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the HTML between two offsets in characters; the end is exclusive."""

    start: int
    end: int

    def __contains__(self, offset: int) -> bool:
        return self.start <= offset < self.end


def marked(view: "IssueView") -> "IssueView":
    """Return a view in which marks surround each entry."""
    numbers = iter(range(sum(len(section.entries) for section in view.sections)))
    return view._replace(
        sections=tuple(
            section._replace(entries=tuple(_marked(entry, next(numbers)) for entry in section.entries))
            for section in view.sections
        ),
    )


def regions(html: str, marked_html: str, count: int) -> list[Region | None]:
    """Return the region of each entry in the HTML, or None for each if the marked HTML differs otherwise."""
    if _MARK.sub("", marked_html) != html:
        return [None] * count
    taken = accumulate((len(mark[0]) for mark in _MARK.finditer(marked_html)), initial=0)
    marks = [
        (mark[1], int(mark[2]), mark.start() - before)
        for mark, before in zip(_MARK.finditer(marked_html), taken, strict=False)
    ]
    return [_region(html, marks, number) for number in range(count)]


def element_offsets(html: str, elements: Sequence[Element]) -> dict[Element, int]:
    """Return the offset of each element's start tag, up to the first element that does not match the tags."""
    offsets: dict[Element, int] = {}
    tags = [
        ((tag["raw"] or tag["name"]).lower(), tag.start())
        for tag in _TAG.finditer(html)
        if tag["raw"] or (tag["name"] and not tag["closing"])
    ]
    at = 0
    for element in elements:
        if at < len(tags) and tags[at][0] == element.tag:
            offsets[element] = tags[at][1]
            at += 1
        elif element.tag not in _IMPLIED:
            break
    return offsets


def _marked(entry: "EntryView", number: int) -> "EntryView":
    return entry._replace(
        title=f"{_BEFORE}{number};{entry.title}",
        comment=_ended(entry.comment, f"{_AFTER}{number};"),
    )


def _ended(blocks: Blocks, mark: str) -> Blocks:
    """Return blocks with a mark after their last word."""
    if not blocks:
        return blocks
    *rest, last = blocks
    if isinstance(last, Paragraph):
        return (*rest, Paragraph((*last.children, Text(mark))))
    if isinstance(last, CodeBlock):
        return (*rest, CodeBlock(last.text + mark))
    if isinstance(last, Quote):
        return (*rest, Quote(_ended(last.children, mark)))
    return (*rest, List((*last.items[:-1], _ended(last.items[-1], mark)), last.start))


def _region(html: str, marks: Sequence[tuple[str, int, int]], number: int) -> Region | None:
    """Return the region of an entry, with the tags that open before its title and close after its comment."""
    ends = [offset for mark, entry, offset in marks if (mark, entry) == (_AFTER, number)]
    end = ends[-1] if ends else len(html)
    # A template may show a title more than once, for example in a table of contents.
    starts = [offset for mark, entry, offset in marks if (mark, entry) == (_BEFORE, number) and offset <= end]
    if not starts:
        return None
    if not ends:
        end = _opened(html, min((offset for _, _, offset in marks if offset > starts[-1]), default=starts[-1]))
        end = max(end, starts[-1])
    start = _opened(html, starts[-1])
    return Region(start, _closed(html, start, end))


def _opened(html: str, offset: int) -> int:
    """Return the offset of the first of the tags that open directly before an offset."""
    while (before := html[:offset].rstrip()).endswith(">"):
        tag = before.rfind("<")
        name = re.match(r"<([a-zA-Z][\w:-]*)", before[tag:])
        if not name or name[1].lower() in _VOID:
            break
        offset = tag
    return offset


def _closed(html: str, start: int, end: int) -> int:
    """Return the offset after the closing tags of the elements that a region opens."""
    depth = 0
    for tag in _TAG.finditer(html, start, end):
        if tag["name"] and tag["name"].lower() not in _VOID:
            depth += -1 if tag["closing"] else 1
    closing = re.compile(r"\s*</[a-zA-Z][^<>]*>")
    while depth > 0 and (closed := closing.match(html, end)):
        depth, end = depth - 1, closed.end()
    return end
