"""A publication with a scheduled issue, and a clock that a test sets."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from newsletter.database.database import Database
from newsletter.database.tables import campaign
from newsletter.schedule.reports import report_schedules
from newsletter.schedule.start_due import DueResult, start_due
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run

AT, ZONE = "2126-12-06 09:00", "Asia/Tokyo"
# The same time in seconds since 1970 (UTC).
DUE = datetime(2126, 12, 6, tzinfo=UTC).timestamp()


@dataclass
class Clock:
    """A clock that stands still until a test sets it."""

    now: float = DUE

    def __call__(self) -> float:
        """Return the time in seconds since 1970 (UTC)."""
        return self.now


@dataclass(frozen=True)
class Scheduled:
    """A publication in a folder with its database."""

    folder: Path
    run: Run
    database: Database
    clock: Clock

    def schedule(self, *options: str, at: str = AT, zone: str = ZONE) -> str:
        """Schedule issue 029. Returns the output."""
        arguments = ("send", "029", "--at", at, "--zone", zone, "--yes", "--untested", *options)
        return self.run(*arguments, code=0).stderr

    def start(self, seconds_late: float = 0) -> DueResult:
        """Start what is due, some seconds after the time of the schedule."""
        self.clock.now = DUE + seconds_late
        return start_due(self.folder, self.database, self.clock)

    def report(self) -> int:
        """Mail the author what happened. Returns the number of mails."""
        return len(report_schedules(self.folder, self.database, self.clock))

    def listed(self) -> dict[str, Any]:
        """Return the newest schedule as `schedule list --json` prints it."""
        found: list[dict[str, Any]] = json.loads(self.run("schedule", "list", "--json", code=0).stdout)
        return found[0]

    def campaign_ids(self) -> list[int]:
        """Return the ids of the campaigns in the database."""
        with self.database.read() as connection:
            return list(connection.execute(select(campaign.c.id)).scalars())

    def campaigns(self) -> list[dict[str, Any]]:
        """Return the campaigns as `campaigns --json` prints them."""
        text = self.run("campaigns", "--json", code=0).stdout
        found: list[dict[str, Any]] = json.loads(text) if text else []
        return found


def open_scheduled(folder: Path, run: Run) -> Scheduled:
    """Open the publication in a folder."""
    return Scheduled(folder, run, open_database(Workspace(folder)), Clock())
