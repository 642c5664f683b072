"""One process at a time sends from a database: a lock that the system frees when the process dies, however it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from newsletter.errors import CampaignError, DatabaseError

# A number of our own among PostgreSQL's advisory locks.
_ADVISORY = 0x6E657773


@contextmanager
def sending_lock(engine: Engine) -> Iterator[None]:
    """Hold the right to send: a locked file beside SQLite's database, or an advisory lock in PostgreSQL.

    Raises:
        CampaignError: another process has it.
        DatabaseError: the lock's file cannot be written.
    """
    if engine.dialect.name == "sqlite":
        with _file_lock(Path(f"{engine.url.database}.sending")):
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY}).scalar():
            raise _taken()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY})


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise _taken() from error
    except OSError as error:
        raise DatabaseError(f"{path} cannot be locked: {error.strerror}", "Check the folder's permissions.") from error
    try:
        yield
    finally:
        lock.release()


def _taken() -> CampaignError:
    advice = "Wait until it is done, or stop it: `newsletter campaign pause`."
    return CampaignError("another process is sending from this database, and nobody is written to twice", advice)
