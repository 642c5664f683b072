"""Sends the campaigns that schedules have started, and continues those that a killed or stopped worker left.

A campaign that the author started, or paused, is the author's to continue.
"""

import time
from collections.abc import Callable
from pathlib import Path

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.preparation import Preparation
from newsletter.campaign.sending_lock import SendingLockError, is_campaign_sending, sending_lock
from newsletter.campaign.service import CampaignService, RunOptions, RunResult
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Pause, Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.deliveries import LedgerWriter
from newsletter.schedule.schedules import list_sending, report_stop
from newsletter.web.access_log import ThrottledLog, log_event
from newsletter.worker.duty import MOST_WAIT
from newsletter.worker.metrics import Metrics
from newsletter.workspace.workspace import Workspace

# Seconds before a campaign is tried again that waits for another process to end its sending.
_LOCK_WAIT = 5.0
# How the reason of a campaign begins that the author paused or cancelled.
_BY_AUTHOR = ("paused by the author", "cancelled by the author")


class CampaignsDuty:
    """Sends campaigns, one after the other.

    Attributes:
        unfinished: Whether the worker stopped before a campaign was complete.
    """

    name = "campaigns"

    def __init__(
        self,
        folder: Path,
        database: Database,
        options: RunOptions,
        stop: Stop,
        log: ThrottledLog,
        metrics: Metrics,
        reported: Callable[[], None] = lambda: None,
        begun: Callable[[int], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._database, self._options, self._stop = folder, database, options, stop
        self._log, self._metrics, self._reported, self._begun, self._clock = log, metrics, reported, begun, clock
        self.unfinished = False
        self._closed: Pause | None = None

    def run(self) -> float:
        """Send what has started. Returns the seconds until campaigns are looked for again.

        Raises:
            DatabaseError: The database fails; the campaign is continued later.
        """
        for id in self.list_waiting():
            if not self.send(id):
                return _LOCK_WAIT
        return MOST_WAIT

    def list_waiting(self) -> list[int]:
        """List the campaigns of schedules that are in the state `sending`, oldest first."""
        with self._database.read() as connection:
            return list_sending(connection)

    def send(self, id: int) -> bool:
        """Send a campaign, if it is in the state `sending`. Returns False if another process is sending.

        Raises:
            DatabaseError: The database fails; the campaign is continued later.
        """
        if self._stop.requested:
            waits = campaign_by_id(self._database, id).state is CampaignState.SENDING
            self.unfinished |= waits and not is_campaign_sending(self._database, id)
            return True
        try:
            with sending_lock(self._database, shared=True) as writer:
                self._send(writer, id)
        except SendingLockError as error:
            self._log.warn("campaigns wait", error.message, campaign=id)
            return False
        return True

    def close(self) -> None:
        """Do nothing: a campaign that is being sent stops by itself."""

    def _send(self, writer: LedgerWriter, id: int) -> None:
        campaign = campaign_by_id(self._database, id)
        if campaign.state is not CampaignState.SENDING:
            return
        try:
            result = self._run(writer, campaign)
        except DatabaseError:
            raise
        except NewsletterError as error:
            self._pause(campaign, error)
            return
        ending = result.ending
        counts = CampaignReports(self._database).counts(campaign)
        fields = {"campaign": id, "issue": campaign.slug, "counts": {each.value: counts[each] for each in counts}}
        log_event("campaign ended", **fields, state=ending.state.value, reason=ending.reason)
        if result.publish_error:
            self._log.warn("issue not marked as published", result.publish_error.message, issue=campaign.slug)
        self.unfinished = ending.state is CampaignState.SENDING and not ending.others
        if ending.state is CampaignState.PAUSED and not ending.reason.startswith(_BY_AUTHOR):
            self._report(campaign, ending.reason)

    def _run(self, writer: LedgerWriter, campaign: Campaign) -> RunResult:
        workspace = Workspace(self._folder)
        document = workspace.issue(campaign.slug)
        preparation = Preparation(workspace, self._database, self._clock)
        prepared = preparation.compose(document, campaign.created_at, correction=campaign.is_correction)
        service = CampaignService(workspace, self._database, self._clock)
        uncertain = service.resume(campaign, prepared, transition=Transition.CONTINUE)
        log_event("campaign begun", campaign=campaign.id, issue=campaign.slug, uncertain=len(uncertain))
        self._begun(campaign.id)
        self._metrics.begin_run()
        return service.run(writer, campaign, prepared, self._options, self._progress, self._stop)

    def _progress(self, tally: Tally) -> None:
        self._metrics.count(tally)
        if error := tally.waits_for:
            self._log.warn("campaign waits", error.message, advice=error.advice)
        if tally.closed and tally.closed != self._closed:
            log_event("campaign waits", reason=str(tally.closed))
        self._closed = tally.closed

    def _pause(self, campaign: Campaign, error: NewsletterError) -> None:
        """Pause a campaign that cannot be sent, since the next attempt would fail for the same reason."""
        with self._database.write() as connection:
            paused = campaigns.change_state(connection, campaign.id, Transition.STOP, error.message, int(self._clock()))
        self._log.warn("campaign paused", error.message, campaign=campaign.id, issue=campaign.slug)
        if paused:
            self._report(campaign, error.message)

    def _report(self, campaign: Campaign, reason: str) -> None:
        with self._database.write() as connection:
            report_stop(connection, campaign.id, reason)
        self._reported()
