"""The worker: a thread for each duty, until a signal stops it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from newsletter.campaign.service import RunOptions
from newsletter.campaign.stop import Stop
from newsletter.database.database import Database
from newsletter.database.engine import database_file
from newsletter.database.file_identity import process_lock
from newsletter.database.schema_version import check_version
from newsletter.errors import CampaignError, DatabaseError
from newsletter.web.access_log import ThrottledLog, log_event
from newsletter.worker.bounces_duty import BouncesDuty
from newsletter.worker.campaigns_duty import CampaignsDuty
from newsletter.worker.duty import MOST_WAIT, Duty, repeat
from newsletter.worker.mail_duty import HousekeepingDuty, MailDuty
from newsletter.worker.schedules_duty import SchedulesDuty
from newsletter.worker.waiting import Waiting

# Seconds within which a second request to stop is the same as the first.
_SAME_REQUEST = 0.5


class Part(StrEnum):
    """A part of the worker's duties, as `--only` takes it."""

    CAMPAIGNS = "campaigns"
    MAIL = "mail"
    BOUNCES = "bounces"


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


@dataclass(frozen=True, slots=True)
class _Running:
    duty: Duty
    waiting: Waiting


class Worker:
    """Does the duties of some parts until it is stopped.

    Args:
        folder: The folder of the publication. Its files are read again for each campaign.
        database: The database.
        parts: The parts.
        options: The options of campaigns.
        clock: Returns seconds since 1970 (UTC).
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        parts: Sequence[Part] = tuple(Part),
        options: RunOptions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._log, self._stop = clock, ThrottledLog(time.monotonic), Stop()
        self._signals: SimpleQueue[Signal] = SimpleQueue()
        outdated = partial(self._signals.put, Signal.OUTDATED)
        self._running = [_Running(SchemaDuty(database, outdated), Waiting())]
        self._outdated = False
        self._asked_at = -_SAME_REQUEST
        self._campaigns: CampaignsDuty | None = None
        if Part.CAMPAIGNS in parts:
            schedules, campaigns = Waiting(), Waiting()
            self._campaigns = CampaignsDuty(
                folder, database, options or RunOptions(), self._stop, self._log, schedules.wake, clock
            )
            self._running += [
                _Running(SchedulesDuty(folder, database, campaigns.wake, clock), schedules),
                _Running(self._campaigns, campaigns),
            ]
        if Part.MAIL in parts:
            self._running += [
                _Running(MailDuty(folder, database, clock), Waiting()),
                _Running(HousekeepingDuty(database, clock), Waiting()),
            ]
        if Part.BOUNCES in parts:
            self._running.append(_Running(BouncesDuty(folder, database, self._stop, self._log, clock), Waiting()))

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
        log_event("worker started", duties=[each.duty.name for each in self._running])
        for each in self._running:
            threading.Thread(target=partial(self._repeat, each), name=each.duty.name, daemon=True).start()
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
                for each in self._running:
                    each.waiting.stop()
        unfinished = self._stop.aborted or bool(self._campaigns and self._campaigns.unfinished)
        log_event("worker stopped", unfinished=unfinished)
        return int(unfinished or self._outdated)

    def _repeat(self, running: _Running) -> None:
        try:
            repeat(running.duty, self._clock, running.waiting.wait, self._log)
        finally:
            self._signals.put(Signal.ENDED)


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
