"""An entry moved within an author's file: its lines with the comments that are its own, and no other line."""

import re
from dataclasses import dataclass
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Sequence
from newsletter.documents.paths import drop_blank_entries, is_blank, plain
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, below_remarks, end_of, in_brackets, spliced
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.section_edits import begun_section, gap_between
from newsletter.publication.section import Section

_BREAK = re.compile(r"\r\n|\r|\n")
_START = Location(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an entry stands: its section, and its place there, counted from 0 without those that are blank."""

    section: Section
    index: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of an entry: where they begin, and where the next one does."""

    start: int
    end: int


def with_entry_moved(source: Source, spot: Spot, to: Spot) -> str:
    """The text of an issue's file with an entry moved; `to` is where it stands afterwards.

    The empty lines between entries stay where they are; in another section the entry is set in as the others there.

    Raises:
        DocumentError: the YAML cannot be read, there is no such entry, or it cannot be moved as it is written.
    """
    if not source.text.endswith("\n"):
        source = Source(source.name, source.text + "\n")
    sections, named = _sections(source)
    entries = _entries(source, sections, spot.section)
    others = entries if spot.section is to.section else _entries(source, sections, to.section)
    if not 0 <= spot.index < len(entries) or not 0 <= to.index <= len(others) - (spot.section is to.section):
        raise _unfit(source, sections)
    if spot == to:
        return source.text
    text = spliced(source.text, _splices(source, sections, named, entries, others, spot, to))
    _hold(source, Source(source.name, text), spot, to)
    return text


def _sections(source: Source) -> tuple[Mapping, int]:
    """The sections, and where their key ends."""
    root = compose(source)
    if not isinstance(root, Mapping):
        raise _unfit(source, None)
    sections = root.values.get("sections")
    if not isinstance(sections, Mapping) or in_brackets(source, sections):
        raise _unfit(source, None)
    return sections, root.keys["sections"].location.end


def _entries(source: Source, sections: Mapping, section: Section) -> list[_Lines]:
    """The lines of each entry of a section that is not blank."""
    items = sections.values.get(section.value)
    if not isinstance(items, Sequence) or not items.items:
        return []
    if in_brackets(source, items):
        raise _unfit(source, sections)
    found: list[_Lines] = []
    above = _line_end(source.text, sections.keys[section.value].location.end)
    for item in items.items:
        start = _dash(source.text, item.location.start, items.location.column)
        if start < above:
            raise _unfit(source, sections)
        end = _line_end(source.text, below_remarks(source, end_of(source, item), items.location.column))
        if not is_blank(item):
            found.append(_Lines(_remarks_above(source.text, start, above), end))
        above = end
    return found


def _dash(text: str, offset: int, column: int) -> int:
    """The beginning of the line on which an item's dash stands, or -1."""
    start = _line_start(text, offset)
    while start > 0 and text[start : start + column + 1] != " " * column + "-":
        start = _line_start(text, start - 1)
    return start if text[start : start + column + 1] == " " * column + "-" else -1


def _remarks_above(text: str, start: int, bound: int) -> int:
    """The beginning of the comment lines right above an entry, or of the entry."""
    while start > bound:
        above = _line_start(text, start - 1)
        if not text[above:start].lstrip(" \t").startswith("#"):
            break
        start = above
    return start


def _splices(
    source: Source, sections: Mapping, named: int, entries: list[_Lines], others: list[_Lines], spot: Spot, to: Spot
) -> list[Splice]:
    text, lines = source.text, entries[spot.index]
    column = sections.values[spot.section.value].location.column
    items = sections.values.get(to.section.value)
    start, end, gap = _with_gap(text, entries, spot.index)
    moved = _BREAK.sub("\n", text[lines.start : lines.end])
    taken = (start, end, "")
    if not isinstance(items, Sequence) or not items.items:
        begun = sections.keys[to.section.value].location.end if items is not None else named
        written = lambda indent: _set_in(moved, len(indent) - column)  # noqa: E731 (a line, and used once)
        return [taken, *begun_section(source, sections, begun, to.section, written)]
    moved = _set_in(moved, items.location.column - column)
    gap = gap_between(source, items) if gap is None or spot.section is not to.section else gap
    # Within a section, what stands behind the entry moves up by one.
    index = to.index + (spot.section is to.section and to.index > spot.index)
    if others and not index:
        return [taken, (others[0].start, others[0].start, moved + gap)]
    last = below_remarks(source, end_of(source, items), items.location.column)
    at = others[index - 1].end if others else _line_end(text, last)
    return [taken, (at, at, gap + moved)]


def _with_gap(text: str, entries: list[_Lines], index: int) -> tuple[int, int, str | None]:
    """An entry's lines with the empty ones that part it from the entry above, or below where it is the first."""
    lines = entries[index]
    above = text[entries[index - 1].end : lines.start] if index else None
    if above is not None and not above.strip():
        return entries[index - 1].end, lines.end, _BREAK.sub("\n", above)
    below = text[lines.end : entries[1].start] if not index and len(entries) > 1 else None
    if below is not None and not below.strip():
        return lines.start, entries[1].start, _BREAK.sub("\n", below)
    return lines.start, lines.end, None


def _set_in(lines: str, by: int) -> str:
    """Lines set in further, or less far, by so many spaces."""
    if by >= 0:
        return re.sub(r"^(?=.)", " " * by, lines, flags=re.MULTILINE)
    return re.sub(rf"^ {{1,{-by}}}", "", lines, flags=re.MULTILINE)


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    found = _BREAK.search(text, offset)
    return found.end() if found else len(text)


def _hold(before: Source, after: Source, spot: Spot, to: Spot) -> None:
    """Refuse a move after which anything but the order of entries would read differently."""
    rest, entries = _said(before)
    entries[to.section].insert(to.index, entries[spot.section].pop(spot.index))
    try:
        same = _said(after) == (rest, entries)
    except DocumentError as error:
        raise _unfit(before, _sections(before)[0]) from error
    if not same:
        raise _unfit(before, _sections(before)[0])


def _said(source: Source) -> tuple[Any, dict[Section, list[Any]]]:
    """What a file says: its entries, section by section, and all the rest."""
    root = compose(source)
    if not isinstance(root, Mapping):
        raise _unfit(source, None)
    drop_blank_entries(root)
    said = plain(root)
    sections = said.pop("sections", {})
    entries = {section: sections.pop(section.value, None) or [] for section in Section}
    return (said, sections), entries


def _unfit(source: Source, sections: Mapping | None) -> DocumentError:
    location = sections.location if sections else _START
    message = "the entry cannot be moved as this file is written"
    advice = "Write `sections:` and the entries on lines of their own, as `newsletter new-issue` does."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
