"""One field of an entry changed in an author's file: its value's text alone, in the author's quotes or block."""

import re
import textwrap
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Scalar
from newsletter.documents.paths import drop_blank_entries, location_of, plain
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, below, end_of, in_brackets, inside, spliced
from newsletter.documents.writer import INDENT, WIDTH, block_text, quoted, yaml_text
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.model import Entry
from newsletter.issue.move_entry import Spot

_START = Location(0, 0, 0, 0)
_NOTHING = re.compile(r"[ \t]*(?:[|>][-+0-9]*|\"\"|'')?")
# The first line of a block of text, one that says nothing of how far it is set in, and how far the words are.
_FIRST_LINE = re.compile(r"[^\r\n]*")
_PLAIN_HEAD = re.compile(r"[|>][-+]?[ \t]*(?:#|\Z)")
_SET_IN = re.compile(r"[\r\n]( +)[^\s]")


def with_field(source: Source, spot: Spot, name: str, value: str) -> str:
    """The text of an issue's file with another value of one field of an entry; a blank one leaves the key alone.

    Raises:
        DocumentError: the YAML cannot be read, there is no such entry, or its field cannot be set as it is written.
    """
    value = value.strip("\n").rstrip()
    entry = _entry(source, spot)
    text = spliced(source.text, _splices(source, entry, name, value))
    _hold(source, Source(source.name, text), spot, name, value)
    return text


def _entry(source: Source, spot: Spot) -> Mapping:
    root = compose(source)
    if isinstance(root, Mapping):
        drop_blank_entries(root)
        location, node = location_of(root, ("sections", spot.section.value, spot.index))
        if isinstance(node, Mapping):
            return node
        raise _unfit(source, location)
    raise _unfit(source, _START)


def _splices(source: Source, entry: Mapping, name: str, value: str) -> list[Splice]:
    node = entry.values.get(name)
    flow = in_brackets(source, entry)
    if node is None:
        return [_missing(source, entry, name, value, flow)] if value else []
    if not isinstance(node, Scalar):
        raise _unfit(source, node.location)
    if node.block:
        return [_in_block(source, node, entry, value)]
    if node.blank or not value:
        return _after_colon(source, entry, name, value, flow)
    return [(node.location.start, node.location.end, _in_style(source, node, value, entry, flow))]


def _in_style(source: Source, node: Scalar, value: str, entry: Mapping, flow: bool) -> str:
    """A value in the quotes of the one before, or without any as long as YAML reads it as it stands."""
    mark = source.text[node.location.start]
    if mark == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if mark in "'\"" or flow:
        return quoted(value)
    if "\n" in value:
        return block_text(value, " " * entry.location.column + INDENT).lstrip(" ")
    return yaml_text(value)


def _in_block(source: Source, node: Scalar, entry: Mapping, value: str) -> Splice:
    """A value in a block: its header stays, and its lines are set in as far as they were."""
    start = node.location.start
    head = source.text[start : _FIRST_LINE.match(source.text, start).end()]  # type: ignore[union-attr] # always matches
    end = max(end_of(source, node), start + len(head))
    if not value:
        return start + len(head), end, ""
    found = _SET_IN.search(source.text, start, end)
    indent = found[1] if found else " " * entry.location.column + INDENT
    written = block_text(value, indent)
    if not _PLAIN_HEAD.match(head) or not written.startswith(" |\n"):
        return start, end, written.lstrip(" ")
    if head[0] == ">" and value == " ".join(value.split()):
        lines = textwrap.wrap(value, WIDTH, break_long_words=False, break_on_hyphens=False)
        return start, end, head + "\n" + "\n".join(indent + line for line in lines)
    return start, end, "|" + head[1:] + written.removeprefix(" |")


def _after_colon(source: Source, entry: Mapping, name: str, value: str, flow: bool) -> list[Splice]:
    """A value for a key that has none, or none for one that had."""
    node = entry.values[name]
    colon = source.text.index(":", entry.keys[name].location.end) + 1
    nothing = _NOTHING.match(source.text, colon)
    end = nothing.end() if nothing and isinstance(node, Scalar) and node.blank else end_of(source, node)
    if not value:
        return [(colon, end, ' ""' if flow else "")]
    first, line_break, rest = (f" {quoted(value)}" if flow else _new(value, name, entry)).partition("\n")
    return [(colon, end, first), *([below(source, colon, rest + "\n")] if line_break else [])]


def _missing(source: Source, entry: Mapping, name: str, value: str, flow: bool) -> Splice:
    """A field that the entry lacks, below those that come before it in the order of fields."""
    if flow:
        return inside(source, entry, f"{name}: {quoted(value)}")
    order = list(Entry.model_fields)
    earlier = [known for known in entry.keys if known in order[: order.index(name)]]
    above = earlier[-1] if earlier else next(iter(entry.keys))
    offset = max(entry.keys[above].location.end, end_of(source, entry.values[above]))
    return below(source, offset, f"{' ' * entry.location.column}{name}:{_new(value, name, entry)}\n")


def _new(value: str, name: str, entry: Mapping) -> str:
    """A value with what goes before it on its line."""
    if name == "comment" or "\n" in value:
        return block_text(value, " " * entry.location.column + INDENT)
    return f" {quoted(value) if value.isdigit() else yaml_text(value)}"


def _hold(before: Source, after: Source, spot: Spot, name: str, value: str) -> None:
    """Refuse an edit after which anything but the field would read differently."""
    expected, found = _said(before), None
    entry = expected["sections"][spot.section.value][spot.index]
    entry.pop(name, None)
    try:
        found = _said(after)
        read = found["sections"][spot.section.value][spot.index].pop(name, "")
    except (DocumentError, KeyError, IndexError, TypeError):
        read = None
    if found != expected or read is None or read.strip("\n").rstrip() != value:
        raise _unfit(before, _entry(before, spot).location)


def _said(source: Source) -> dict[str, Any]:
    root = compose(source)
    if not isinstance(root, Mapping):
        return {}
    drop_blank_entries(root)
    said: dict[str, Any] = plain(root)
    return said


def _unfit(source: Source, location: Location) -> DocumentError:
    message = "the field cannot be changed as this entry is written"
    advice = "Change it in the file, where you see all of it."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
