"""Splices that start a section in an issue's file, in the style of the author's other sections."""

import re
from collections.abc import Callable

from newsletter.documents.nodes import Mapping, Sequence
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, below_remarks, end_of, insert_below
from newsletter.documents.writer import INDENT
from newsletter.publication.section import SectionKey, SectionKeys

EntryWriter = Callable[[str], str]
"""Returns the lines of an entry with its dash at the given indent."""


def start_section(
    source: Source,
    sections: Mapping,
    key_end: int,
    section: SectionKey,
    declared: SectionKeys,
    write_entry: EntryWriter,
) -> list[Splice]:
    """Return the splices that add the first entry of a section that is empty or missing.

    `key_end` is the offset after the section's key, or after that of `sections` if the section is missing. A missing
    section is placed in the order of the declared ones.
    """
    if section not in sections.values:
        earlier = declared[: declared.index(section)] if section in declared else declared
        return [_new_section(source, sections, key_end, section, earlier, write_entry)]
    items = sections.values[section]
    column = sections.keys[section].location.column
    # The section's YAML comments stay above the entry: below it, they would become part of a block of Markdown.
    remarked = below_remarks(source, items.location.end, column)
    added = insert_below(source, remarked, write_entry(" " * column + _step(sections)))
    # Remove an empty list (`[]`): the lines below replace it.
    return [(key_end + 1, items.location.end, ""), added] if isinstance(items, Sequence) else [added]


def section_text(section: SectionKey, write_entry: EntryWriter, indent: str, step: str) -> str:
    """Return the text of a section with one entry."""
    return f"{indent}{section}:\n{write_entry(indent + step)}"


def gap_between(source: Source, items: Sequence) -> str:
    """Return the empty line between two entries, or "" if the author writes none."""
    if len(items.items) < 2:
        return "\n"
    between = source.text[end_of(source, items.items[-2]) : items.items[-1].location.start]
    return "\n" if re.search(r"\n[ \t]*\r?\n", between) else ""


def _new_section(
    source: Source,
    sections: Mapping,
    key_end: int,
    section: SectionKey,
    preceding: SectionKeys,
    write_entry: EntryWriter,
) -> Splice:
    """Return the splice that adds a missing section after the sections that precede it."""
    earlier = [name for name in sections.keys if name in preceding]
    text = section_text(section, write_entry, " " * sections.location.column, _step(sections))
    if not earlier:
        # Insert it directly below `sections:`, so that comments above the first section stay next to that section.
        return insert_below(source, key_end, text)
    last = max(earlier, key=lambda name: sections.keys[name].location.start)
    end = end_of(source, sections.values[last])
    return insert_below(source, below_remarks(source, end, sections.location.column), text)


def _step(sections: Mapping) -> str:
    """Return the author's indentation of list items below the name of a section."""
    for name, items in sections.values.items():
        if isinstance(items, Sequence) and items.items and items.location.line > sections.keys[name].location.line:
            return " " * (items.location.column - sections.keys[name].location.column)
    return INDENT
