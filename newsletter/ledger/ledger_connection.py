"""The connection that writes the ledger. In PostgreSQL its session has the sending lock and that of a coordinator."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from newsletter.database.database import Database
from newsletter.errors import DatabaseError

# How long SQLite waits for another writer before a write fails, in milliseconds.
_BUSY_TIMEOUT = 1_000
# The keys of the sending lock, and with the number of a campaign of its coordinator, among PostgreSQL's advisory locks.
SENDING_LOCK = 0x6E657773
_COORDINATOR = 0x6E657770
# The number of a campaign in its advisory lock has 31 bits.
_CAMPAIGNS = 2**31
# How long a transaction of a process with leases may pause before PostgreSQL ends it, in milliseconds.
LONGEST_PAUSE = 10_000


class LedgerConnection:
    """A connection of its own, which is opened again if it is lost, with the sending lock if it was held.

    Args:
        database: The database.
        leased: Whether every claim needs a lease. PostgreSQL only.

    Attributes:
        leased: As above.
        session: The id of its session in PostgreSQL, which has the locks; 0 in SQLite.
        coordinates: The number of the campaign that this process coordinates, or 0. It is 0 again if the session ends.
    """

    def __init__(self, database: Database, *, leased: bool = False) -> None:
        self._database = database
        self.leased, self.session, self.coordinates = leased, 0, 0
        self._sqlite = database.engine.dialect.name == "sqlite"
        self._locked = self._lost = False
        # Whether the last write failed, so that it is not known whether its commit succeeded.
        self._doubtful = False
        # One thread writes, and another takes the coordinator's lock.
        self._alone = threading.RLock()
        self._connect()

    def lock(self) -> bool:
        """Acquire PostgreSQL's sending lock until the session ends. Returns whether it was free.

        Processes that use leases share it.

        Raises:
            DatabaseError: The database fails.
        """
        with self._translated():
            self._locked = self._try_lock()
        return self._locked

    def coordinate(self, campaign_id: int) -> bool:
        """Become the coordinator of a campaign until the session ends. Returns False if another process is.

        Raises:
            DatabaseError: The database fails.
        """
        with self._alone, self._translated():
            if self._lost:
                self._reconnect()
            if self.coordinates != campaign_id and self._try("pg_try_advisory_lock", *_coordinator(campaign_id)):
                self.coordinates = campaign_id
        return self.coordinates == campaign_id

    def stop_coordinating(self) -> None:
        """Let another process coordinate the campaign.

        Raises:
            DatabaseError: The database fails.
        """
        with self._alone, self._translated():
            campaign_id, self.coordinates = self.coordinates, 0
            if campaign_id and not self._lost:
                self._try("pg_advisory_unlock", *_coordinator(campaign_id))

    def close(self) -> None:
        """Return the connection to the pool, or close it if it has the sending lock."""
        if self._locked:
            with contextlib.suppress(self._driver_error):
                self._cursor.execute("SELECT pg_advisory_unlock_all()")
            self._disconnect()
        self._pooled.close()

    def _disconnect(self) -> None:
        with contextlib.suppress(self._driver_error):
            if not self._sqlite and self._pooled.is_valid:
                self._pooled.invalidate()
            self._pooled.close()

    def _try_lock(self) -> bool:
        return self._try("pg_try_advisory_lock_shared" if self.leased else "pg_try_advisory_lock", SENDING_LOCK)

    def _try(self, function: str, *keys: int) -> bool:
        self._cursor.execute(f"SELECT {function}({', '.join(map(str, keys))})")
        done: bool = self._cursor.fetchone() == (True,)
        self._pooled.commit()
        return done

    def _roll_back(self) -> bool:
        """Roll back the transaction. Returns whether the connection still works."""
        if not self._pooled.is_valid:
            return False
        try:
            self._pooled.rollback()
        except self._driver_error:
            return False
        return not getattr(self._pooled.dbapi_connection, "closed", False)

    def _reconnect(self) -> None:
        self._disconnect()
        self._connect()
        if self._locked and not self._try_lock():
            raise DatabaseError(
                f"{self._database.name}: the sending lock is held, by another process or by the lost connection",
                "Stop the other process, or wait until the server has ended the connection.",
                transient=True,
            )
        self._lost = False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._driver_error as error:
            self._doubtful = True
            self._lost |= not self._roll_back()
            if self._lost:
                self.coordinates = 0
            raise self._database.translate(DBAPIError(None, None, error)) from error

    @property
    def _driver_error(self) -> type[Exception]:
        return self._database.engine.dialect.loaded_dbapi.Error

    def _connect(self) -> None:
        self._pooled = self._database.engine.raw_connection()
        self._cursor, self._outcomes = self._pooled.cursor(), self._pooled.cursor()
        if self.leased:
            # A process that is suspended during a transaction must not block others.
            self._cursor.execute(f"SET idle_in_transaction_session_timeout = {LONGEST_PAUSE}")
            self._cursor.execute("SELECT pg_backend_pid()")
            self.session = self._cursor.fetchall()[0][0]
            self._pooled.commit()
        if self._sqlite:
            # The timeout is shorter than that of other connections, so that the caller can report the wait.
            self._pooled.detach()
            self._cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")


def _coordinator(campaign_id: int) -> tuple[int, int]:
    """Return the keys of the advisory lock of a campaign's coordinator."""
    return _COORDINATOR, campaign_id % _CAMPAIGNS
