"""Translate the errors of database drivers into messages for the author. This is the only place that does."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from newsletter.errors import DatabaseError

_SQLITE = {
    sqlite3.SQLITE_BUSY: ("is locked by another program", "Wait until it has finished, then try again."),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", "Wait until it has finished, then try again."),
    sqlite3.SQLITE_READONLY: (
        "may only be read",
        "Check the permissions of the file and of its folder, which both must be writable.",
    ),
    sqlite3.SQLITE_PERM: ("may not be opened", "Check the permissions of the file and of its folder."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Check its folder and the permissions of both."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Make room, then try again."),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk fails",
        "Check the disk, and the space that is left on it.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Put a backup in its place; the file may be saved in part by `sqlite3 FILE .recover`.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is no database, or is damaged",
        "Is `database` in newsletter.yaml the right file? Else put a backup in its place.",
    ),
}


def translate_error(error: DBAPIError, database: str) -> DatabaseError:
    """Translate an error of a driver; `database` is what messages call the database."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE:
        message, advice = _SQLITE[code]
        return DatabaseError(f"{database} {message}", advice, busy=code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
    # The detail of PostgreSQL's messages holds values of the rows.
    message = " ".join(str(error.orig).partition("\nDETAIL: ")[0].split())
    return DatabaseError(f"{database}: {message}", "See docs/subscribers.md on databases.")
