"""Moves, inserts and deletes entries in an author's file, with the comments directly above them."""

import re
from dataclasses import dataclass
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Sequence
from newsletter.documents.paths import drop_blank_entries, is_blank, plain
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, apply_splices, below_remarks, end_of, in_brackets
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.section_edits import gap_between, start_section
from newsletter.publication.section import SectionKey, SectionKeys

_BREAK = re.compile(r"\r\n|\r|\n")
_START = Location(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Spot:
    """The position of an entry: its section, and its index there from 0. Blank entries are not counted."""

    section: SectionKey
    index: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of an entry: the offset of the first, and the offset after the last."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EntryLines:
    """The lines of an entry as text, with the comments above it. `column` is that of its dash."""

    text: str
    column: int


def move_entry(source: Source, spot: Spot, to: Spot, declared: SectionKeys) -> str:
    """Move an entry in the text of an issue's file.

    `to` is the position after the move. Empty lines between entries stay in place. In another section, the entry gets
    the indentation used there. A missing section is placed in the order of the declared ones.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: the YAML cannot be parsed, the entry does not exist, or its style does not allow the move.
    """
    source = _with_last_break(source)
    sections, key_end = _sections(source)
    entries = _entries(source, sections, spot.section)
    others = entries if spot.section == to.section else _entries(source, sections, to.section)
    if not 0 <= spot.index < len(entries) or not 0 <= to.index <= len(others) - (spot.section == to.section):
        raise _unsupported(source, sections)
    if spot == to:
        return source.text
    text = apply_splices(source.text, _splices(source, sections, key_end, entries, others, spot, to, declared))
    _require_only_change(source, Source(source.name, text), spot, to)
    return text


def delete_entry(source: Source, spot: Spot) -> tuple[str, EntryLines]:
    """Delete an entry, with the comments directly above it and the empty lines before it.

    Returns:
        The new text of the file, and the lines of the entry.

    Raises:
        DocumentError: see `move_entry`.
    """
    source = _with_last_break(source)
    sections, _ = _sections(source)
    entries = _entries(source, sections, spot.section)
    if not 0 <= spot.index < len(entries):
        raise _unsupported(source, sections)
    start, end, _ = _with_gap(source.text, entries, spot.index)
    text = apply_splices(source.text, [(start, end, "")])
    rest, found = _content(source)
    del found[spot.section][spot.index]
    _require_content(source, Source(source.name, text), (rest, found))
    return text, entry_lines(source, spot)


def entry_lines(source: Source, spot: Spot) -> EntryLines:
    """Return the lines of an entry.

    Raises:
        DocumentError: see `move_entry`.
    """
    source = _with_last_break(source)
    sections, _ = _sections(source)
    entries = _entries(source, sections, spot.section)
    if not 0 <= spot.index < len(entries):
        raise _unsupported(source, sections)
    lines = entries[spot.index]
    text = _BREAK.sub("\n", source.text[lines.start : lines.end])
    return EntryLines(text, sections.values[spot.section].location.column)


def insert_entry(source: Source, to: Spot, entry: EntryLines, declared: SectionKeys) -> str:
    """Insert an entry. `to` is its position afterwards.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: see `move_entry`.
    """
    source = _with_last_break(source)
    sections, key_end = _sections(source)
    others = _entries(source, sections, to.section)
    if not 0 <= to.index <= len(others):
        raise _unsupported(source, sections)
    text = apply_splices(source.text, _added(source, sections, key_end, others, to, entry, None, declared))
    rest, found = _content(source)
    # Comments below it could become part of a block of text at its end, so it must be the same entry as by itself.
    alone = Source(source.name, f"sections:\n{' ' * entry.column}{to.section}:\n{entry.text}")
    found.setdefault(to.section, [])[to.index : to.index] = _content(alone)[1].get(to.section, [])
    _require_content(source, Source(source.name, text), (rest, found))
    return text


def count_entries(source: Source, section: SectionKey) -> int:
    """Count the entries of a section, without blank ones.

    Raises:
        DocumentError: see `move_entry`.
    """
    source = _with_last_break(source)
    return len(_entries(source, _sections(source)[0], section))


def without_remarks(entry: EntryLines) -> EntryLines:
    """Return the lines of an entry without the comments above it."""
    lines = entry.text.splitlines(keepends=True)
    while lines and lines[0].lstrip().startswith("#"):
        del lines[0]
    return EntryLines("".join(lines), entry.column)


def _with_last_break(source: Source) -> Source:
    return source if source.text.endswith("\n") else Source(source.name, source.text + "\n")


def _sections(source: Source) -> tuple[Mapping, int]:
    """Return the node of `sections`, and the offset after its key."""
    root = compose(source)
    if not isinstance(root, Mapping):
        raise _unsupported(source, None)
    sections = root.values.get("sections")
    if not isinstance(sections, Mapping) or in_brackets(source, sections):
        raise _unsupported(source, None)
    return sections, root.keys["sections"].location.end


def _entries(source: Source, sections: Mapping, section: SectionKey) -> list[_Lines]:
    """Return the lines of each entry of a section, without blank entries."""
    items = sections.values.get(section)
    if not isinstance(items, Sequence) or not items.items:
        return []
    if in_brackets(source, items):
        raise _unsupported(source, sections)
    found: list[_Lines] = []
    above = _line_end(source.text, sections.keys[section].location.end)
    for item in items.items:
        start = _dash(source.text, item.location.start, items.location.column)
        if start < above:
            raise _unsupported(source, sections)
        end = _line_end(source.text, below_remarks(source, end_of(source, item), items.location.column))
        if not is_blank(item):
            found.append(_Lines(_remarks_above(source.text, start, above), end))
        above = end
    return found


def _dash(text: str, offset: int, column: int) -> int:
    """Return the start of the line that has an item's dash, or -1 if there is no such line."""
    start = _line_start(text, offset)
    while start > 0 and text[start : start + column + 1] != " " * column + "-":
        start = _line_start(text, start - 1)
    return start if text[start : start + column + 1] == " " * column + "-" else -1


def _remarks_above(text: str, start: int, bound: int) -> int:
    """Return the start of the comment lines directly above an entry, or of the entry if it has none."""
    while start > bound:
        above = _line_start(text, start - 1)
        if not text[above:start].lstrip(" \t").startswith("#"):
            break
        start = above
    return start


def _splices(
    source: Source,
    sections: Mapping,
    key_end: int,
    entries: list[_Lines],
    others: list[_Lines],
    spot: Spot,
    to: Spot,
    declared: SectionKeys,
) -> list[Splice]:
    text, lines = source.text, entries[spot.index]
    column = sections.values[spot.section].location.column
    start, end, gap = _with_gap(text, entries, spot.index)
    gap = gap if spot.section == to.section else None
    moved = EntryLines(_BREAK.sub("\n", text[lines.start : lines.end]), column)
    # Within a section, the entries after the moved one move up by one.
    index = to.index + (spot.section == to.section and to.index > spot.index)
    added = _added(source, sections, key_end, others, Spot(to.section, index), moved, gap, declared)
    return [(start, end, ""), *added]


def _added(
    source: Source,
    sections: Mapping,
    key_end: int,
    others: list[_Lines],
    to: Spot,
    entry: EntryLines,
    gap: str | None,
    declared: SectionKeys,
) -> list[Splice]:
    """Return the splices that add the lines of an entry before the one that is at a position now."""
    items = sections.values.get(to.section)
    if not isinstance(items, Sequence) or not items.items:
        section_key_end = sections.keys[to.section].location.end if items is not None else key_end
        write_entry = lambda indent: _indent(entry.text, len(indent) - entry.column)  # noqa: E731 (used once)
        return start_section(source, sections, section_key_end, to.section, declared, write_entry)
    lines = _indent(entry.text, items.location.column - entry.column)
    gap = gap_between(source, items) if gap is None else gap
    if others and not to.index:
        return [(others[0].start, others[0].start, lines + gap)]
    last = below_remarks(source, end_of(source, items), items.location.column)
    at = others[to.index - 1].end if others else _line_end(source.text, last)
    return [(at, at, gap + lines)]


def _with_gap(text: str, entries: list[_Lines], index: int) -> tuple[int, int, str | None]:
    """Return the range of an entry with the empty lines above it, or below it if it is the first.

    The third value is the text of the empty lines, or None if there are none.
    """
    lines = entries[index]
    above = text[entries[index - 1].end : lines.start] if index else None
    if above is not None and not above.strip():
        return entries[index - 1].end, lines.end, _BREAK.sub("\n", above)
    below = text[lines.end : entries[1].start] if not index and len(entries) > 1 else None
    if below is not None and not below.strip():
        return lines.start, entries[1].start, _BREAK.sub("\n", below)
    return lines.start, lines.end, None


def _indent(lines: str, by: int) -> str:
    """Indent lines by a number of spaces, or dedent them if it is negative."""
    if by >= 0:
        return re.sub(r"^(?=.)", " " * by, lines, flags=re.MULTILINE)
    return re.sub(rf"^ {{1,{-by}}}", "", lines, flags=re.MULTILINE)


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    found = _BREAK.search(text, offset)
    return found.end() if found else len(text)


def _require_only_change(before: Source, after: Source, spot: Spot, to: Spot) -> None:
    """Raise an error if the move changes anything other than the order of entries."""
    rest, entries = _content(before)
    moved = entries[spot.section].pop(spot.index)
    entries.setdefault(to.section, []).insert(to.index, moved)
    _require_content(before, after, (rest, entries))


def _require_content(before: Source, after: Source, expected: tuple[Any, dict[str, list[Any]]]) -> None:
    """Raise an error if a changed text does not have the expected content."""
    others, entries = expected
    try:
        same = _content(after) == (others, {section: found for section, found in entries.items() if found})
    except DocumentError as error:
        raise _unsupported(before, _sections(before)[0]) from error
    if not same:
        raise _unsupported(before, _sections(before)[0])


def _content(source: Source) -> tuple[Any, dict[str, list[Any]]]:
    """Return the content of a file: everything except its entries, and the entries by section if there are any."""
    root = compose(source)
    if not isinstance(root, Mapping):
        raise _unsupported(source, None)
    drop_blank_entries(root)
    content = plain(root)
    sections = content.pop("sections", {})
    entries = {name: found for name, found in sections.items() if isinstance(found, list) and found}
    others = {name: found for name, found in sections.items() if not isinstance(found, list)}
    return (content, others), entries


def _unsupported(source: Source, sections: Mapping | None) -> DocumentError:
    location = sections.location if sections else _START
    message = "cannot move, add or delete the entry: the file uses an unsupported YAML style"
    advice = "Put `sections:` and each entry on a separate line, as `newsletter new-issue` does."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
