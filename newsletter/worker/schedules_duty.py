"""Starts due schedules, and mails the author what was sent late or not at all."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.schedule.reports import report_schedules
from newsletter.schedule.start_due import start_due
from newsletter.web.access_log import log_event
from newsletter.worker.duty import MOST_WAIT

_MINUTE = 60


class SchedulesDuty:
    """Starts due schedules.

    Args:
        folder: The folder of the publication.
        database: The database.
        started: Called when there is a new campaign to send.
        clock: Returns seconds since 1970 (UTC).
        created: Called with the id of each campaign in the transaction that creates it.
    """

    name = "schedules"

    def __init__(
        self,
        folder: Path,
        database: Database,
        started: Callable[[], None],
        clock: Callable[[], float] = time.time,
        created: Callable[[Connection, int], None] = lambda *_: None,
    ) -> None:
        self._folder, self._database, self._started, self._clock = folder, database, started, clock
        self._created = created

    def run(self) -> float:
        """Start what is due. Returns the seconds until the next schedule, at most those until the next full minute.

        Raises:
            DatabaseError: The database fails.
            NewsletterError: The author cannot be mailed.
        """
        result = start_due(self._folder, self._database, self._clock, self._created)
        for schedule in result.started:
            log_event("schedule started", schedule=schedule.id, issue=schedule.slug, campaign=schedule.campaign_id)
        for schedule in result.paused:
            log_event("schedule paused", schedule=schedule.id, issue=schedule.slug, reason=schedule.reason)
        if result.started:
            self._started()
        for schedule in report_schedules(self._folder, self._database, self._clock):
            log_event("schedule reported", schedule=schedule.id, issue=schedule.slug)
        now = self._clock()
        # Other processes add and move schedules, whose times are full minutes.
        full_minute = _MINUTE - now % _MINUTE
        return min(MOST_WAIT, full_minute, full_minute if result.next_due is None else result.next_due - now)

    def close(self) -> None:
        """Do nothing: nothing was started."""
