"""Translates all errors of database drivers into messages for the author."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from newsletter.errors import DatabaseError

_SQLITE = {
    sqlite3.SQLITE_BUSY: ("is locked by another program", "Wait until it has finished, then try again."),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", "Wait until it has finished, then try again."),
    sqlite3.SQLITE_READONLY: (
        "is read-only",
        "Make the file and its folder writable.",
    ),
    sqlite3.SQLITE_PERM: (
        "cannot be opened: permission denied",
        "Check the permissions of the file and of its folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Check that its folder exists, and the permissions of both."),
    sqlite3.SQLITE_FULL: ("cannot be written: the disk is full", "Free some disk space, then try again."),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: disk error",
        "Check the disk and its free space.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Restore a backup, or recover a part of the data with `sqlite3 FILE .recover`.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a database, or is damaged",
        "Check `database` in newsletter.yaml, or restore a backup.",
    ),
}


def translate_error(error: DBAPIError, database: str) -> DatabaseError:
    """Translate an error of a driver. `database` is the name of the database in the message."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE:
        message, advice = _SQLITE[code]
        return DatabaseError(f"{database} {message}", advice, busy=code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
    # The details of PostgreSQL messages contain values of rows, such as addresses.
    message = " ".join(str(error.orig).partition("\nDETAIL: ")[0].split())
    return DatabaseError(f"{database}: {message}", "Check the connection, and see docs/subscribers.md on databases.")
