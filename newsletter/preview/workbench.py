"""The workbench: what an author does in the page becomes an edit of the YAML file, and can be undone."""

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from newsletter.app.desk import Desk
from newsletter.documents.edits import with_entries
from newsletter.documents.fields import with_field
from newsletter.documents.moves import Spot, with_entry_moved
from newsletter.documents.source import Source
from newsletter.errors import NotFoundError
from newsletter.models.address import WebAddress
from newsletter.models.base import Model
from newsletter.models.draft import EntryDraft
from newsletter.models.section import Section

# How many edits of one issue can be undone.
STEPS = 100
# How many lines around a difference are shown.
AROUND = 3


class Place(Model):
    """Where an entry stands in an issue."""

    section: Section
    index: int

    @property
    def spot(self) -> Spot:
        """The same, for the documents."""
        return Spot(self.section, self.index)


class Add(Model):
    """A link becomes an entry at the end of a section."""

    kind: Literal["add"]
    url: WebAddress
    section: Section

    def change(self, source: Source) -> str:
        """The text with it."""
        return with_entries(source, [(self.section, captured(self.url))])


class Move(Model):
    """An entry goes to another place."""

    kind: Literal["move"]
    entry: Place
    to: Place

    def change(self, source: Source) -> str:
        """The text with the entry there."""
        return with_entry_moved(source, self.entry.spot, self.to.spot)


class Write(Model):
    """Some fields of an entry get other values."""

    kind: Literal["write"]
    entry: Place
    fields: dict[Literal["title", "comment", "image_alt"], str]

    def change(self, source: Source) -> str:
        """The text with these values; line breaks in what stands on one line become spaces."""
        for name, value in self.fields.items():
            words = value.replace("\r\n", "\n") if name == "comment" else " ".join(value.split())
            source = Source(source.name, with_field(source, self.entry.spot, name, words))
        return source.text


class Replace(Model):
    """The author has chosen, of two versions of the file, the one that is not on the disk."""

    kind: Literal["replace"]
    text: str

    def change(self, _: Source) -> str:
        """That text."""
        return self.text


class Undo(Model):
    """The last edit is taken back."""

    kind: Literal["undo"]


class Order(Model):
    """What a page asks for, and the version of the file that it shows."""

    version: str
    edit: Annotated[Add | Move | Write | Replace | Undo, Field(discriminator="kind")]


def captured(url: str) -> EntryDraft:
    """What a link becomes."""
    return EntryDraft(url=url)


class Workbench:
    """The edits of each issue since the preview began, the last of which is undone first."""

    def __init__(self) -> None:
        self._steps: dict[Path, list[tuple[str, str]]] = {}

    def edit(self, desk: Desk, path: Path, seen: str, change: Callable[[Source], str]) -> None:
        """Change a file whose text is the one that was seen.

        Raises:
            ConflictError: it holds another text by now.
            PressError: it cannot be changed so.
        """
        after = desk.edit(path, seen, change)
        if after != seen:
            self._steps[path] = [*self._steps.get(path, []), (seen, after)][-STEPS:]

    def take_last(self, path: Path) -> tuple[str, str]:
        """The texts before and after the last edit, which is no longer remembered.

        Raises:
            NotFoundError: there is none.
        """
        if not self._steps.get(path):
            raise NotFoundError("there is nothing to undo", "Edits are remembered as long as the preview runs.")
        return self._steps[path].pop()


def differences(theirs: str, mine: str) -> list[tuple[str, str, str]]:
    """Two texts side by side, line by line: `same`, `changed` or `gap`, and the line of each."""
    left, right = theirs.splitlines(), mine.splitlines()
    rows: list[tuple[str, str, str]] = []
    groups = list(SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(AROUND))
    for group, after in pairwise([*groups, []]):
        for kind, a, b, c, d in group:
            ours, others = left[a:b], right[c:d]
            for row in range(max(len(ours), len(others))):
                line = ours[row] if row < len(ours) else ""
                other = others[row] if row < len(others) else ""
                rows.append(("same" if kind == "equal" else "changed", line, other))
        rows += [("gap", "", "")] if after else []
    return rows
