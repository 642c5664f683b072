"""The worker: a thread for each duty, until a signal stops it."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.stop import Stop
from newsletter.database.database import Database
from newsletter.database.engine import database_file
from newsletter.database.file_identity import process_lock
from newsletter.database.schema_version import check_version
from newsletter.errors import CampaignError, DatabaseError
from newsletter.web.access_log import ThrottledLog, log_event
from newsletter.worker.campaigns_duty import CampaignsDuty
from newsletter.worker.duty import MOST_WAIT, Duty, repeat
from newsletter.worker.metrics import Metrics
from newsletter.worker.parts import Part, RunningDuty, WorkerSetup, own_duties
from newsletter.worker.waiting import Waiting

# Seconds within which a second request to stop is the same as the first.
_SAME_REQUEST = 0.5


class Signal(Enum):
    """What the worker waits for: a request to stop, the end of a duty's thread, or an upgrade of the database."""

    STOP = "stop"
    ENDED = "ended"
    OUTDATED = "outdated"


class SchemaDuty:
    """Looks whether the database was upgraded, for which this version of newsletter is too old."""

    name = "schema"

    def __init__(self, database: Database, outdated: Callable[[], None]) -> None:
        self._database, self._outdated = database, outdated

    def run(self) -> float:
        """Check the version of the database.

        Raises:
            DatabaseError: The database fails, or has another version. Then `outdated` was called.
        """
        try:
            with self._database.read() as connection:
                check_version(connection, self._database.name)
        except DatabaseError as error:
            if not error.transient:
                self._outdated()
            raise
        return MOST_WAIT

    def close(self) -> None:
        """Do nothing: nothing was started."""


class Worker:
    """Does the duties of some parts until it is stopped.

    Args:
        folder: The folder of the publication. Its files are read again for each campaign.
        database: The database.
        parts: The parts.
        options: The options of campaigns.
        clock: Returns seconds since 1970 (UTC).

    Raises:
        DatabaseError: On PostgreSQL, procrastinate is missing or has another version.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        parts: Collection[Part] = tuple(Part),
        options: RunOptions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._log, self._stop = clock, ThrottledLog(time.monotonic), Stop()
        self._signals: SimpleQueue[Signal] = SimpleQueue()
        self._outdated = False
        self._asked_at = -_SAME_REQUEST
        self.metrics = Metrics(database)
        self._threads: list[threading.Thread] = []
        options = options or RunOptions()
        setup = WorkerSetup(folder, database, frozenset(parts), options, self._stop, self._log, self.metrics, clock)
        duties, self._campaigns = _duties(setup)
        outdated = partial(self._signals.put, Signal.OUTDATED)
        self._running: list[RunningDuty] = [(SchemaDuty(database, outdated), Waiting()), *duties]

    @property
    def alive(self) -> bool:
        """Whether each duty has its thread."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Finish what is in progress and stop; the second time, stop without waiting. Signal handlers may call it.

        A second call at once is the same request: some programs signal a process and its group.
        """
        now = time.monotonic()
        if now - self._asked_at >= _SAME_REQUEST:
            self._asked_at = now
            self._signals.put(Signal.STOP)

    def run(self) -> int:
        """Do the duties until the worker is stopped.

        Returns:
            The exit code: 1 if a campaign is unfinished, the worker did not wait for what was in progress, or the
            database was upgraded; else 0.
        """
        log_event("worker started", duties=[duty.name for duty, _ in self._running])
        for duty, waiting in self._running:
            thread = threading.Thread(target=self._repeat, args=(duty, waiting), name=duty.name, daemon=True)
            thread.start()
            self._threads.append(thread)
        left = len(self._running)
        while left and not self._stop.aborted:
            signal = self._signals.get()
            if signal is Signal.ENDED:
                left -= 1
                continue
            self._outdated |= signal is Signal.OUTDATED
            if self._stop.requested:
                if signal is Signal.STOP:
                    self._stop.abort()
            else:
                log_event("worker stopping")
                self._stop.drain()
                for _, waiting in self._running:
                    waiting.stop()
        unfinished = self._stop.aborted or self._campaigns.unfinished
        log_event("worker stopped", unfinished=unfinished)
        return int(unfinished or self._outdated)

    def _repeat(self, duty: Duty, waiting: Waiting) -> None:
        try:
            repeat(duty, self._clock, waiting.wait, self._log)
        finally:
            self._signals.put(Signal.ENDED)


def _duties(setup: WorkerSetup) -> tuple[list[RunningDuty], CampaignsDuty]:
    """Return the duties of a worker, and the one that sends campaigns."""
    if setup.database.url.get_backend_name() != "postgresql":
        return own_duties(setup)
    try:
        from newsletter.worker.shared_duties import shared_duties
    except ModuleNotFoundError as error:
        advice = "Run `pip install 'newsletter-press[postgresql]'`."
        raise DatabaseError("procrastinate, which workers on PostgreSQL need, is not installed", advice) from error
    return shared_duties(setup)


@contextmanager
def worker_lock(database: Database) -> Iterator[None]:
    """Hold the lock of the only worker on a SQLite database until the block ends. PostgreSQL allows any number.

    Raises:
        CampaignError: Another worker holds the lock.
        DatabaseError: The lock cannot be taken, or the SQLite file has a second path.
    """
    file = database_file(database.url)
    if file is None:
        yield
        return
    with process_lock(file, "worker") as held:
        if not held:
            advice = "Stop it first. On PostgreSQL, any number of workers can run."
            raise CampaignError(f"another worker runs on {database.name}", advice)
        yield
