"""Splices: replacements of parts of a text, and the offsets at which the parts of a YAML file begin and end."""

import re
from collections.abc import Iterable

from newsletter.documents.nodes import Mapping, Node, Scalar, Sequence
from newsletter.documents.source import Source

Splice = tuple[int, int, str]
"""A start offset, an end offset, and the text that replaces the text between them."""

_BREAK = re.compile("\r\n|\r|\n")
_REMARK = re.compile(r"(?:\r\n|\r|\n)([ \t]*)(#[^\r\n]*)?(?=[\r\n]|\Z)")
_EMPTY_LINE = re.compile(r"[^\S\r\n]*(?:\r\n|\r|\n)[ \t]*(?=[\r\n]|\Z)")


def apply_splices(text: str, splices: Iterable[Splice]) -> str:
    """Apply splices to a text. Added lines get the line breaks of the text."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for start, end, added in sorted(splices, reverse=True):
        text = text[:start] + added.replace("\n", newline) + text[end:]
    return text


def insert_below(source: Source, offset: int, text: str) -> Splice:
    """Return the splice that inserts lines below the line that contains an offset."""
    end = _BREAK.search(source.text, offset)
    if end:
        return end.end(), end.end(), text
    at = len(source.text)
    # The last line may lack its line break.
    return at, at, ("\n" if source.text and source.text[-1] not in "\r\n" else "") + text


def below_remarks(source: Source, offset: int, column: int) -> int:
    """Return the offset, or the end of the last comment below it that is indented further than `column`."""
    for line in _REMARK.finditer(source.text, offset):
        if line.start() != offset and source.text[offset : line.start()].strip():
            break
        if line[2] and len(line[1]) <= column:
            break
        offset = line.end() if line[2] else offset
    return offset


def insert_inside(source: Source, node: Mapping | Sequence, text: str) -> Splice:
    """Return the splice that inserts an item before the closing bracket of a list or mapping."""
    close = node.location.end - 1
    children = _children(node)
    last = max((child.location.end for child in children), default=node.location.start + 1)
    comma = "," in re.sub(r"#[^\r\n]*", "", source.text[last:close])
    return close, close, (" " if comma else ", ") + text if children else text


def end_of(source: Source, node: Node) -> int:
    """Return the offset at which a node ends. An empty block ends after the empty line for its text."""
    children = [] if isinstance(node, Scalar) or in_brackets(source, node) else _children(node)
    if children:
        return end_of(source, max(children, key=lambda child: child.location.start))
    end = node.location.end
    while end and source.text[end - 1].isspace():
        end -= 1
    if isinstance(node, Scalar) and node.block and node.blank and (line := _EMPTY_LINE.match(source.text, end)):
        return line.end()
    return end


def in_brackets(source: Source, node: Node) -> bool:
    """Return whether a list or mapping is written in brackets."""
    return not isinstance(node, Scalar) and source.text[node.location.start] in "[{"


def _children(node: Mapping | Sequence) -> list[Node]:
    return [*node.items] if isinstance(node, Sequence) else [*node.keys.values(), *node.values.values()]
