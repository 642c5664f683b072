"""Entries spliced into an author's file: all that stands there keeps its comments, order, quotes and blank lines."""

import re
from collections.abc import Iterable
from dataclasses import replace

from newsletter.documents.composition import INDENT, entry_fields, entry_flow, entry_text, remark_lines
from newsletter.documents.drafts import draft_in, is_blank
from newsletter.documents.located import Mapping, Node, Place, Scalar, Sequence, compose
from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.models.draft import EntryDraft, IssueDraft
from newsletter.models.section import Section

Splice = tuple[int, int, str]
_START = Place(0, 0, 0, 0)
_BREAK = re.compile("\r\n|\r|\n")
_EMPTY_LINE = re.compile(r"[^\S\r\n]*(?:\r\n|\r|\n)[ \t]*(?=[\r\n]|\Z)")
# How a field without a value may be written after its colon.
_NOTHING = re.compile(r"[ \t]*(?:[|>][-+0-9]*|\[[ \t]*\]|\"\"|'')")


def with_entries(source: Source, entries: Iterable[tuple[Section, EntryDraft]]) -> str:
    """The text of an issue's file, or of the inbox, with entries at the ends of their sections.

    An entry takes the place of a blank one where its section has one, such as the scaffold's.

    Raises:
        DocumentError: the YAML cannot be read, or its sections are written so that nothing can be added.
    """
    newline = "\r\n" if "\r\n" in source.text else "\n"
    root = compose(source)
    draft = _read(root)
    for section, entry in entries:
        text = source.text
        for start, end, added in sorted(_splices(source, root, section, entry), reverse=True):
            text = text[:start] + added.replace("\n", newline) + text[end:]
        after = Source(source.name, text)
        try:
            grown = compose(after)
        except DocumentError as error:
            raise _unfit(source, root, section) from error
        new = _read(grown)
        if not _only_adds(draft, new, section, entry):
            raise _unfit(source, root, section)
        source, root, draft = after, grown, new
    return source.text


def _splices(source: Source, root: Node | None, section: Section, entry: EntryDraft) -> list[Splice]:
    """What is put in, and where: two offsets, and the text that replaces what lies between them."""
    if root is None:
        gap = "\n" if source.text.strip() else ""
        return [_below(source, len(source.text), f"{gap}sections:\n{_section(section, entry, INDENT, INDENT)}")]
    if not isinstance(root, Mapping) or _flow(source, root):
        raise _unfit(source, root, section)
    top = " " * root.place.column
    if "sections" not in root.values:
        added = f"\n{top}sections:\n{_section(section, entry, top + INDENT, INDENT)}"
        return [_below(source, _end(source, root), added)]
    sections, named = root.values["sections"], root.keys["sections"].place.end
    if isinstance(sections, Scalar) and sections.blank:
        return [_below(source, named, _section(section, entry, top + INDENT, INDENT))]
    if not isinstance(sections, Mapping):
        raise _unfit(source, sections, section)
    if section.value not in sections.values:
        return [_new_section(source, sections, section, entry, named)]
    return _in_section(source, sections, section, entry)


def _in_section(source: Source, sections: Mapping, section: Section, entry: EntryDraft) -> list[Splice]:
    key, items = sections.keys[section.value], sections.values[section.value]
    if isinstance(items, Sequence):
        blank = next((item for item in items.items if isinstance(item, Mapping) and is_blank(item)), None)
        if blank and not _flow(source, blank):
            return _filled(source, blank, entry)
        if not _flow(source, items):
            end = _below_remarks(source, _end(source, items), items.place.column)
            return [_below(source, end, _gap(source, items) + entry_text(entry, " " * items.place.column))]
        if items.items or _flow(source, sections) or "\n" in source.text[items.place.start : items.place.end]:
            return [_inside(source, items, entry_flow(entry))]
    elif not (isinstance(items, Scalar) and items.blank) or _flow(source, sections):
        raise _unfit(source, items, section)
    added = _below(source, items.place.end, entry_text(entry, " " * key.place.column + _step(sections)))
    # Empty brackets give way to the lines under them.
    brackets = [(key.place.end + 1, items.place.end, "")] if isinstance(items, Sequence) else []
    return [*brackets, added]


def _new_section(source: Source, sections: Mapping, section: Section, entry: EntryDraft, named: int) -> Splice:
    """A section that is not there yet, after those that come before it."""
    if _flow(source, sections):
        return _inside(source, sections, f"{section.value}: [{entry_flow(entry)}]")
    order = [known.value for known in Section]
    earlier = [name for name in sections.keys if name in order[: order.index(section.value)]]
    text = _section(section, entry, " " * sections.place.column, _step(sections))
    if not earlier:
        # Above the first section, whose comments stay with it.
        return _below(source, named, text)
    last = max(earlier, key=lambda name: sections.keys[name].place.start)
    end = _end(source, sections.values[last])
    return _below(source, _below_remarks(source, end, sections.place.column), text)


def _section(section: Section, entry: EntryDraft, indent: str, step: str) -> str:
    return f"{indent}{section.value}:\n{entry_text(entry, indent + step)}"


def _step(sections: Mapping) -> str:
    """How far the author sets a list's dashes in from its section's name."""
    for name, items in sections.values.items():
        if isinstance(items, Sequence) and items.items and items.place.line > sections.keys[name].place.line:
            return " " * (items.place.column - sections.keys[name].place.column)
    return INDENT


def _gap(source: Source, items: Sequence) -> str:
    """The empty line between two entries, unless the author sets none."""
    if len(items.items) < 2:
        return "\n"
    between = source.text[_end(source, items.items[-2]) : items.items[-1].place.start]
    return "\n" if re.search(r"\n[ \t]*\r?\n", between) else ""


def _filled(source: Source, blank: Mapping, entry: EntryDraft) -> list[Splice]:
    """The values of a blank entry's fields, each on its own line; fields that it lacks come below its last one."""
    indent = " " * blank.place.column
    splices: list[Splice] = []
    if entry.remarks:
        above = source.text.rfind("\n", 0, blank.place.start) + 1
        splices.append((above, above, remark_lines(entry.remarks, indent)))
    missing = ""
    for name, value in entry_fields(entry, indent + INDENT).items():
        if name not in blank.keys:
            missing += f"{indent}{name}:{value}\n"
            continue
        colon = source.text.index(":", blank.keys[name].place.end) + 1
        mark = _NOTHING.match(source.text, colon)
        first, _, rest = value.partition("\n")
        splices.append((colon, mark.end() if mark else colon, first))
        if rest:
            splices.append(_below(source, colon, rest + "\n"))
    return splices + ([_below(source, _end(source, blank), missing)] if missing else [])


def _below(source: Source, offset: int, text: str) -> Splice:
    """Lines put in under the line of an offset."""
    end = _BREAK.search(source.text, offset)
    if end:
        return end.end(), end.end(), text
    at = len(source.text)
    # What ended without a line break gets one; an empty file needs none.
    return at, at, ("\n" if source.text and source.text[-1] not in "\r\n" else "") + text


def _below_remarks(source: Source, offset: int, column: int) -> int:
    """The offset, or that of the last comment under it which is set in further than a column."""
    for line in re.compile(r"(?:\r\n|\r|\n)([ \t]*)(#[^\r\n]*)?(?=[\r\n]|\Z)").finditer(source.text, offset):
        if line.start() != offset and source.text[offset : line.start()].strip():
            break
        if line[2] and len(line[1]) <= column:
            break
        offset = line.end() if line[2] else offset
    return offset


def _inside(source: Source, node: Mapping | Sequence, text: str) -> Splice:
    """An item put in before the closing bracket of a list or mapping in brackets."""
    close = node.place.end - 1
    children = _children(node)
    last = max((child.place.end for child in children), default=node.place.start + 1)
    comma = "," in re.sub(r"#[^\r\n]*", "", source.text[last:close])
    return close, close, (" " if comma else ", ") + text if children else text


def _end(source: Source, node: Node) -> int:
    """Where the words of a node end; of a block without words, after the empty line that is left to write them on."""
    children = [] if isinstance(node, Scalar) or _flow(source, node) else _children(node)
    if children:
        return _end(source, max(children, key=lambda child: child.place.start))
    end = node.place.end
    while end and source.text[end - 1].isspace():
        end -= 1
    if isinstance(node, Scalar) and node.block and node.blank and (line := _EMPTY_LINE.match(source.text, end)):
        return line.end()
    return end


def _children(node: Mapping | Sequence) -> list[Node]:
    return [*node.items] if isinstance(node, Sequence) else [*node.keys.values(), *node.values.values()]


def _flow(source: Source, node: Node) -> bool:
    """Whether a list or mapping is written in brackets."""
    return not isinstance(node, Scalar) and source.text[node.place.start] in "[{"


def _only_adds(old: IssueDraft, new: IssueDraft, section: Section, entry: EntryDraft) -> bool:
    """Whether nothing but the new entry reads differently."""
    others = new.sections[section]
    alike = replace(new, sections={**new.sections, section: ()}) == replace(old, sections={**old.sections, section: ()})
    dropped = (others[:index] + others[index + 1 :] for index, found in enumerate(others) if found.url == entry.url)
    return alike and old.sections[section] in dropped


def _read(root: Node | None) -> IssueDraft:
    """What a tree says, but for blank entries."""
    draft = draft_in(root if isinstance(root, Mapping) else Mapping(_START))
    written = {name: tuple(entry for entry in found if entry != EntryDraft()) for name, found in draft.sections.items()}
    return replace(draft, sections=written)


def _unfit(source: Source, node: Node | None, section: Section) -> DocumentError:
    place = node.place if node else _START
    message = f"no entry can be added to `{section.value}` as this file is written"
    advice = "Write `sections:` and the entries on lines of their own, as `newsletter new-issue` does."
    return DocumentError([source.problem(place.line, place.column, message, advice)])
