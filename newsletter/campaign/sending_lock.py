"""The sending lock, which the system releases when the process ends.

From a SQLite database, only one process at a time sends. In PostgreSQL, processes that send share the lock, and
commands that need a database from which nobody sends have it alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from newsletter.campaign.announced_campaign import forget_campaign, read_announced
from newsletter.campaign.worker_identity import is_gone
from newsletter.database.database import Database
from newsletter.database.engine import database_file
from newsletter.database.file_identity import process_lock
from newsletter.errors import CampaignError
from newsletter.ledger.leases import DURATION, read_shared
from newsletter.ledger.ledger_connection import SENDING_LOCK
from newsletter.ledger.ledger_writer import LedgerWriter

# Seconds to wait for the lock, which `is_sending` in another process holds briefly.
_TIMEOUT = 0.3


class SendingLockError(CampaignError):
    """Another process holds the sending lock."""


@contextmanager
def sending_lock(database: Database, *, shared: bool = False) -> Iterator[LedgerWriter]:
    """Hold the sending lock until the block ends. Yields this process's writer to the ledger.

    The lock is a locked file beside the SQLite database and one of the host for the file under any path, or an advisory
    lock of the writer's session in PostgreSQL.

    Args:
        database: The database.
        shared: Whether other processes may also send, if it is PostgreSQL. They need leases; see `shared_campaign`.

    Raises:
        CampaignError: Another process holds the lock.
        DatabaseError: The lock cannot be taken, or the SQLite file has a second path.
    """
    file = database_file(database.url)
    if file:
        with _file_lock(file):
            forget_campaign(file)
            writer = LedgerWriter(database)
            try:
                yield writer
            finally:
                writer.close()
        return
    writer = LedgerWriter(database, leased=shared)
    try:
        if not writer.lock():
            raise _used_error() if shared else _held_error()
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


def is_campaign_sending(database: Database, campaign_id: int) -> bool:
    """Return whether a process sends a campaign.

    Raises:
        DatabaseError: PostgreSQL fails.
    """
    if file := database_file(database.url):
        return read_announced(file) == campaign_id and is_sending(database)
    return count_senders(database, campaign_id) > 0


def require_shareable(database: Database) -> None:
    """Check that several processes may send from a database at once.

    Raises:
        SendingLockError: It is SQLite.
    """
    if _is_sqlite(database):
        raise _held_error()


def count_senders(database: Database, campaign_id: int) -> int:
    """Count the processes that share in sending a campaign. Always 0 in SQLite.

    Raises:
        DatabaseError: PostgreSQL fails.
    """
    if _is_sqlite(database):
        return 0
    with database.read() as connection:
        found = read_shared(connection, campaign_id, DURATION).leases
    return sum(not (lease.dead or is_gone(lease.worker)) for lease in found)


def _is_sqlite(database: Database) -> bool:
    return database.url.get_backend_name() == "sqlite"


def _used_error() -> SendingLockError:
    return SendingLockError(
        "another command has the database for itself, or an older version of newsletter is sending from it",
        "Wait until `newsletter db copy` or `db adopt` or the other process has finished.",
    )


def _held_error() -> SendingLockError:
    advice = "Wait until it has finished, or stop it with `newsletter campaign pause`."
    return SendingLockError("another process is sending from this database", advice)
