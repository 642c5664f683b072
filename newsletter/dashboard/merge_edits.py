"""Merges an edit into a text that changed since the author saw it, such as in an editor.

The edit is applied to the newest text. It is a conflict if both changed the same field, entry or highlight.
"""

from dataclasses import dataclass
from typing import Any

from newsletter.dashboard.edit_actions import (
    Change,
    CreateEntry,
    DeleteEntry,
    DuplicateEntry,
    EntryPosition,
    MoveEntry,
    WriteFields,
    WriteHighlight,
    WriteIssueFields,
    typed_value,
)
from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import drop_blank_entries, plain
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import ConflictError, DocumentError
from newsletter.publication.section import SectionKey

# What entries are recognised by, if another of their fields changed.
_NAMES = ("id", "url", "title")


@dataclass(frozen=True, slots=True)
class MergedEdit:
    """An edit of the newest text.

    Attributes:
        edit: The edit, with the positions of the newest text.
        conflict: Whether both changed the same part, so that the edit would overwrite the other change.
    """

    edit: Change
    conflict: bool = False


def find_in_newest(edit: Change, seen: Source, newest: Source) -> MergedEdit | None:
    """Return an edit of the text that the author saw as an edit of the newest text.

    Returns:
        The edit, or None if its entry or highlight cannot be found in the newest text.
    """
    try:
        before, now = _Content(seen), _Content(newest)
    except DocumentError:
        return None
    match edit:
        case CreateEntry():
            return MergedEdit(edit)
        case WriteIssueFields():
            return MergedEdit(edit, _both_changed(edit.fields, before.fields, now.fields))
        case WriteHighlight():
            return _merge_highlight(edit, before.highlights(edit.section), now.highlights(edit.section))
        case MoveEntry():
            return _merge_move(edit, before, now)
        case WriteFields() | DeleteEntry() | DuplicateEntry():
            at = _find(edit.entry, before, now)
            return _merge_entry(edit, at, before.entry(edit.entry), now.entry(at)) if at else None
    return None


def merge_edit(edit: Change, seen: Source, newest: Source) -> Change:
    """Return an edit of the text that the author saw as an edit of the newest text.

    Returns:
        The edit itself if the text did not change.

    Raises:
        ConflictError: Both changed the same part, or the newest text does not have what the edit is about.
    """
    if newest.text == seen.text:
        return edit
    merged = find_in_newest(edit, seen, newest)
    if merged is None or merged.conflict:
        message = f"{seen.name} has changed since it was shown"
        raise ConflictError(message, "Nothing was overwritten. Choose which version to keep.")
    return merged.edit


def position_of(edit: Change) -> dict[str, object] | None:
    """Return the position of the entry of an edit, once it is made, or None if it has none that the page needs."""
    match edit:
        case MoveEntry():
            return edit.to.model_dump()
        case WriteFields() | DeleteEntry() | DuplicateEntry():
            return edit.entry.model_dump()
    return None


class _Content:
    """The values of a file."""

    def __init__(self, source: Source) -> None:
        root = compose(source)
        if isinstance(root, Mapping):
            drop_blank_entries(root)
        self.fields: dict[str, Any] = plain(root) if isinstance(root, Mapping) else {}
        sections = self.fields.get("sections")
        self.sections: dict[str, list[Any]] = {
            name: entries
            for name, entries in (sections.items() if isinstance(sections, dict) else ())
            if isinstance(entries, list)
        }

    def entry(self, at: EntryPosition) -> Any:
        return self.sections[at.section][at.index]

    def highlights(self, section: SectionKey) -> list[Any]:
        groups = self.fields.get("highlights")
        found = groups.get(section) if isinstance(groups, dict) else None
        return found if isinstance(found, list) else []

    def positions(self, name: str, value: object) -> list[EntryPosition]:
        """Return the positions of the entries whose field, or whose whole content if it is "", has a value."""
        return [
            EntryPosition(section=SectionKey(section), index=index)
            for section, entries in self.sections.items()
            for index, entry in enumerate(entries)
            if (entry if not name else entry.get(name) if isinstance(entry, dict) else None) == value
        ]


def _find(at: EntryPosition, before: _Content, now: _Content) -> EntryPosition | None:
    """Return the position that an entry has now: by its content, or else by its id, URL or title, or by the others."""
    others = list(before.sections.get(at.section, []))
    if at.index >= len(others):
        return None
    entry = others.pop(at.index)
    values = [("", entry), *((name, entry.get(name)) for name in _NAMES if isinstance(entry, dict))]
    for name, value in values:
        found = now.positions(name, value) if value else []
        if len(found) == 1 and len(before.positions(name, value)) == 1:
            return found[0]
    left = list(now.sections.get(at.section, []))
    del left[at.index : at.index + 1]
    return at if left == others and len(now.sections.get(at.section, [])) > at.index else None


def _merge_entry(
    edit: WriteFields | DeleteEntry | DuplicateEntry, at: EntryPosition, was: Any, now: Any
) -> MergedEdit | None:
    moved = edit.model_copy(update={"entry": at})
    if isinstance(edit, DeleteEntry):
        return MergedEdit(moved, was != now)
    if isinstance(edit, DuplicateEntry) or not isinstance(was, dict) or not isinstance(now, dict):
        return MergedEdit(moved) if isinstance(edit, DuplicateEntry) else None
    conflict = _both_changed(edit.fields, was, now)
    section = edit.section if edit.section != edit.entry.section else None
    conflict |= section is not None and at.section not in (edit.entry.section, section)
    return MergedEdit(moved.model_copy(update={"section": section}), conflict)


def _merge_move(edit: MoveEntry, before: _Content, now: _Content) -> MergedEdit | None:
    at = _find(edit.entry, before, now)
    if at is None or at.section != edit.entry.section:
        return None
    # The entry stays below the one that it was moved below.
    others = [
        EntryPosition(section=edit.to.section, index=index)
        for index in range(len(before.sections.get(edit.to.section, [])))
    ]
    if edit.to.section == edit.entry.section:
        del others[edit.entry.index]
    if edit.to.index > len(others):
        return None
    to = EntryPosition(section=edit.to.section, index=0)
    if edit.to.index:
        above = _find(others[edit.to.index - 1], before, now)
        if above is None or above.section != edit.to.section:
            return None
        passed = at.section == above.section and at.index < above.index
        to = EntryPosition(section=edit.to.section, index=above.index + (0 if passed else 1))
    return MergedEdit(edit.model_copy(update={"entry": at, "to": to}))


def _merge_highlight(edit: WriteHighlight, was: list[Any], now: list[Any]) -> MergedEdit | None:
    if edit.index >= len(was):
        return MergedEdit(edit.model_copy(update={"index": len(now)}))
    text = was[edit.index]
    if was.count(text) == 1 and now.count(text) == 1:
        return MergedEdit(edit.model_copy(update={"index": now.index(text)}))
    others = [each for index, each in enumerate(was) if index != edit.index]
    if edit.index < len(now) and [each for index, each in enumerate(now) if index != edit.index] == others:
        return MergedEdit(edit, now[edit.index] not in (text, edit.text))
    return None


def _both_changed(written: Any, was: dict[str, Any], now: dict[str, Any]) -> bool:
    """Return whether a field that the edit writes has another value now than before, and than the edit writes."""
    return any(
        _value(now.get(name)) not in (_value(was.get(name)), _value(typed_value(name, text)))
        for name, text in written.items()
    )


def _value(value: Any) -> Any:
    return value.strip("\n").rstrip() if isinstance(value, str) else list(value) if value else ""
