"""The sending lock: only one process at a time sends from a database. The system releases it when the process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from newsletter.database.database import Database
from newsletter.database.engine import database_file
from newsletter.database.file_identity import process_lock
from newsletter.errors import CampaignError
from newsletter.ledger.deliveries import SENDING_LOCK, LedgerWriter

# Seconds to wait for the lock, which `is_sending` in another process holds briefly.
_TIMEOUT = 0.3


class SendingLockError(CampaignError):
    """Another process holds the sending lock."""


@contextmanager
def sending_lock(database: Database) -> Iterator[LedgerWriter]:
    """Hold the sending lock until the block ends. Yields the only writer to the ledger.

    The lock is a locked file beside the SQLite database and one of the host for the file under any path, or an advisory
    lock of the writer's session in PostgreSQL.

    Raises:
        CampaignError: Another process holds the lock.
        DatabaseError: The lock cannot be taken, or the SQLite file has a second path.
    """
    file = database_file(database.url)
    if file:
        with _file_lock(file):
            writer = LedgerWriter(database)
            try:
                yield writer
            finally:
                writer.close()
        return
    writer = LedgerWriter(database)
    try:
        if not writer.lock():
            raise _held_error()
        yield writer
    finally:
        writer.close()


def is_sending(database: Database) -> bool:
    """Return whether a process holds the sending lock.

    Raises:
        DatabaseError: PostgreSQL fails.
    """
    file = database_file(database.url)
    if file:
        return _is_locked(Path(f"{os.path.realpath(file)}.sending"))
    if database.is_placeholder:
        return False
    held = text(
        "SELECT true FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with database.read() as connection:
        return connection.execute(held, {"key": SENDING_LOCK}).first() is not None


def _is_locked(path: Path) -> bool:
    from filelock import FileLock, Timeout

    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        # A lock file without permission belongs to another account.
        return True
    lock.release()
    return False


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    with process_lock(file, "sending", _TIMEOUT) as held:
        if not held:
            raise _held_error()
        yield


def _held_error() -> SendingLockError:
    advice = "Wait until it has finished, or stop it with `newsletter campaign pause`."
    return SendingLockError("another process is sending from this database", advice)
