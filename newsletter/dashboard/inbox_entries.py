"""The inbox in the browser: entries that were collected for a future issue, and taking one into an issue."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from newsletter.dashboard.edit_history import EditHistory
from newsletter.dashboard.issue_preview import version_of
from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import drop_blank_entries
from newsletter.documents.source import Source, read_source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import ConflictError, DocumentError
from newsletter.fields.base import Model
from newsletter.issue.add_entries import add_entries
from newsletter.issue.declared_sections import require_declared
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import draft_from_tree
from newsletter.issue.move_entry import Spot, count_entries, delete_entry, insert_entry
from newsletter.publication.section import SectionKey
from newsletter.text.domains import host_of
from newsletter.workspace.editing import WorkspaceEditor


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An entry of the inbox, and its position there."""

    section: SectionKey
    index: int
    title: str
    url: str
    domain: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox. `version` is that of its text."""

    version: str
    entries: tuple[InboxEntry, ...]


class TakeEntry(Model):
    """Moves an entry of the inbox to the end of a section of an issue. `inbox` is the version of the inbox."""

    inbox: str
    section: SectionKey
    index: int = Field(ge=0)
    to: SectionKey


def read_inbox(editor: WorkspaceEditor) -> Inbox:
    """Read the inbox. If it does not exist, it is empty.

    Raises:
        NewsletterError: It cannot be read.
    """
    if not editor.inbox.exists():
        return Inbox("", ())
    source = read_source(editor.inbox)
    entries = tuple(
        InboxEntry(section, index, entry.title, entry.url, host_of(entry.url))
        for section, index, entry in _entries(source)
    )
    return Inbox(version_of(source.text), entries)


def take_entry(editor: WorkspaceEditor, history: EditHistory, path: Path, take: TakeEntry) -> None:
    """Move an entry of the inbox into an issue, with its comments. Undoing it in the issue puts it back.

    Args:
        editor: Edits the publication, and records the edit of the issue in `history`.
        history: The edits that can be undone.
        path: The issue's file.
        take: The entry, and where it goes.

    Raises:
        ConflictError: The inbox has changed since it was shown.
        DocumentError: The style of a file does not allow the change.
    """
    inbox = read_source(editor.inbox)
    if version_of(inbox.text) != take.inbox:
        raise ConflictError("the inbox has changed since it was shown", "Nothing was moved. Open it again.")
    declared = editor.workspace.publication.section_keys
    require_declared(take.to, declared)
    spot = Spot(take.section, take.index)
    rest, lines = delete_entry(inbox, spot)
    entry = next(found for section, index, found in _entries(inbox) if Spot(section, index) == spot)

    def change(source: Source) -> str:
        try:
            return insert_entry(source, Spot(take.to, count_entries(source, take.to)), lines, declared)
        except DocumentError:
            # The issue has no sections yet, or writes them in brackets.
            return add_entries(source, [(take.to, entry)], declared)

    # The issue is written first: if writing the inbox fails, the entry is in both files and not lost.
    editor.change(path, change)
    WorkspaceEditor(editor.workspace).edit(editor.inbox, inbox.text, lambda _: rest)
    history.add_inbox(path, inbox.text, rest)


def _entries(source: Source) -> list[tuple[SectionKey, int, EntryDraft]]:
    root = compose(source)
    if not isinstance(root, Mapping):
        return []
    drop_blank_entries(root)
    return [found for found in draft_from_tree(root).entries() if not found[2].blank]
