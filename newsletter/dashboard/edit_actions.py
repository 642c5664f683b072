"""The edits that the author can make in the browser. Each changes the YAML file and can be undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from newsletter.capture.collect import CollectedUrl, CollectOutcome, collect, known_urls
from newsletter.capture.fetch_entry import CaptureOptions
from newsletter.capture.inputs.link import InputLink
from newsletter.documents.source import Source
from newsletter.errors import AccessError, ExistsError, NewsletterError, NotFoundError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.issue.declared_sections import require_declared
from newsletter.issue.edit_field import with_field
from newsletter.issue.move_entry import Spot, move_entry
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


class WriteFields(Model):
    """Changes fields of an entry."""

    kind: Literal["write"]
    entry: EntryPosition
    fields: dict[Literal["title", "comment", "image_alt"], str]

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text. In all fields except the comment, line breaks become spaces."""
        for name, value in self.fields.items():
            text = value.replace("\r\n", "\n") if name == "comment" else " ".join(value.split())
            source = Source(source.name, with_field(source, self.entry.spot, name, text))
        return source.text


class ReplaceText(Model):
    """Replaces the text of the file: after a conflict, the author chose their version over the one on disk."""

    kind: Literal["replace"]
    text: str

    def change(self, _: Source, __: SectionKeys) -> str:
        """Return the new text."""
        return self.text


class UndoEdit(Model):
    """Undoes the last edit."""

    kind: Literal["undo"]


class EditRequest(Model):
    """An edit, with the version of the file that the page showed."""

    version: str
    edit: Annotated[AddLink | MoveEntry | WriteFields | ReplaceText | UndoEdit, Field(discriminator="kind")]


class EditHistory:
    """The edits of each issue since the server started: the texts before and after each."""

    def __init__(self) -> None:
        self.edits: dict[Path, list[tuple[str, str]]] = {}

    def editor(self, workspace: Workspace) -> WorkspaceEditor:
        """Return an editor whose edits can be undone."""
        return _RecordingEditor(workspace, self)

    @contextmanager
    def last(self, path: Path) -> Iterator[tuple[str, str]]:
        """Yield the texts before and after the last edit, and remove the edit from the history.

        It stays in the history if the file cannot be written.

        Raises:
            NotFoundError: The history is empty.
        """
        if not self.edits.get(path):
            raise NotFoundError("there is nothing to undo", "Only edits made since the preview started can be undone.")
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
        made: list[tuple[str, str]] = []

        def record(source: Source) -> str:
            text = change(source)
            made.append((source.text, text))
            return text

        super().change(path, record)
        if made[0][0] != made[0][1]:
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
            # The preview has no option for private addresses.
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
