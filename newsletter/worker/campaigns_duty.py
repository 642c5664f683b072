"""Sends the campaigns that schedules have started, and continues those that a killed process left.

A campaign that the author paused or stopped is the author's to continue.
"""

import time
from collections.abc import Callable
from pathlib import Path

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.ending import RunResult
from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.preparation import Preparation
from newsletter.campaign.resuming import prepare_resume
from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.running import CampaignRunner
from newsletter.campaign.sending_lock import SendingLockError, is_campaign_sending, sending_lock
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Pause, Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.campaign_states import change_state, list_interrupted, record_reason
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.publish.progress_file import forget_sent
from newsletter.schedule.schedules import list_sending, report_stop
from newsletter.web.access_log import ThrottledLog, log_event
from newsletter.worker.duty import MOST_WAIT
from newsletter.worker.metrics import Metrics
from newsletter.workspace.workspace import Workspace

# Seconds before a campaign is tried again that waits for another process to end its sending.
_LOCK_WAIT = 5.0
# A campaign that the author started is continued in this many seconds after its start or the last attempt to send a
# message: later, its content may be old. One that a worker continues and that waits has no limit.
_CONTINUED = 3 * 86_400
# Seconds after the author started or resumed it in which its process may not yet send it: the dashboard starts one,
# which needs a moment.
_JOINS = 60
# How the reason of a campaign begins that the author paused or cancelled.
_BY_AUTHOR = ("paused by the author", "cancelled by the author")


class CampaignsDuty:
    """Sends campaigns, one after the other.

    Attributes:
        name: Its name in the log.
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
        self._left: set[int] = set()
        self._closed: dict[int, Pause] = {}

    @property
    def unfinished(self) -> bool:
        """Whether the worker left a campaign before it was complete, which is still to be continued."""
        try:
            return any(campaign_by_id(self._database, id).may_continue for id in tuple(self._left))
        except DatabaseError:
            return True

    def run(self) -> float:
        """Send what has started. Returns the seconds until campaigns are looked for again.

        Raises:
            DatabaseError: The database fails; the campaign is continued later.
        """
        return min((self.send(id) for id in self.list_waiting()), default=MOST_WAIT)

    def list_waiting(self) -> list[int]:
        """List the campaigns to send: of schedules, and of killed processes of the author, oldest first.

        Raises:
            DatabaseError: The database fails.
        """
        now = int(self._clock())
        with self._database.read() as connection:
            scheduled = list_sending(connection)
            others = list_interrupted(connection, now - _CONTINUED, now - _JOINS)
        interrupted = [id for id in others if id not in scheduled and not is_campaign_sending(self._database, id)]
        return sorted([*scheduled, *interrupted])

    def send(self, id: int) -> float:
        """Send a campaign, if it is `sending` and not left to the author, until it is complete or waits for its hours.

        Returns:
            The seconds after which to look at it again.

        Raises:
            DatabaseError: The database fails; the campaign is continued later.
        """
        if not campaign_by_id(self._database, id).may_continue:
            self._left.discard(id)
            return MOST_WAIT
        if self._stop.requested:
            if not is_campaign_sending(self._database, id):
                self._left.add(id)
            return MOST_WAIT
        try:
            closed = self._find_closed(id)
            if not closed:
                with sending_lock(self._database, shared=True) as writer:
                    self._send(writer, id)
                if id in self._left and not self._stop.requested:
                    closed = self._find_closed(id)
        except SendingLockError as error:
            self._log.warn("campaigns wait", error.message, campaign=id)
            return _LOCK_WAIT
        return min(MOST_WAIT, closed.until - self._clock()) if closed else MOST_WAIT

    def close(self) -> None:
        """Do nothing: a campaign that is being sent stops by itself."""

    def _find_closed(self, id: int) -> Pause | None:
        """Return why a campaign may send nothing now, or None if it may. Without its hours, no lock is held."""
        try:
            runner = CampaignRunner(Workspace(self._folder), self._database, self._clock)
            closed = runner.closed(self._options)
        except DatabaseError:
            raise
        except NewsletterError:
            # The run has the same error, and the campaign is paused.
            return None
        if closed:
            self._wait(id, closed)
        return closed

    def _wait(self, id: int, closed: Pause) -> None:
        """Record why a campaign waits without a process."""
        self._left.add(id)
        if self._closed.get(id) != closed:
            self._closed[id] = closed
            log_event("campaign waits", campaign=id, reason=str(closed))
            # The author may send with `--ignore-hours`.
            if not is_campaign_sending(self._database, id):
                with self._database.write() as connection:
                    record_reason(connection, id, str(closed))

    def _send(self, writer: LedgerWriter, id: int) -> None:
        campaign = campaign_by_id(self._database, id)
        self._closed.pop(id, None)
        if not campaign.may_continue:
            self._left.discard(id)
            return
        stop = Stop(self._stop)
        try:
            result = self._run(writer, campaign, stop)
        except DatabaseError:
            raise
        except NewsletterError as error:
            self._pause(campaign, error)
            return
        forget_sent(self._folder, self._database, campaign.slug)
        ending = result.ending
        counts = CampaignReports(self._database).counts(campaign)
        fields = {"campaign": id, "issue": campaign.slug, "counts": {each.value: counts[each] for each in counts}}
        log_event("campaign ended", **fields, state=ending.state.value, reason=ending.reason)
        if result.publish_error:
            self._log.warn("issue not marked as published", result.publish_error.message, issue=campaign.slug)
        if ending.state is CampaignState.SENDING and not ending.others:
            self._left.add(id)
        else:
            self._left.discard(id)
        if ending.state is CampaignState.PAUSED and not ending.reason.startswith(_BY_AUTHOR):
            self._report(campaign, ending.reason)

    def _run(self, writer: LedgerWriter, campaign: Campaign, stop: Stop) -> RunResult:
        workspace = Workspace(self._folder)
        document = workspace.issue(campaign.slug)
        preparation = Preparation(workspace, self._database, self._clock)
        prepared = preparation.compose_again(document, campaign)
        uncertain = prepare_resume(
            workspace, self._database, campaign, prepared, transition=Transition.CONTINUE, clock=self._clock
        )
        log_event("campaign begun", campaign=campaign.id, issue=campaign.slug, uncertain=len(uncertain))
        self._begun(campaign.id)
        self._metrics.begin_run()

        def progress(tally: Tally) -> None:
            self._metrics.count(tally)
            if error := tally.waits_for:
                self._log.warn("campaign waits", error.message, advice=error.advice)
            if tally.closed:
                # Others may send meanwhile.
                stop.drain()

        runner = CampaignRunner(workspace, self._database, self._clock)
        return runner.run(writer, campaign, prepared, self._options, progress, stop)

    def _pause(self, campaign: Campaign, error: NewsletterError) -> None:
        """Pause a campaign that cannot be sent, since the next attempt would fail for the same reason.

        If another process sends it, the reason is one of this worker, such as its copy of the publication.
        """
        if not campaign_by_id(self._database, campaign.id).may_continue:
            return
        if is_campaign_sending(self._database, campaign.id):
            self._log.warn("campaign not joined", error.message, campaign=campaign.id, issue=campaign.slug)
            return
        with self._database.write() as connection:
            paused = change_state(connection, campaign.id, Transition.STOP, error.message, int(self._clock()))
        self._log.warn("campaign paused", error.message, campaign=campaign.id, issue=campaign.slug)
        if paused:
            self._report(campaign, error.message)

    def _report(self, campaign: Campaign, reason: str) -> None:
        with self._database.write() as connection:
            report_stop(connection, campaign.id, reason)
        self._reported()
