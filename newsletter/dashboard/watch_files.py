"""The author's files watched: the publication's folder, and all that lies in its folders, but for what is made."""

import asyncio
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from newsletter.dashboard.file_changes import FileChanges

# Milliseconds of quiet that end one saving: an editor writes, renames and sets rights.
QUIET = 15
# Seconds between two tellings, so that many savings in a row are shown a few times, and the last for certain.
PAUSE = 0.25
MADE = ("build", "dist", "node_modules", "venv")


async def watch(root: Path, changes: FileChanges) -> None:
    """Tell every change of the publication's files, until it is cancelled.

    Raises:
        OSError: the system cannot watch so many folders.
    """
    folders = _folders(root)
    async with asyncio.TaskGroup() as tasks:
        below = tasks.create_task(_watch_below(folders, changes))
        async for _ in awatch(root, recursive=False, watch_filter=_Visible(), step=QUIET):
            if (now := _folders(root)) != folders:
                below.cancel()
                folders = now
                below = tasks.create_task(_watch_below(folders, changes))
            changes.notify()
            await asyncio.sleep(PAUSE)


async def _watch_below(folders: list[Path], changes: FileChanges) -> None:
    if folders:
        async for _ in awatch(*folders, watch_filter=_Visible(), step=QUIET):
            changes.notify()
            await asyncio.sleep(PAUSE)


def _folders(root: Path) -> list[Path]:
    return sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name not in MADE
    )


class _Visible(DefaultFilter):
    """All but hidden files, such as those that are written beside their place, and what editors leave."""

    def __call__(self, change: Change, path: str) -> bool:
        return not Path(path).name.startswith(".") and super().__call__(change, path)
