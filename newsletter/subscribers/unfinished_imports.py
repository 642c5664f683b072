"""Which imports of lists were not finished, in `.newsletter/imports/`: one file for each.

An import is many transactions. After one that was interrupted, also by a kill, a part of the list is missing, and an
issue would not reach it. The file is on the machine of the import. It may be deleted, so that it counts no longer. One
that cannot be read counts as well: only what it says is lost, not that an import may be unfinished.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from newsletter.documents.sealed_file import read_regular, require_replaceable
from newsletter.errors import AccessError
from newsletter.files import display, working_path, write_inside
from newsletter.text.digests import sha256_hex
from newsletter.text.timestamps import timestamp


@dataclass(frozen=True, slots=True)
class UnfinishedImport:
    """An import that was interrupted, or is still running.

    Attributes:
        file: The file with the list.
        database: The id of the database.
        began_at: When it began, in seconds since 1970 (UTC).
    """

    file: str
    database: str
    began_at: int


@contextmanager
def mark_import(root: Path, started: UnfinishedImport, is_changed: Callable[[], bool]) -> Iterator[None]:
    """Mark an import as unfinished until the block ends without an error.

    Args:
        root: The publication's folder.
        started: The import.
        is_changed: Whether it has changed the list. An import that fails before is not marked.

    Raises:
        AccessError: Something else than a file is in the place of the mark, or the mark cannot be deleted.
    """
    path = _folder(root) / f"{sha256_hex(f'{started.database} {started.file}', 24)}.json"
    was_unfinished = path.exists()
    require_replaceable(path)
    # A read-only publication can use a database on another machine. Its imports are not marked.
    with suppress(AccessError):
        write_inside(path.parent, path, json.dumps(asdict(started)).encode(), durable=True)
    try:
        yield
    except BaseException:
        if not was_unfinished and not is_changed():
            _delete(path)
        raise
    _delete(path)


def unfinished_imports(root: Path, database: str) -> list[tuple[Path, UnfinishedImport | None]]:
    """List the imports into a database that were not finished, with the file that marks each.

    Args:
        root: The publication's folder.
        database: The id of the database.

    Returns:
        The files and the imports; None for an import whose file cannot be read. It may be one into this database.

    Raises:
        AccessError: The folder cannot be read, or symbolic links lead it out of the publication.
    """
    return [(path, one) for path, one in marked_imports(root) if one is None or one.database == database]


def marked_imports(root: Path) -> list[tuple[Path, UnfinishedImport | None]]:
    """List the imports into all databases that were not finished. See `unfinished_imports`."""
    folder = _folder(root)
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        message = f"{display(folder)} cannot be read: {error.strerror or error}"
        raise AccessError(message, "Remove it, or correct its permissions.") from error
    # A file that does not exist any more was deleted meanwhile. A link that leads nowhere still exists.
    return [(path, one) for path in paths if (one := _read(path)) or path.exists() or path.is_symlink()]


def _read(path: Path) -> UnfinishedImport | None:
    """Read a mark. Returns None if it cannot be read, or is damaged."""
    try:
        match json.loads(read_regular(path)):
            case {"file": str(file), "database": str(database), "began_at": int(began_at)}:
                timestamp(began_at)
                return UnfinishedImport(file, database, began_at)
    except (OSError, ValueError, OverflowError, RecursionError):
        pass
    return None


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        if path.exists():
            message = f"{display(path)} cannot be deleted: {error.strerror or error}"
            raise AccessError(message, "It marks an import that is not running any more. Delete it.") from error


def _folder(root: Path) -> Path:
    return working_path(root, "imports")
