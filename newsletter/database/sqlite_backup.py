"""Backs up a SQLite database while other programs write to it, and checks the copy."""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

from newsletter.database.database import Database
from newsletter.errors import AccessError, DatabaseError, ExistsError
from newsletter.files import display

_PAGES = 4096


def back_up(database: Database, path: Path, progress: Callable[[int, int], None]) -> None:
    """Write a backup to a new file, which only its owner can read. On errors, no file is left.

    Args:
        database: The database.
        path: The new file.
        progress: Called with the number of pages copied, and of all pages.

    Raises:
        ExistsError: The file exists.
        AccessError: The file cannot be written.
        DatabaseError: The database is PostgreSQL, or is damaged.
    """
    if database.engine.dialect.name != "sqlite":
        raise DatabaseError(
            f"{database.name} is not a SQLite database", "Run `pg_dump`, or use the backups of your host."
        )
    if path.exists():
        raise ExistsError(f"{display(path)} already exists", "Nothing was changed. Choose another name.")
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        os.close(handle)
        try:
            _copy(database, beside, progress)
            # Unlike a rename, a link never replaces a file that was created in the meantime.
            os.link(beside, path)
        finally:
            Path(beside).unlink()
    except FileExistsError as error:
        raise ExistsError(f"{display(path)} already exists", "Nothing was changed. Choose another name.") from error
    except OSError as error:
        advice = "Check the folder and its permissions."
        raise AccessError(f"{display(path)} cannot be written: {error.strerror}", advice) from error


def _copy(database: Database, beside: str, progress: Callable[[int, int], None]) -> None:
    copy = sqlite3.connect(beside)
    try:
        with database.read() as connection:
            source = cast("sqlite3.Connection", connection.connection.driver_connection)
            source.backup(
                copy, pages=_PAGES, progress=lambda _status, remaining, total: progress(total - remaining, total)
            )
        if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise DatabaseError(f"{database.name} is damaged", "Nothing was written. Keep your earlier backups.")
        copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise DatabaseError(
            f"{database.name} cannot be copied: {error}", "Check the disk and its free space."
        ) from error
    finally:
        copy.close()
