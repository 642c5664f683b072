"""Changes one field of an entry in an author's file. The author's style of quotes or block is kept."""

import re
import textwrap
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Scalar
from newsletter.documents.paths import drop_blank_entries, location_of, plain
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, apply_splices, end_of, in_brackets, insert_below, insert_inside
from newsletter.documents.writer import INDENT, WIDTH, block_text, quoted, yaml_text
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.model import Entry
from newsletter.issue.move_entry import Spot

_START = Location(0, 0, 0, 0)
_EMPTY_VALUE = re.compile(r"[ \t]*(?:[|>][-+0-9]*|\"\"|'')?")
# The first line of a block scalar, a block header without an indentation indicator, and the indentation of the text.
_FIRST_LINE = re.compile(r"[^\r\n]*")
_PLAIN_HEADER = re.compile(r"[|>][-+]?[ \t]*(?:#|\Z)")
_INDENTED = re.compile(r"[\r\n]( +)[^\s]")


def with_field(source: Source, spot: Spot, name: str, value: str) -> str:
    """Set one field of an entry in the text of an issue's file. If `value` is empty, the key stays without a value.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: the YAML cannot be parsed, the entry does not exist, or its style does not allow the change.
    """
    value = value.strip("\n").rstrip()
    entry = _entry(source, spot)
    text = apply_splices(source.text, _splices(source, entry, name, value))
    _require_only_change(source, Source(source.name, text), spot, name, value)
    return text


def _entry(source: Source, spot: Spot) -> Mapping:
    root = compose(source)
    if isinstance(root, Mapping):
        drop_blank_entries(root)
        location, node = location_of(root, ("sections", spot.section, spot.index))
        if isinstance(node, Mapping):
            return node
        raise _unsupported(source, location)
    raise _unsupported(source, _START)


def _splices(source: Source, entry: Mapping, name: str, value: str) -> list[Splice]:
    node = entry.values.get(name)
    flow = in_brackets(source, entry)
    if node is None:
        return [_missing(source, entry, name, value, flow)] if value else []
    if not isinstance(node, Scalar):
        raise _unsupported(source, node.location)
    if node.block:
        return [_in_block(source, node, entry, value)]
    if node.blank or not value:
        return _after_colon(source, entry, name, value, flow)
    return [(node.location.start, node.location.end, _in_style(source, node, value, entry, flow))]


def _in_style(source: Source, node: Scalar, value: str, entry: Mapping, flow: bool) -> str:
    """Return a value quoted as the old one was. An unquoted value gets quotes only if YAML needs them."""
    mark = source.text[node.location.start]
    if mark == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if mark in "'\"" or flow:
        return quoted(value)
    if "\n" in value:
        return block_text(value, " " * entry.location.column + INDENT).lstrip(" ")
    return yaml_text(value)


def _in_block(source: Source, node: Scalar, entry: Mapping, value: str) -> Splice:
    """Return the splice that replaces the text of a block scalar. Its header and its indentation stay."""
    start = node.location.start
    head = source.text[start : _FIRST_LINE.match(source.text, start).end()]  # type: ignore[union-attr] # always matches
    end = max(end_of(source, node), start + len(head))
    if not value:
        return start + len(head), end, ""
    found = _INDENTED.search(source.text, start, end)
    indent = found[1] if found else " " * entry.location.column + INDENT
    written = block_text(value, indent)
    if not _PLAIN_HEADER.match(head) or not written.startswith(" |\n"):
        return start, end, written.lstrip(" ")
    if head[0] == ">" and value == " ".join(value.split()):
        lines = textwrap.wrap(value, WIDTH, break_long_words=False, break_on_hyphens=False)
        return start, end, head + "\n" + "\n".join(indent + line for line in lines)
    return start, end, "|" + head[1:] + written.removeprefix(" |")


def _after_colon(source: Source, entry: Mapping, name: str, value: str, flow: bool) -> list[Splice]:
    """Return the splices that add the first value of a key, or remove its value."""
    node = entry.values[name]
    colon = source.text.index(":", entry.keys[name].location.end) + 1
    nothing = _EMPTY_VALUE.match(source.text, colon)
    end = nothing.end() if nothing and isinstance(node, Scalar) and node.blank else end_of(source, node)
    if not value:
        return [(colon, end, ' ""' if flow else "")]
    first, line_break, rest = (f" {quoted(value)}" if flow else _new(value, name, entry)).partition("\n")
    return [(colon, end, first), *([insert_below(source, colon, rest + "\n")] if line_break else [])]


def _missing(source: Source, entry: Mapping, name: str, value: str, flow: bool) -> Splice:
    """Return the splice that adds a missing field, after the fields that precede it in `Entry`."""
    if flow:
        return insert_inside(source, entry, f"{name}: {quoted(value)}")
    order = list(Entry.model_fields)
    earlier = [known for known in entry.keys if known in order[: order.index(name)]]
    above = earlier[-1] if earlier else next(iter(entry.keys))
    offset = max(entry.keys[above].location.end, end_of(source, entry.values[above]))
    return insert_below(source, offset, f"{' ' * entry.location.column}{name}:{_new(value, name, entry)}\n")


def _new(value: str, name: str, entry: Mapping) -> str:
    """Return the text after the colon of a new value."""
    if name == "comment" or "\n" in value:
        return block_text(value, " " * entry.location.column + INDENT)
    return f" {quoted(value) if value.isdigit() else yaml_text(value)}"


def _require_only_change(before: Source, after: Source, spot: Spot, name: str, value: str) -> None:
    """Raise an error if the edit changes anything other than the field."""
    expected, found = _content(before), None
    entry = expected["sections"][spot.section][spot.index]
    entry.pop(name, None)
    try:
        found = _content(after)
        read = found["sections"][spot.section][spot.index].pop(name, "")
    except (DocumentError, KeyError, IndexError, TypeError):
        read = None
    if found != expected or read is None or read.strip("\n").rstrip() != value:
        raise _unsupported(before, _entry(before, spot).location)


def _content(source: Source) -> dict[str, Any]:
    """Return a file's values without its blank entries. Returns an empty dictionary if it is not a mapping."""
    root = compose(source)
    if not isinstance(root, Mapping):
        return {}
    drop_blank_entries(root)
    content: dict[str, Any] = plain(root)
    return content


def _unsupported(source: Source, location: Location) -> DocumentError:
    message = "cannot change the field: the entry uses an unsupported YAML style"
    advice = "Edit the file in a text editor."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
