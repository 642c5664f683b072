"""Changes one field of an entry or of an issue in an author's file. The author's style of quotes or block is kept."""

import re
import textwrap
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Scalar, Sequence
from newsletter.documents.paths import Steps, drop_blank_entries, location_of, plain
from newsletter.documents.source import Source
from newsletter.documents.splices import (
    Splice,
    apply_splices,
    below_remarks,
    end_of,
    in_brackets,
    insert_below,
    insert_inside,
)
from newsletter.documents.writer import INDENT, WIDTH, block_text, quoted, yaml_text
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.draft_yaml import tags_text
from newsletter.issue.model import Entry, Issue
from newsletter.issue.move_entry import Spot

_START = Location(0, 0, 0, 0)
# Fields that are written as blocks of text.
_BLOCKS = ("comment", "intro", "outro")
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
    return _with_value(source, _steps(spot), name, value.strip("\n").rstrip())


def with_issue_field(source: Source, name: str, value: str) -> str:
    """Set one field of an issue, such as its title, in the text of its file. See `with_field`.

    Raises:
        DocumentError: the YAML cannot be parsed, or its style does not allow the change.
    """
    value = value.strip("\n").rstrip()
    if value and compose(source) is None:
        gap = "" if not source.text or source.text.endswith("\n") else "\n"
        return f"{source.text}{gap}{name}:{_new(value, name, '')}\n"
    return _with_value(source, (), name, value)


def with_tags(source: Source, spot: Spot, tags: tuple[str, ...]) -> str:
    """Set the tags of an entry. A list on lines of its own stays one.

    Raises:
        DocumentError: see `with_field`.
    """
    steps = _steps(spot)
    entry = _mapping(source, steps)
    node, flow = entry.values.get("tags"), in_brackets(source, entry)
    written = tags_text(tags)
    if isinstance(node, Sequence) and not in_brackets(source, node) and tags:
        dash = " " * node.location.column + "- "
        start = source.text.rfind("\n", 0, node.location.start) + 1
        lines = "\n".join(dash + (quoted(tag) if "," in tag else yaml_text(tag)) for tag in tags)
        splices = [(start, end_of(source, node), lines)]
    elif isinstance(node, Sequence) and in_brackets(source, node):
        splices = [(node.location.start, node.location.end, written)]
    elif node is None:
        splices = [_missing(source, entry, "tags", written, list(Entry.model_fields), flow, written)] if tags else []
    else:
        colon = source.text.index(":", entry.keys["tags"].location.end) + 1
        splices = [(colon, max(colon, end_of(source, node)), f" {written}")]
    if any("#" in source.text[start:end] for start, end, _ in splices):
        # A YAML comment between the tags would be lost.
        raise _unsupported(source, entry.location)
    text = apply_splices(source.text, splices)
    _require_only_change(source, Source(source.name, text), steps, "tags", list(tags))
    return text


def _steps(spot: Spot) -> Steps:
    return ("sections", spot.section, spot.index)


def _with_value(source: Source, steps: Steps, name: str, value: str) -> str:
    """Set a value of the mapping at a path."""
    text = apply_splices(source.text, _splices(source, _mapping(source, steps), name, value, bool(steps)))
    _require_only_change(source, Source(source.name, text), steps, name, value)
    return text


def _mapping(source: Source, steps: Steps) -> Mapping:
    root = compose(source)
    if isinstance(root, Mapping):
        drop_blank_entries(root)
        location, node = location_of(root, steps)
        if isinstance(node, Mapping) or not steps:
            return node if isinstance(node, Mapping) else root
        raise _unsupported(source, location)
    raise _unsupported(source, _START)


def _splices(source: Source, entry: Mapping, name: str, value: str, is_entry: bool) -> list[Splice]:
    node = entry.values.get(name)
    flow = in_brackets(source, entry)
    if node is None:
        order = list((Entry if is_entry else Issue).model_fields)
        return [_missing(source, entry, name, value, order, flow)] if value else []
    if not isinstance(node, Scalar):
        raise _unsupported(source, node.location)
    if node.block:
        return [_in_block(source, node, entry, value)]
    if node.blank or not value:
        return _after_colon(source, entry, name, value, flow)
    return [(node.location.start, node.location.end, _in_style(source, node, name, value, entry, flow))]


def _in_style(source: Source, node: Scalar, name: str, value: str, entry: Mapping, flow: bool) -> str:
    """Return a value quoted as the old one was. An unquoted value gets quotes only if YAML needs them."""
    mark = source.text[node.location.start]
    if mark == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if mark in "'\"" or flow:
        return quoted(value)
    if "\n" in value:
        return block_text(value, " " * entry.location.column + INDENT).lstrip(" ")
    return _one_line(name, value)


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
    written = f" {_one_value(name, value)}" if flow else _new(value, name, " " * entry.location.column)
    first, line_break, rest = written.partition("\n")
    return [(colon, end, first), *([insert_below(source, colon, rest + "\n")] if line_break else [])]


def _missing(
    source: Source, entry: Mapping, name: str, value: str, order: list[str], flow: bool, written: str = ""
) -> Splice:
    """Return the splice that adds a missing field, after the fields that precede it in `order`.

    `written` is the YAML of the value, if it is no text.
    """
    if flow:
        return insert_inside(source, entry, f"{name}: {written or _one_value(name, value)}")
    earlier = [known for known in entry.keys if known in order[: order.index(name)]]
    above = earlier[-1] if earlier else next(iter(entry.keys))
    offset = max(entry.keys[above].location.end, end_of(source, entry.values[above]))
    indent = " " * entry.location.column
    new = f" {written}" if written else _new(value, name, indent)
    gap = ""
    if name in ("intro", "outro"):
        # Comments that are indented further would become part of the block.
        offset, gap = below_remarks(source, offset, len(indent)), "\n"
    return insert_below(source, offset, f"{gap}{indent}{name}:{new}\n")


def _new(value: str, name: str, indent: str) -> str:
    """Return the text after the colon of a new value. `indent` is that of the key."""
    if name in _BLOCKS or "\n" in value:
        return block_text(value, indent + INDENT)
    return f" {_one_line(name, value)}"


def _one_value(name: str, value: str) -> str:
    """Return a value as it is written in brackets: in double quotes, except a boolean."""
    return value if name == "sponsored" and value == "true" else quoted(value)


def _one_line(name: str, value: str) -> str:
    """Return a value as YAML on one line. A date, a number and `true` need no quotes, other digits do."""
    if name == "sponsored" and value == "true":
        return value
    if name in ("date", "number") and re.fullmatch(r"\d[\d-]*", value, re.ASCII):
        return value
    return quoted(value) if value.isdigit() else yaml_text(value)


def _require_only_change(before: Source, after: Source, steps: Steps, name: str, value: str | list[str]) -> None:
    """Raise an error if the edit changes anything other than the field."""
    expected, found = _content(before), None
    _at(expected, steps).pop(name, None)
    try:
        found = _content(after)
        read = _at(found, steps).pop(name, None) or type(value)()
    except (DocumentError, KeyError, IndexError, TypeError, AttributeError):
        read = None
    if isinstance(read, str):
        read = read.strip("\n").rstrip()
    if found != expected or read != value:
        raise _unsupported(before, _mapping(before, steps).location)


def _at(content: Any, steps: Steps) -> Any:
    for step in steps:
        content = content[step]
    return content


def _content(source: Source) -> dict[str, Any]:
    """Return a file's values without its blank entries. Returns an empty dictionary if it is not a mapping."""
    root = compose(source)
    if not isinstance(root, Mapping):
        return {}
    drop_blank_entries(root)
    content: dict[str, Any] = plain(root)
    return content


def _unsupported(source: Source, location: Location) -> DocumentError:
    message = "cannot change the field: the file uses an unsupported YAML style there"
    advice = "Edit the file in a text editor."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
