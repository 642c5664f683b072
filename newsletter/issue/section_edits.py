"""Where the sections of an issue's file begin, written as the author writes the others."""

import re
from collections.abc import Callable

from newsletter.documents.nodes import Mapping, Sequence
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, below, below_remarks, end_of
from newsletter.documents.writer import INDENT
from newsletter.publication.section import Section

Written = Callable[[str], str]
"""An entry's lines, its dash at the indent that is given."""


def begun_section(source: Source, sections: Mapping, named: int, section: Section, written: Written) -> list[Splice]:
    """The first entry of a section that has none, or is not there; `named` is where its key, or that of all, ends."""
    if section.value not in sections.values:
        return [_new_section(source, sections, named, section, written)]
    items = sections.values[section.value]
    column = sections.keys[section.value].location.column
    # Remarks that stand in the section already stay above, where a comment in Markdown cannot swallow them.
    remarked = below_remarks(source, items.location.end, column)
    added = below(source, remarked, written(" " * column + _step(sections)))
    # Empty brackets give way to the lines under them.
    return [(named + 1, items.location.end, ""), added] if isinstance(items, Sequence) else [added]


def section_text(section: Section, written: Written, indent: str, step: str) -> str:
    """A section of one entry."""
    return f"{indent}{section.value}:\n{written(indent + step)}"


def gap_between(source: Source, items: Sequence) -> str:
    """The empty line between two entries, unless the author sets none."""
    if len(items.items) < 2:
        return "\n"
    between = source.text[end_of(source, items.items[-2]) : items.items[-1].location.start]
    return "\n" if re.search(r"\n[ \t]*\r?\n", between) else ""


def _new_section(source: Source, sections: Mapping, named: int, section: Section, written: Written) -> Splice:
    """A section that is not there yet, after those that come before it."""
    order = [known.value for known in Section]
    earlier = [name for name in sections.keys if name in order[: order.index(section.value)]]
    text = section_text(section, written, " " * sections.location.column, _step(sections))
    if not earlier:
        # Above the first section, whose comments stay with it.
        return below(source, named, text)
    last = max(earlier, key=lambda name: sections.keys[name].location.start)
    end = end_of(source, sections.values[last])
    return below(source, below_remarks(source, end, sections.location.column), text)


def _step(sections: Mapping) -> str:
    """How far the author sets a list's dashes in from its section's name."""
    for name, items in sections.values.items():
        if isinstance(items, Sequence) and items.items and items.location.line > sections.keys[name].location.line:
            return " " * (items.location.column - sections.keys[name].location.column)
    return INDENT
