"""Adds entries to an author's file. Existing comments, order, quotes and blank lines do not change."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import is_blank
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
from newsletter.documents.writer import INDENT, remark_lines
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import draft_from_tree
from newsletter.issue.draft_yaml import entry_fields, entry_flow, entry_text
from newsletter.issue.section_edits import gap_between, section_text, start_section
from newsletter.publication.section import SectionKey, SectionKeys

_START = Location(0, 0, 0, 0)
# The ways to write an empty value after a field's colon.
_EMPTY_VALUE = re.compile(r"[ \t]*(?:[|>][-+0-9]*|\[[ \t]*\]|\"\"|'')")


def add_entries(source: Source, entries: Iterable[tuple[SectionKey, EntryDraft]], declared: SectionKeys) -> str:
    """Add entries to the ends of their sections, in the text of an issue or of the inbox.

    A blank entry in the section, such as the scaffold's, is filled in first. A missing section is placed in the order
    of the declared ones.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: the YAML cannot be parsed, or the style of its sections does not allow adding an entry.
    """
    root = compose(source)
    draft = _read(root)
    for section, entry in entries:
        after = Source(source.name, apply_splices(source.text, _splices(source, root, section, entry, declared)))
        try:
            grown = compose(after)
        except DocumentError as error:
            raise _unsupported(source, root, section) from error
        new = _read(grown)
        if not _only_adds(draft, new, section, entry):
            raise _unsupported(source, root, section)
        source, root, draft = after, grown, new
    return source.text


def _splices(
    source: Source, root: Node | None, section: SectionKey, entry: EntryDraft, declared: SectionKeys
) -> list[Splice]:
    """Return the splices that add an entry."""
    write_entry = partial(entry_text, entry)
    if root is None:
        gap = "\n" if source.text.strip() else ""
        return [
            insert_below(
                source, len(source.text), f"{gap}sections:\n{section_text(section, write_entry, INDENT, INDENT)}"
            )
        ]
    if not isinstance(root, Mapping) or in_brackets(source, root):
        raise _unsupported(source, root, section)
    top = " " * root.location.column
    if "sections" not in root.values:
        added = f"\n{top}sections:\n{section_text(section, write_entry, top + INDENT, INDENT)}"
        return [insert_below(source, end_of(source, root), added)]
    sections, key_end = root.values["sections"], root.keys["sections"].location.end
    if isinstance(sections, Scalar) and sections.blank:
        return [insert_below(source, key_end, section_text(section, write_entry, top + INDENT, INDENT))]
    if not isinstance(sections, Mapping):
        raise _unsupported(source, sections, section)
    if section in sections.values:
        return _in_section(source, sections, section, entry)
    if in_brackets(source, sections):
        return [insert_inside(source, sections, f"{section}: [{entry_flow(entry)}]")]
    return start_section(source, sections, key_end, section, declared, write_entry)


def _in_section(source: Source, sections: Mapping, section: SectionKey, entry: EntryDraft) -> list[Splice]:
    key_end, items = sections.keys[section].location.end, sections.values[section]
    if isinstance(items, Sequence):
        blank = next((item for item in items.items if isinstance(item, Mapping) and is_blank(item)), None)
        if blank and not in_brackets(source, blank):
            return _filled(source, blank, entry)
        if not in_brackets(source, items):
            end = below_remarks(source, end_of(source, items), items.location.column)
            return [
                insert_below(source, end, gap_between(source, items) + entry_text(entry, " " * items.location.column))
            ]
        if (
            items.items
            or in_brackets(source, sections)
            or "\n" in source.text[items.location.start : items.location.end]
        ):
            return [insert_inside(source, items, entry_flow(entry))]
    elif not (isinstance(items, Scalar) and items.blank) or in_brackets(source, sections):
        raise _unsupported(source, items, section)
    return start_section(source, sections, key_end, section, (), partial(entry_text, entry))


def _filled(source: Source, blank: Mapping, entry: EntryDraft) -> list[Splice]:
    """Return the splices that fill in a blank entry. Fields that it does not have are added below its last one."""
    indent = " " * blank.location.column
    splices: list[Splice] = []
    if entry.remarks:
        above = source.text.rfind("\n", 0, blank.location.start) + 1
        splices.append((above, above, remark_lines(entry.remarks, indent)))
    missing = ""
    for name, value in entry_fields(entry, indent + INDENT).items():
        if name not in blank.keys:
            missing += f"{indent}{name}:{value}\n"
            continue
        colon = source.text.index(":", blank.keys[name].location.end) + 1
        mark = _EMPTY_VALUE.match(source.text, colon)
        first, _, rest = value.partition("\n")
        splices.append((colon, mark.end() if mark else colon, first))
        if rest:
            splices.append(insert_below(source, colon, rest + "\n"))
    return splices + ([insert_below(source, end_of(source, blank), missing)] if missing else [])


def _only_adds(old: IssueDraft, new: IssueDraft, section: SectionKey, entry: EntryDraft) -> bool:
    """Return whether the two drafts differ in the new entry only."""
    before, others = old.sections.get(section, ()), new.sections.get(section, ())
    alike = replace(new, sections={**new.sections, section: ()}) == replace(old, sections={**old.sections, section: ()})
    dropped = (others[:index] + others[index + 1 :] for index, found in enumerate(others) if found.url == entry.url)
    return alike and before in dropped


def _read(root: Node | None) -> IssueDraft:
    """Return a tree as a draft without its blank entries."""
    draft = draft_from_tree(root if isinstance(root, Mapping) else Mapping(_START))
    written = {name: tuple(entry for entry in found if entry != EntryDraft()) for name, found in draft.sections.items()}
    return replace(draft, sections=written)


def _unsupported(source: Source, node: Node | None, section: SectionKey) -> DocumentError:
    location = node.location if node else _START
    message = f"cannot add an entry to `{section}`: the file uses an unsupported YAML style"
    advice = "Put `sections:` and each entry on a separate line, as `newsletter new-issue` does."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
