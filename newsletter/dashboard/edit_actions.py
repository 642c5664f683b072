"""The workbench: what an author does in the page becomes an edit of the YAML file, and can be undone."""

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
from newsletter.errors import AccessError, ExistsError, NotFoundError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.issue.edit_field import with_field
from newsletter.issue.move_entry import Spot, with_entry_moved
from newsletter.publication.section import Section
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

# How many edits of one issue can be undone.
STEPS = 100
# How many lines around a difference are shown.
AROUND = 3


class Place(Model):
    """Where an entry stands in an issue."""

    section: Section
    index: int = Field(ge=0)

    @property
    def spot(self) -> Spot:
        """The same, for the documents."""
        return Spot(self.section, self.index)


class Add(Model):
    """A link becomes an entry at the end of a section, or of the one that its page is for."""

    kind: Literal["add"]
    url: WebAddress
    section: Section | None


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


class Workbench:
    """The edits of each issue since the preview began, the last of which is undone first."""

    def __init__(self) -> None:
        self.steps: dict[Path, list[tuple[str, str]]] = {}

    def desk(self, workspace: Workspace) -> WorkspaceEditor:
        """A desk whose edits can be undone."""
        return _Recorded(workspace, self)

    @contextmanager
    def last(self, path: Path) -> Iterator[tuple[str, str]]:
        """The texts before and after the last edit, which is forgotten, unless the file could not be written.

        Raises:
            NotFoundError: there is none.
        """
        if not self.steps.get(path):
            raise NotFoundError("there is nothing to undo", "Edits are remembered as long as the preview runs.")
        step = self.steps[path].pop()
        try:
            yield step
        except (AccessError, NotFoundError):
            self.steps[path].append(step)
            raise


class _Recorded(WorkspaceEditor):
    def __init__(self, workspace: Workspace, bench: Workbench) -> None:
        super().__init__(workspace)
        self._bench = bench

    def change(self, path: Path, change: Callable[[Source], str]) -> None:
        steps: list[tuple[str, str]] = []

        def recorded(source: Source) -> str:
            text = change(source)
            steps.append((source.text, text))
            return text

        super().change(path, recorded)
        if steps[0][0] != steps[0][1]:
            self._bench.steps[path] = [*self._bench.steps.get(path, []), *steps][-STEPS:]


def add_link(desk: WorkspaceEditor, path: Path, link: Add) -> CollectedUrl:
    """Capture a link as `newsletter add` does, into an issue.

    Raises:
        NewsletterError: the story is in an issue already, or the file cannot be added to.
    """
    capture = desk.workspace.publication.capture
    options = CaptureOptions(capture.sections, desk.workspace.publication.language, link.section)
    known, _ = known_urls(desk, path)
    (collected,) = collect(desk, [InputLink(link.url)], path, options, open_fetcher(desk.workspace), known=known)
    if collected.outcome is CollectOutcome.SKIPPED:
        raise ExistsError(f"the story is there already: {collected.reason}", "`newsletter add --again` adds it.")
    return collected


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
