"""Read messages of a maildir (https://cr.yp.to/proto/maildir.html), and move them to `cur` after they were applied."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from newsletter.bounces.mailboxes.incoming_message import IncomingMessage, Mark
from newsletter.bounces.parse import LIMIT
from newsletter.errors import NotFoundError

_FLAGS = {Mark.SEEN: "S", Mark.FLAGGED: "FS"}


def read_maildir(folder: Path, *, include_seen: bool = False) -> Iterator[IncomingMessage]:
    """Yield the messages that are not marked as seen, or all if `include_seen`, oldest first.

    Raises:
        NotFoundError: The folder is not a maildir.
        OSError: It cannot be read.
    """
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise NotFoundError(f"{folder} is not a maildir", "Choose a folder that contains `new`, `cur` and `tmp`.")
    paths = [path for name in ("cur", "new") for path in (folder / name).iterdir()]
    paths = [
        path for path in paths if path.is_file() and not path.is_symlink() and (include_seen or "S" not in _flags(path))
    ]
    paths.sort(key=lambda path: path.name)
    for number, path in enumerate(paths, 1):
        # Another program may have moved it in the meantime.
        with suppress(FileNotFoundError):
            with path.open("rb") as file:
                content = file.read(LIMIT)
            yield IncomingMessage(path.name, content, number, len(paths), partial(_mark, path))


def _flags(path: Path) -> str:
    return path.name.partition(":2,")[2]


def _mark(path: Path, mark: Mark) -> None:
    with suppress(FileNotFoundError):
        if mark is Mark.DELETED:
            path.unlink()
            return
        flags = "".join(sorted({*_flags(path), *_FLAGS[mark]}))
        path.rename(path.parent.parent / "cur" / f"{path.name.partition(':2,')[0]}:2,{flags}")
