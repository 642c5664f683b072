"""Changes of files in the archive's folder that can be undone together."""

import shutil
from collections.abc import Iterator
from pathlib import Path


class FileTransaction:
    """Changes of files in a folder; the earlier files stay in the staging folder, so that `undo` can restore them."""

    def __init__(self, folder: Path, staged: Path) -> None:
        self.folder = folder
        self.staged = staged
        self._before: dict[str, Path | None] = {}

    def place(self, path: str, staged: Path) -> None:
        """Move a staged file into place; readers find the old file until then."""
        target = self.folder / path
        self._remember(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty then."""
        self._remember(path)
        target = self.folder / path
        target.unlink()
        self._drop_empty(target)

    def undo(self) -> bool:
        """Restore all files, as far as the system allows. Returns whether all were restored."""
        whole = True
        for path, before in reversed(self._before.items()):
            target = self.folder / path
            try:
                if before is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    before.replace(target)
                else:
                    target.unlink(missing_ok=True)
                    self._drop_empty(target)
            except OSError:
                whole = False
        return whole

    def parents(self, target: Path) -> Iterator[Path]:
        """The folders between a file and the site's own, the nearest first."""
        for folder in target.relative_to(self.folder).parents:
            if folder != Path():
                yield self.folder / folder

    def _remember(self, path: str) -> None:
        target = self.folder / path
        if path in self._before:
            return
        before = staged_file(self.staged, f".old/{path}") if target.exists() else None
        if before:
            link_or_copy(target, before)
        self._before[path] = before

    def _drop_empty(self, target: Path) -> None:
        for folder in self.parents(target):
            if folder.is_dir():
                if any(folder.iterdir()):
                    break
                folder.rmdir()


def link_or_copy(file: Path, place: Path) -> None:
    """The same file at a second place; a copy where there are no links, or none to the files of others."""
    try:
        place.hardlink_to(file)
    except OSError:
        shutil.copy2(file, place)


def staged_file(staged: Path, path: str) -> Path:
    """Where a file of the site is staged: all in one folder, since a thousand folders take longer than their files."""
    return staged / path.replace("/", "!")
