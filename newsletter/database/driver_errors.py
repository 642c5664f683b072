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

# Errors after which the same call may succeed later. The two without a message above: memory, and the lock of the log.
_SQLITE_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# Classes and codes of PostgreSQL: lost connections, rollbacks because of other transactions, exhausted resources,
# locks, timeouts, restarts, system errors, and a server that is read-only because another one takes over.
_POSTGRESQL_TRANSIENT = ("08", "25006", "25P03", "40", "53", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "58")


def translate_error(error: DBAPIError, database: str, secrets: tuple[str, ...] = ()) -> DatabaseError:
    """Translate an error of a driver.

    Args:
        error: The error.
        database: The name of the database in the message.
        secrets: Texts that must not be in the message, such as the password in the database's URL.
    """
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE:
        message, advice = _SQLITE[code]
        busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        return DatabaseError(f"{database} {message}", advice, busy=busy, transient=code in _SQLITE_TRANSIENT)
    # The details of PostgreSQL messages contain values of rows, such as addresses.
    message = " ".join(str(error.orig).partition("\nDETAIL: ")[0].split()).rstrip(".?")
    for secret in secrets:
        message = message.replace(secret, "…")
    advice = "Check the connection, and see docs/subscribers.md on databases."
    return DatabaseError(
        f"{database}: {message}", advice, transient=code in _SQLITE_TRANSIENT or _is_transient(error.orig)
    )


def _is_transient(error: BaseException | None) -> bool:
    """Return whether an error of PostgreSQL's driver may pass."""
    if type(error).__module__.partition(".")[0] != "psycopg":
        return False
    if state := getattr(error, "sqlstate", None):
        return str(state).startswith(_POSTGRESQL_TRANSIENT)
    # Errors of the connection have no code.
    return any(each.__name__ == "OperationalError" for each in type(error).__mro__)
