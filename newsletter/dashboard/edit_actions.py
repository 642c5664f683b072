"""The edits that the author can make in the browser. Each changes the YAML file and can be undone."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from newsletter.capture.collect import CollectedUrl, CollectOutcome, collect, known_urls
from newsletter.capture.fetch_entry import CaptureOptions
from newsletter.capture.inputs.link import InputLink
from newsletter.documents.source import Source
from newsletter.errors import AccessError, ExistsError, NewsletterError, NotFoundError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.issue.add_entries import add_entries
from newsletter.issue.declared_sections import require_declared
from newsletter.issue.draft import EntryDraft
from newsletter.issue.edit_field import with_field, with_issue_field, with_tags
from newsletter.issue.edit_highlights import with_highlight
from newsletter.issue.move_entry import (
    Spot,
    count_entries,
    delete_entry,
    entry_lines,
    insert_entry,
    move_entry,
    without_remarks,
)
from newsletter.publication.section import SectionKey, SectionKeys
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

# How many edits of one issue can be undone.
MAX_UNDO = 100
# How many unchanged lines are shown before and after a difference.
CONTEXT_LINES = 3


class EntryPosition(Model):
    """The position of an entry in an issue."""

    section: SectionKey
    index: int = Field(ge=0)

    @property
    def spot(self) -> Spot:
        """The position as a `Spot` of the issue package."""
        return Spot(self.section, self.index)


class AddLink(Model):
    """Adds a link as an entry at the end of a section; if `section` is None, the `capture.sections` setting decides.

    If `read` is false, the page is not read, and the entry has only the URL.
    """

    kind: Literal["add"]
    url: WebAddress
    section: SectionKey | None
    read: bool = True


class UnreadPageError(NewsletterError):
    """A page cannot be read, so its link was not added."""


class MoveEntry(Model):
    """Moves an entry to another position."""

    kind: Literal["move"]
    entry: EntryPosition
    to: EntryPosition

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text.

        Raises:
            NewsletterError: The new section is not declared.
        """
        if self.to.section != self.entry.section:
            require_declared(self.to.section, declared)
        return move_entry(source, self.entry.spot, self.to.spot, declared)


EntryField = Literal[
    "title",
    "url",
    "comment",
    "image",
    "image_alt",
    "image_credit",
    "source_title",
    "via",
    "sponsored",
    "tags",
    "id",
    "language",
]
IssueField = Literal["title", "subtitle", "date", "number", "subject", "preheader", "intro", "outro"]
# Fields of several lines. In all others, line breaks become spaces.
_BLOCKS = ("comment", "intro", "outro")
ENTRY_FIELDS: tuple[EntryField, ...] = get_args(EntryField)
ISSUE_FIELDS: tuple[IssueField, ...] = get_args(IssueField)


class WriteFields(Model):
    """Changes fields of an entry. If `section` is another one, the entry moves to its end. Tags have commas between."""

    kind: Literal["write"]
    entry: EntryPosition
    fields: dict[EntryField, str]
    section: SectionKey | None = None

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text."""
        for name, value in self.fields.items():
            spot = self.entry.spot
            if name == "tags":
                text = with_tags(source, spot, split_tags(value))
            else:
                text = with_field(source, spot, name, _typed(name, value))
            source = Source(source.name, text)
        if self.section and self.section != self.entry.section:
            to = Spot(require_declared(self.section, declared), count_entries(source, self.section))
            return move_entry(source, self.entry.spot, to, declared)
        return source.text


class CreateEntry(Model):
    """Adds an entry with some fields to the end of a section."""

    kind: Literal["create"]
    section: SectionKey
    fields: dict[EntryField, str]

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text.

        Raises:
            NewsletterError: All fields are empty.
        """
        texts: dict[str, Any] = {name: _typed(name, value) for name, value in self.fields.items()}
        if not any(texts.values()):
            raise NewsletterError("the entry is empty", "Fill in its title or its URL.")
        tags = split_tags(texts.pop("tags", ""))
        return add_entries(
            source, [(require_declared(self.section, declared), EntryDraft(tags=tags, **texts))], declared
        )


class DeleteEntry(Model):
    """Deletes an entry."""

    kind: Literal["delete"]
    entry: EntryPosition

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        return delete_entry(source, self.entry.spot)[0]


class DuplicateEntry(Model):
    """Adds a copy of an entry below it. The copy has no id, since ids are unique."""

    kind: Literal["duplicate"]
    entry: EntryPosition

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text."""
        spot = self.entry.spot
        below = Spot(spot.section, spot.index + 1)
        text = insert_entry(source, below, without_remarks(entry_lines(source, spot)), declared)
        return with_field(Source(source.name, text), below, "id", "")


class WriteIssueFields(Model):
    """Changes fields of the issue."""

    kind: Literal["write-issue"]
    fields: dict[IssueField, str]

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        for name, value in self.fields.items():
            source = Source(source.name, with_issue_field(source, name, _typed(name, value)))
        return source.text


class WriteHighlight(Model):
    """Changes a highlight of a section. An index after the last adds one, and an empty text deletes it."""

    kind: Literal["write-highlight"]
    section: SectionKey
    index: int = Field(ge=0)
    text: str

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        return with_highlight(source, self.section, self.index, _lines(self.text))


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a text with commas between them. A tag in double quotes may contain a comma."""
    rows = list(csv.reader([_one_line(text)], skipinitialspace=True))
    return tuple(tag.strip() for row in rows for tag in row if tag.strip())


def join_tags(tags: tuple[str, ...]) -> str:
    """Return tags as one text. `split_tags` returns them again."""
    quoted = ('"' + tag.replace('"', '""') + '"' if "," in tag or '"' in tag else tag for tag in tags)
    return ", ".join(quoted)


def _typed(name: str, value: str) -> str:
    """Return the value of a field as the file gets it."""
    return _lines(value) if name in _BLOCKS else _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


class ReplaceText(Model):
    """Replaces the text of the file: after a conflict, the author chose their version over the one on disk."""

    kind: Literal["replace"]
    text: str

    def change(self, _: Source, __: SectionKeys) -> str:
        """Return the new text."""
        return self.text


Change = (
    MoveEntry
    | WriteFields
    | CreateEntry
    | DeleteEntry
    | DuplicateEntry
    | WriteIssueFields
    | WriteHighlight
    | ReplaceText
)
"""An edit that is a function of the text that the page showed."""


class UndoEdit(Model):
    """Undoes the last edit."""

    kind: Literal["undo"]


class EditRequest(Model):
    """An edit, with the version of the file that the page showed."""

    version: str
    edit: Annotated[AddLink | Change | UndoEdit, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class DoneEdit:
    """An edit of an issue: its text before and after. `inbox` has those of the inbox if an entry was taken from it."""

    before: str
    after: str
    inbox: tuple[str, str] | None = None


class EditHistory:
    """The edits of each issue since the server started."""

    def __init__(self) -> None:
        self.edits: dict[Path, list[DoneEdit]] = {}

    def editor(self, workspace: Workspace) -> WorkspaceEditor:
        """Return an editor whose edits can be undone."""
        return _RecordingEditor(workspace, self)

    def add_inbox(self, path: Path, before: str, after: str) -> None:
        """Record that the last edit of an issue changed the inbox too."""
        self.edits[path][-1] = replace(self.edits[path][-1], inbox=(before, after))

    @contextmanager
    def last(self, path: Path) -> Iterator[DoneEdit]:
        """Yield the last edit, and remove it from the history. It stays there if the file cannot be written.

        Raises:
            NotFoundError: The history is empty.
        """
        if not self.edits.get(path):
            raise NotFoundError(
                "there is nothing to undo", "Only edits made since the dashboard started can be undone."
            )
        edit = self.edits[path].pop()
        try:
            yield edit
        except (AccessError, NotFoundError):
            self.edits[path].append(edit)
            raise


class _RecordingEditor(WorkspaceEditor):
    """Adds each edit that changes a file to the history."""

    def __init__(self, workspace: Workspace, history: EditHistory) -> None:
        super().__init__(workspace)
        self._history = history

    def change(self, path: Path, change: Callable[[Source], str]) -> None:
        made: list[DoneEdit] = []

        def record(source: Source) -> str:
            text = change(source)
            made.append(DoneEdit(source.text, text))
            return text

        super().change(path, record)
        if made[0].before != made[0].after:
            self._history.edits[path] = [*self._history.edits.get(path, []), *made][-MAX_UNDO:]


def add_link(editor: WorkspaceEditor, path: Path, link: AddLink) -> CollectedUrl:
    """Add a link to an issue, as `newsletter add` does.

    Raises:
        UnreadPageError: The page cannot be read.
        NewsletterError: The section is not declared, an issue already has the link, or the file cannot be changed.
    """
    publication = editor.workspace.publication
    if link.section:
        require_declared(link.section, publication.section_keys)
    options = CaptureOptions(publication.section_keys, publication.capture.sections, publication.language, link.section)
    known, _ = known_urls(editor, path)
    fetcher = open_fetcher(editor.workspace) if link.read else None
    (collected,) = collect(editor, [InputLink(link.url)], path, options, fetcher, known=known)
    if collected.outcome is CollectOutcome.SKIPPED:
        raise ExistsError(
            f"the link is already used: {collected.reason}", "To add it again, run `newsletter add --again`."
        )
    if collected.outcome is CollectOutcome.FAILED:
        advice = "Try again, or add the link without its title and image."
        if collected.advice:
            # The dashboard has no option for private addresses.
            advice = "To read pages at private addresses, run `newsletter add --allow-private`."
        raise UnreadPageError(f"the page cannot be read, and nothing was added: {collected.reason}", advice)
    return collected


def differences(theirs: str, mine: str) -> list[tuple[str, str, str]]:
    """Compare two texts line by line.

    Returns:
        Rows of a kind (`same`, `changed`, or `gap` for lines left out), a line of `theirs` and a line of `mine`.
    """
    left, right = theirs.splitlines(), mine.splitlines()
    rows: list[tuple[str, str, str]] = []
    groups = list(SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(CONTEXT_LINES))
    for group, after in pairwise([*groups, []]):
        for kind, a, b, c, d in group:
            ours, others = left[a:b], right[c:d]
            for row in range(max(len(ours), len(others))):
                line = ours[row] if row < len(ours) else ""
                other = others[row] if row < len(others) else ""
                rows.append(("same" if kind == "equal" else "changed", line, other))
        rows += [("gap", "", "")] if after else []
    return rows
