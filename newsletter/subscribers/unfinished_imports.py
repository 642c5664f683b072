"""Which imports of lists were not finished, in `.newsletter/imports/`: one file for each.

An import is many transactions. After one that was interrupted, also by a kill, a part of the list is missing, and an
issue would not reach it. The file is on the machine of the import. It may be deleted, so that it counts no longer.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from newsletter.errors import AccessError
from newsletter.files import working_path, write_inside
from newsletter.text.digests import sha256_hex


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
    """
    path = _folder(root) / f"{sha256_hex(f'{started.database} {started.file}', 24)}.json"
    was_unfinished = path.exists()
    # A read-only publication can use a database on another machine. Its imports are not marked.
    with suppress(AccessError):
        write_inside(path.parent, path, json.dumps(asdict(started)).encode(), durable=True)
    try:
        yield
    except BaseException:
        if not was_unfinished and not is_changed():
            path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def unfinished_imports(root: Path, database: str) -> list[tuple[Path, UnfinishedImport]]:
    """List the imports into a database that were not finished, with the file that marks each.

    Args:
        root: The publication's folder.
        database: The id of the database.

    Raises:
        AccessError: Symbolic links lead the folder out of the publication.
    """
    found = []
    for path in sorted(_folder(root).glob("*.json")):
        # A damaged file, or one that was deleted meanwhile, marks nothing.
        with suppress(OSError, ValueError, TypeError):
            one = UnfinishedImport(**json.loads(path.read_bytes()))
            found += [(path, one)] if one.database == database else []
    return found


def _folder(root: Path) -> Path:
    return working_path(root, "imports")
