"""The edits of the author since the server started, which can be undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.documents.source import Source
from newsletter.errors import AccessError, NotFoundError
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

# How many edits of one issue can be undone.
MAX_UNDO = 100


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
        # Changed again if the file changed meanwhile; the last time counts.
        if made[-1].before != made[-1].after:
            self._history.edits[path] = [*self._history.edits.get(path, []), made[-1]][-MAX_UNDO:]
