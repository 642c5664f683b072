"""The lease of this process, under which it sends deliveries of a campaign; see `ledger.leases`."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection

from newsletter.campaign.worker_identity import forget, this_worker
from newsletter.database.database import Database
from newsletter.errors import DatabaseError
from newsletter.ledger import leases
from newsletter.ledger.lease_state import Counts
from newsletter.ledger.leased_deliveries import note_held
from newsletter.ledger.ledger_writer import LedgerWriter

# How many times a lease is renewed before it would expire, and the most seconds until then.
RENEWALS, _LONGEST_WAIT = 6, 1.0


class OwnLease:
    """The lease, and which deliveries it holds. If it was revoked, `take` takes another one.

    Args:
        database: The database, which is PostgreSQL.
        writer: The writer whose session has the sending lock.
        campaign_id: The campaign.
        duration: The duration of the lease in seconds.
        answered: Returns what this process has counted.

    Attributes:
        id: The fencing number; 0 before the first lease.
        worker: This process.
        held: The ids of the deliveries.
        before: What this process counted under earlier leases.
    """

    def __init__(
        self,
        database: Database,
        writer: LedgerWriter,
        campaign_id: int,
        duration: float,
        answered: Callable[[], Counts],
    ) -> None:
        self._database, self._writer, self._campaign_id = database, writer, campaign_id
        self._duration, self._answered = duration, answered
        self.id, self.worker, self.held = 0, this_worker(), set[int]()
        self._valid_until = self._renew_at = 0.0
        # How many deliveries it holds, and what was counted under it, according to the database.
        self._held_there, self._counts_there = 0, Counts()
        self.before = Counts()
        # Held while the lease is taken or renewed.
        self._lock = threading.Lock()

    def take(self) -> None:
        """Take a lease.

        Raises:
            DatabaseError: The database fails.
        """
        with self._lock:
            started, session = _uptime(), self._writer.session
            with self._database.write() as connection:
                leases.set_timeouts(connection)
                self.id = leases.take_lease(connection, self._campaign_id, self.worker, session, self._duration)
            # What was counted under a revoked lease stays counted.
            self.before, self._counts_there = self.before + self._counts_there, Counts()
            self._valid_until = started + self._duration
            self._renew_at = 0.0
            self.held, self._held_there = set(), 0

    def is_valid(self, id: int) -> bool:
        """Return whether a fencing number is that of this lease, which has not expired."""
        return id == self.id and _uptime() < self._valid_until

    def renew_if_due(self) -> None:
        """Renew the lease some time before it expires, and publish what it holds and what was counted.

        Raises:
            DatabaseError: The database fails.
        """
        if _uptime() >= self._renew_at:
            with self._lock:
                self._renew()

    def renew_if_expired(self) -> None:
        """Renew the lease if it has expired and was not revoked.

        Raises:
            DatabaseError: The database fails.
        """
        if _uptime() < self._valid_until:
            return
        with self._lock:
            if _uptime() >= self._valid_until:
                self._renew()

    def hold(self, connection: Connection, ids: set[int]) -> None:
        """Note which deliveries the lease holds, in the transaction that leases some of them."""
        note_held(connection, self.id, min(ids), max(ids), len(ids))
        self._held_there = len(ids)

    def hold_nothing(self) -> None:
        """Publish at once that this process holds no deliveries, because the coordinator waits for it.

        Raises:
            DatabaseError: The database fails.
        """
        self.held.clear()
        if self._held_there:
            with self._lock:
                self._renew()

    def end(self) -> None:
        """Give back what was not sent, and store what was counted. `delete` deletes the lease.

        Raises:
            DatabaseError: The database fails.
        """
        with self._database.write() as connection:
            leases.set_timeouts(connection)
            leases.end_lease(connection, self._campaign_id, self.id, self._counts())
        self.held.clear()

    def delete(self) -> None:
        """Delete the lease after its end. One that cannot be deleted expires."""
        with suppress(DatabaseError), self._database.write() as connection:
            leases.revoke(connection, self._campaign_id, [self.id])

    def forget(self) -> None:
        """Let this process be taken for one that has ended, even if it goes on with something else."""
        forget(self.worker)

    def _renew(self) -> None:
        started, counts, held = _uptime(), self._counts(), len(self.held)
        token, session = self.worker.token, self._writer.session
        with self._database.write() as connection:
            renewed = leases.renew_lease(connection, self.id, token, session, self._duration, held, counts)
        self._renew_at = started + min(_LONGEST_WAIT, self._duration / RENEWALS)
        self._valid_until = started + self._duration if renewed else 0.0
        if renewed:
            self._counts_there, self._held_there = counts, held

    def _counts(self) -> Counts:
        """Return what this process has counted under this lease."""
        return self._answered() - self.before


def _uptime() -> float:
    """Return seconds of a clock that also counts while the host is suspended, if there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)
