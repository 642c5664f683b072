"""Watches the publication's files: its folder, and its subfolders except hidden and generated ones."""

import asyncio
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from newsletter.dashboard.file_changes import FileChanges

# Changes less than this many milliseconds apart count as one: an editor writes, renames and sets permissions.
QUIET = 15
# Seconds between two notifications, so that many changes in a row cause few updates. The last change is always shown.
PAUSE = 0.25
# Folders of generated files.
GENERATED = ("build", "dist", "node_modules", "venv")
# The ends of the names of SQLite databases, their logs, and the lock beside them.
DATABASES = (".db", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal", ".sending")


async def watch(root: Path, changes: FileChanges) -> None:
    """Notify `changes` of every change of the publication's files, until it is cancelled.

    Raises:
        OSError: The system cannot watch that many folders, or the folder no longer exists.
    """
    folders = _folders(root)
    async with asyncio.TaskGroup() as tasks:
        below = tasks.create_task(_watch_below(folders, changes))
        async for _ in awatch(root, recursive=False, watch_filter=AuthorFiles(), step=QUIET):
            if (now := _folders(root)) != folders:
                below.cancel()
                folders = now
                below = tasks.create_task(_watch_below(folders, changes))
            changes.notify()
            await asyncio.sleep(PAUSE)


async def _watch_below(folders: list[Path], changes: FileChanges) -> None:
    if folders:
        async for _ in awatch(*folders, watch_filter=AuthorFiles(), step=QUIET):
            changes.notify()
            await asyncio.sleep(PAUSE)


def _folders(root: Path) -> list[Path]:
    return sorted(
        path
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in GENERATED
    )


class AuthorFiles(DefaultFilter):
    """Ignores hidden files, such as partly written ones, the temporary files of editors, and databases.

    A campaign writes to a SQLite database many times a second.
    """

    def __call__(self, change: Change, path: str) -> bool:
        """Return whether a change is one of the author."""
        name = Path(path).name
        return not name.startswith(".") and not name.endswith(DATABASES) and super().__call__(change, path)
