"""The parts of the worker, and the duties of each."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.stop import Stop
from newsletter.database.database import Database
from newsletter.web.access_log import ThrottledLog
from newsletter.worker.bounces_duty import BouncesDuty
from newsletter.worker.campaigns_duty import CampaignsDuty
from newsletter.worker.duty import Duty
from newsletter.worker.mail_duty import HousekeepingDuty, MailDuty
from newsletter.worker.metrics import Metrics
from newsletter.worker.schedules_duty import SchedulesDuty
from newsletter.worker.waiting import Waiting

# A duty with the wait of its thread.
RunningDuty = tuple[Duty, Waiting]


class Part(StrEnum):
    """A part of the worker's duties, as `--only` takes it."""

    CAMPAIGNS = "campaigns"
    MAIL = "mail"
    BOUNCES = "bounces"


@dataclass(frozen=True)
class WorkerSetup:
    """What the duties of a worker share.

    Attributes:
        folder: The folder of the publication. Its files are read again for each campaign.
        database: The database.
        parts: The parts that the worker does.
        options: The options of campaigns.
        stop: The request to stop.
        log: Logs errors, each once a minute.
        metrics: Counts messages.
        clock: Returns seconds since 1970 (UTC).
    """

    folder: Path
    database: Database
    parts: Collection[Part]
    options: RunOptions
    stop: Stop
    log: ThrottledLog
    metrics: Metrics
    clock: Callable[[], float] = time.time

    def campaigns(
        self, reported: Callable[[], None] = lambda: None, begun: Callable[[int], None] = lambda _: None
    ) -> CampaignsDuty:
        """Return the duty that sends campaigns.

        Args:
            reported: Called when there is something to mail to the author.
            begun: Called with the id of a campaign that it begins to send.
        """
        return CampaignsDuty(
            self.folder, self.database, self.options, self.stop, self.log, self.metrics, reported, begun, self.clock
        )

    def mail(self) -> MailDuty:
        """Return the duty that sends transactional mail."""
        return MailDuty(self.folder, self.database, self.clock)

    def bounces(self) -> BouncesDuty:
        """Return the duty that reads the bounce mailbox."""
        return BouncesDuty(self.folder, self.database, self.stop, self.log, self.clock)

    def housekeeping(self) -> HousekeepingDuty:
        """Return the duty that removes subscribers who did not confirm."""
        return HousekeepingDuty(self.database, self.clock)


def own_duties(setup: WorkerSetup) -> tuple[list[RunningDuty], CampaignsDuty]:
    """Return the duties of the only worker on a SQLite database, and the one that sends campaigns."""
    starting, sending = Waiting(), Waiting()
    campaigns = setup.campaigns(starting.wake)
    duties: list[RunningDuty] = []
    if Part.CAMPAIGNS in setup.parts:
        schedules = SchedulesDuty(setup.folder, setup.database, sending.wake, setup.clock)
        duties += [(schedules, starting), (campaigns, sending)]
    if Part.MAIL in setup.parts:
        duties += [(setup.mail(), Waiting()), (setup.housekeeping(), Waiting())]
    if Part.BOUNCES in setup.parts:
        duties.append((setup.bounces(), Waiting()))
    return duties, campaigns
