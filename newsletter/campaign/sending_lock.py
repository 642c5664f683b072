"""One process at a time sends from a database: a lock that the system frees when the process dies, however it does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from newsletter.database.database import Database
from newsletter.database.engine import file_of
from newsletter.errors import CampaignError, DatabaseError
from newsletter.files import display
from newsletter.ledger.deliveries import ADVISORY, LedgerWriter

# For so many seconds a lock is waited for, since whoever asks about it has it for a moment.
_MOMENT = 0.3


@contextmanager
def sending_lock(database: Database) -> Iterator[LedgerWriter]:
    """Hold the right to send, which is the one writer to the ledger: who has lost the right cannot claim anything.

    It is a locked file beside SQLite's database, or an advisory lock of the writer's own session in PostgreSQL.

    Raises:
        CampaignError: another process has it.
        DatabaseError: the lock cannot be taken, or SQLite's file has a second name.
    """
    file = file_of(database.url)
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
            raise _taken()
        yield writer
    finally:
        writer.close()


def is_sending(database: Database) -> bool:
    """Whether a process has the right to send.

    Raises:
        DatabaseError: PostgreSQL fails.
    """
    file = file_of(database.url)
    if file:
        return _is_locked(Path(f"{os.path.realpath(file)}.sending"))
    if database.imagined:
        return False
    held = text(
        "SELECT true FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with database.read() as connection:
        return connection.execute(held, {"key": ADVISORY}).first() is not None


def _is_locked(path: Path) -> bool:
    from filelock import FileLock, Timeout

    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        # Whose lock may not be tried is another account's.
        return True
    lock.release()
    return False


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    # Whatever links lead to it, one database has one lock.
    path = Path(f"{os.path.realpath(file)}.sending")
    if file.stat().st_nlink > 1:
        raise DatabaseError(
            f"{display(file)} has a second name (a hard link), under which another process could send and write",
            "SQLite loses data in that way. Remove the other name, or make it a copy by `newsletter db backup`.",
        )
    lock = FileLock(path, timeout=_MOMENT)
    try:
        lock.acquire()
    except Timeout as error:
        raise _taken() from error
    except OSError as error:
        advice = "Check the folder's permissions."
        raise DatabaseError(f"{display(path)} cannot be locked: {error.strerror}", advice) from error
    try:
        yield
    finally:
        lock.release()


def _taken() -> CampaignError:
    advice = "Wait until it is done, or stop it: `newsletter campaign pause`."
    return CampaignError("another process is sending from this database, and nobody is written to twice", advice)
