"""Changes files in the output folder as one transaction, which can be undone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

WHOLE = "whole"
"""The name of a staging folder that becomes the output folder, because that does not exist."""


class FileTransaction:
    """Changes of files in a folder. The replaced files are kept in the staging folder, so that `undo` can restore them.

    Args:
        folder: The folder whose files change.
        staged: The staging folder.
    """

    def __init__(self, folder: Path, staged: Path) -> None:
        self.folder = folder
        self.staged = staged
        self._before: dict[str, Path | None] = {}

    def place(self, path: str, staged: Path) -> None:
        """Move a staged file into place. The replacement is atomic."""
        target = self.folder / path
        self._back_up(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that become empty."""
        self._back_up(path)
        target = self.folder / path
        target.unlink()
        self._remove_empty_parents(target)

    def undo(self) -> bool:
        """Restore all files, as far as the system allows. Returns True if all were restored."""
        whole = True
        for path, before in reversed(self._before.items()):
            target = self.folder / path
            try:
                if before is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    before.replace(target)
                else:
                    target.unlink(missing_ok=True)
                    self._remove_empty_parents(target)
            except OSError:
                whole = False
        return whole

    def parents(self, target: Path) -> Iterator[Path]:
        """Yield the folders between a file and the output folder, the nearest first."""
        for folder in target.relative_to(self.folder).parents:
            if folder != Path():
                yield self.folder / folder

    def _back_up(self, path: str) -> None:
        target = self.folder / path
        if path in self._before:
            return
        before = staged_file(self.staged, f".old/{path}") if target.exists() else None
        if before:
            link_or_copy(target, before)
        self._before[path] = before

    def _remove_empty_parents(self, target: Path) -> None:
        for folder in self.parents(target):
            if folder.is_dir():
                if any(folder.iterdir()):
                    break
                folder.rmdir()


def link_or_copy(file: Path, target: Path) -> None:
    """Create a hard link to a file, or a copy if the file system or the file's owner does not allow a link."""
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copy2(file, target)


def staged_file(staged: Path, path: str) -> Path:
    """Return the path of a staged file, and create its folder.

    All files are in one folder, because creating a thousand folders takes longer. If the staging folder becomes the
    output folder, they are where they belong.
    """
    if staged.name != WHOLE:
        return staged / path.replace("/", "!")
    file = staged / path
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
