"""Starts, resumes and runs campaigns."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from newsletter.bounces import bounce_queries
from newsletter.bounces.apply import apply_rejection
from newsletter.campaign.announced_campaign import announce_campaign
from newsletter.campaign.find_campaign import campaign_by_id, check_none_unfinished, require_none_unfinished
from newsletter.campaign.git_commit import current_commit
from newsletter.campaign.pause_and_cancel import stopped_error
from newsletter.campaign.receipt_check import require_current
from newsletter.campaign.receipt_writer import ReceiptWriter
from newsletter.campaign.record_stop import record_stop
from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.run_state import RunRules
from newsletter.campaign.sending import STOPPED, CampaignRun, RunEnding, SendingLimits
from newsletter.campaign.sending_gate import SendingGate
from newsletter.campaign.servers import open_servers, retry_windows
from newsletter.campaign.shared_campaign import SharedCampaign
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Pause, Tally
from newsletter.campaign.warm_up import WarmUp
from newsletter.campaign.worker_identity import is_gone
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import CampaignError, DatabaseError, NewsletterError
from newsletter.fields.zone import find_zone
from newsletter.issue.edit_status import set_status
from newsletter.issue.head import Status
from newsletter.issue.issue_file import IssueDocument
from newsletter.ledger import campaigns, leases
from newsletter.ledger.campaign import CORRECTION, Campaign, Transition
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.final_counts import delete_final_counts, store_final_counts
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.recipient_lock import lock_recipients
from newsletter.ledger.uncertain import (
    Retryable,
    count_retryable,
    mark_uncertain,
    read_retryable_page,
    read_uncertain_page,
)
from newsletter.mail.message import PreparedMessage, Recipient
from newsletter.publication.sending_window import make_window
from newsletter.render.past_issues import format_past_issues
from newsletter.subscribers.queries import lock_list
from newsletter.subscribers.segments import build_segment_condition, parse_segment
from newsletter.transports.base import Outgoing
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

# The number of rejections that are applied in one transaction.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The author's options for one run. None uses the value in the settings.

    Attributes:
        rate: Messages per second; 0 sets no limit.
        connections: Connections to each server.
        retry_uncertain: Whether uncertain deliveries are sent again.
        ignore_hours: Whether to send outside of the delivery hours, too.
    """

    rate: float | None = None
    connections: int | None = None
    retry_uncertain: bool = False
    ignore_hours: bool = False


@dataclass(frozen=True, slots=True)
class AudienceSize:
    """The size of an audience.

    Attributes:
        recipients: The number of recipients that a campaign would have.
        received: The number of subscribers who have received the issue, or may have.
        sent: Whether some of them received it from a campaign, and not as a welcome mail.
    """

    recipients: int
    received: int
    sent: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run.

    Attributes:
        publish_error: Why the issue of a complete campaign could not be marked as published, or None.
    """

    ending: RunEnding
    publish_error: NewsletterError | None = None


class CampaignService:
    """Starts, resumes and runs campaigns. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock
        self._settings = workspace.publication.delivery

    def audience_size(
        self, document: IssueDocument, prepared: PreparedMessage, audience: str, *, correction: bool = False
    ) -> AudienceSize:
        """Count the recipients that a campaign of an issue would have.

        Args:
            document: The issue.
            prepared: The message of the issue.
            audience: A filter in the syntax of `newsletter send --to`; empty for all active subscribers.
            correction: Whether it is sent to those who received the issue before.

        Raises:
            DocumentError: The filter is not valid.
        """
        condition = self._condition(audience)
        with self._database.read() as connection:
            content = prepared.digests if correction else ()
            pages = campaigns.select_recipients(connection, document.names, condition, content)
            return AudienceSize(
                sum(map(len, pages)),
                campaigns.count_received(connection, document.names),
                campaigns.was_sent(connection, document.names),
            )

    def require_current(self, document: IssueDocument) -> None:
        """Check that the ledger is not behind the receipts of an issue.

        Raises:
            CampaignError: It is, or it is another database.
        """
        require_current(self._database, self._workspace.root, document.names)

    def start(
        self,
        document: IssueDocument,
        prepared: PreparedMessage,
        audience: str,
        done: Callable[[int], None],
        *,
        correction: bool = False,
        created: Callable[[Connection, int], None] = lambda *_: None,
    ) -> Campaign:
        """Create a campaign with a delivery for each recipient; nothing is sent yet.

        Args:
            document: The issue.
            prepared: The message of the issue.
            audience: A filter in the syntax of `newsletter send --to`; empty for all active subscribers.
            done: Called with the number of recipients so far.
            correction: Whether it is sent to those who received the issue before.
            created: Called with the id of the campaign in the transaction that creates it.

        Raises:
            UnfinishedError: The issue has an unfinished campaign.
        CampaignError: The ledger is behind its receipts.
            TransportError: The settings name no server, or a password is missing.
        """
        require_none_unfinished(self._database, document.names)
        self.require_current(document)
        # Report incomplete settings before anything is written.
        open_servers(self._workspace, None)
        self._gate(RunOptions())
        commit = current_commit(self._workspace.root)
        new = campaigns.NewCampaign(
            document.slug,
            prepared.digest,
            prepared.head.subject,
            f"{CORRECTION} {audience}".strip() if correction else audience,
            commit.hash,
            commit.clean,
            int(prepared.head.date.timestamp()),
            document.issue.aliases,
            correction,
            format_past_issues(prepared.past_issues),
            prepared.digests,
        )
        condition = self._condition(audience)
        with self._database.write() as connection:
            # A schedule, the author and other processes may start campaigns of the same issue at once.
            lock_recipients(connection)
            check_none_unfinished(connection, self._database, document.names)
            id = campaigns.create_campaign(connection, new, condition, done)
            created(connection, id)
            # Many recipients take a while.
            campaigns.record_start(connection, id, int(self._clock()))
        return campaign_by_id(self._database, id)

    def resume(
        self,
        campaign: Campaign,
        prepared: PreparedMessage,
        *,
        retry_failed: bool = False,
        transition: Transition = Transition.RESUME,
    ) -> list[str]:
        """Prepare a campaign to be resumed.

        Args:
            campaign: The campaign.
            prepared: The message of the issue, from `Preparation.compose_again`.
            retry_failed: Whether failed deliveries become pending again.
            transition: `CONTINUE` if the author must not have paused it in the meantime.

        Returns:
            The addresses of messages that were in progress when the last run was killed. They are now uncertain. Those
            of other processes that still send the campaign are left alone.

        Raises:
            CampaignError: The content has changed, the ledger is behind its receipts, or the author paused or cancelled
                the campaign in the meantime.
        """
        require_current(self._database, self._workspace.root, (campaign.slug, *self._aliases(campaign.slug)))
        if campaign.content not in prepared.digests:
            raise CampaignError(
                f"{campaign.slug} has changed since campaign #{campaign.id} started",
                "Restore its content"
                + (f" (git commit {campaign.git_commit[:12]})" if campaign.git_commit else "")
                + f", or cancel the campaign with `newsletter campaign cancel {campaign.slug}` and send the"
                " issue again, without those who received it. An update of newsletter may change an email too.",
            )
        with self._database.write() as connection:
            lock_recipients(connection)
            uncertain = self._mark_uncertain(connection, campaign)
            if retry_failed:
                campaigns.reset_to_pending(connection, campaign, DeliveryState.FAILED)
                if connection.dialect.name == "postgresql":
                    leases.lease_again(connection, campaign.id)
            delete_final_counts(connection, campaign.id)
            if not campaigns.change_state(connection, campaign.id, transition, "", int(self._clock())):
                raise stopped_error(campaigns.find(connection, campaign.id) or campaign)
            if transition is Transition.RESUME:
                campaigns.record_start(connection, campaign.id, int(self._clock()))
        return uncertain

    def retryable(self, campaign: Campaign) -> Retryable | None:
        """Count the uncertain deliveries that a run retries by itself, or return None if there are none."""
        with self._database.read() as connection:
            return count_retryable(connection, campaign, retry_windows(self._settings), int(self._clock()))

    def closed(self, options: RunOptions) -> Pause | None:
        """Return why a campaign may send nothing now: outside of the hours, or at the limit of the day. None if it may.

        Raises:
            DatabaseError: The accepted messages of the day cannot be counted.
            CampaignError: The system does not know the time zone.
        """
        gate = self._gate(options)
        return gate.closed() if gate else None

    def run(
        self,
        writer: LedgerWriter,
        campaign: Campaign,
        prepared: PreparedMessage,
        options: RunOptions,
        progress: Callable[[Tally], None],
        stop: Stop | None = None,
    ) -> RunResult:
        """Send a campaign until no recipient is left or it stops. Mark the issue of a complete campaign as published.

        Args:
            writer: The writer to the ledger from `sending_lock`.
            campaign: The campaign, in the state `sending`.
            prepared: The message of the issue.
            options: The author's options for this run.
            progress: Called several times a second with the counts so far.
            stop: The author's request to stop.

        Raises:
            DatabaseError: The ledger cannot be read or written.
            TransportError: The settings name no server, or a password is missing.
            CampaignError, AccessError: The receipt cannot be read or written.
        """

        def compose(waiting: WaitingDelivery) -> Outgoing:
            return prepared.to(
                Recipient(
                    waiting.id, campaign.id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language
                )
            )

        windows = retry_windows(self._settings)
        shared = SharedCampaign(self._database, writer, campaign, self._workspace.root) if writer.leased else None

        def read_uncertain(connection: Connection, after: int, size: int) -> list[WaitingDelivery]:
            free = leases.is_free() if shared else None
            if options.retry_uncertain:
                found = read_uncertain_page(connection, campaign, after, size, free)
            else:
                found = read_retryable_page(connection, campaign, windows, int(self._clock()), after, size, free)
            return shared.lease_uncertain(connection, found) if shared else found

        rules = RunRules(self._settings.retry_after, self._settings.pause_at)
        limits = SendingLimits(
            self._settings.rate if options.rate is None else options.rate, self._settings.domain_rate
        )
        make_run = partial(
            CampaignRun,
            self._database,
            writer,
            campaign.id,
            compose,
            open_servers(self._workspace, options.connections),
            rules,
            limits,
            retried=RetriedDeliveries(read_uncertain) if options.retry_uncertain or windows else None,
            stop=stop,
            gate=self._gate(options),
            clock=self._clock,
        )

        def record(run: Callable[[], RunResult], tally: Tally) -> RunResult:
            if stop is None:
                return run()
            return self._record_stop(campaign, run, stop, lambda: shared.others if shared else 0, tally, progress)

        if shared:
            sending = make_run(shared=shared)
            with shared.joined(sending.tally):
                return record(lambda: self._run_shared(campaign, sending, shared, progress, stop), sending.tally)
        receipt = ReceiptWriter(self._database, self._workspace.root, campaign)
        sending = make_run(cover=receipt.cover)
        with announce_campaign(self._database, campaign.id):
            return record(lambda: self._run_alone(campaign, sending, receipt, progress, stop), sending.tally)

    def _run_shared(
        self,
        campaign: Campaign,
        sending: CampaignRun,
        shared: SharedCampaign,
        progress: Callable[[Tally], None],
        stop: Stop | None,
    ) -> RunResult:
        try:
            return self._end_shared(campaign, sending.run(progress), shared, stop)
        except NewsletterError:
            with suppress(NewsletterError):
                shared.mark()
            raise

    def _run_alone(
        self,
        campaign: Campaign,
        sending: CampaignRun,
        receipt: ReceiptWriter,
        progress: Callable[[Tally], None],
        stop: Stop | None,
    ) -> RunResult:
        receipt.mark()
        try:
            ending = sending.run(progress)
        except NewsletterError:
            with suppress(NewsletterError):
                receipt.mark()
            raise
        if _is_drained(stop, ending):
            receipt.mark()
            return RunResult(replace(ending, state=CampaignState.SENDING, already_recorded=True))
        if ending.state is CampaignState.SENDING:
            return RunResult(ending)
        self._apply_rejections(campaign, credible=ending.credible)
        # Mark the issue first. If the process is killed before the campaign is complete, a resume marks it again.
        publish_error = self._publish(campaign.slug) if ending.state is CampaignState.COMPLETE else None
        recorded = self._record(campaign, ending)
        receipt.mark()
        return RunResult(recorded, publish_error)

    def _end_shared(
        self, campaign: Campaign, ending: RunEnding, shared: SharedCampaign, stop: Stop | None
    ) -> RunResult:
        """End the run of a process that may not be the only one: the last one does the rest, as does a coordinator."""
        if ending.state is CampaignState.SENDING:
            return RunResult(ending)
        if _is_drained(stop, ending):
            shared.mark()
            return RunResult(replace(ending, state=CampaignState.SENDING, already_recorded=True))
        publish_error = None
        if ending.state is CampaignState.PAUSED:
            # The other processes stop when they see it.
            ending = self._record(campaign, ending)
        if shared.complete or shared.is_last():
            self._apply_rejections(campaign, credible=ending.credible)
            if ending.state is CampaignState.COMPLETE and not ending.already_recorded:
                publish_error = self._publish(campaign.slug)
                ending = self._record(campaign, ending)
            shared.mark()
        return RunResult(ending, publish_error)

    def _mark_uncertain(self, connection: Connection, campaign: Campaign) -> list[str]:
        if connection.dialect.name != "postgresql":
            return mark_uncertain(connection, campaign.id)
        leases.set_timeouts(connection)
        found = leases.read_shared(connection, campaign.id, leases.DURATION).leases
        gone = [lease.id for lease in found if lease.dead or is_gone(lease.worker)]
        return leases.revoke(connection, campaign.id, gone) + leases.mark_free_uncertain(connection, campaign.id)

    def _aliases(self, slug: str) -> tuple[str, ...]:
        return self._workspace.issue(slug).issue.aliases

    def _record(self, campaign: Campaign, ending: RunEnding) -> RunEnding:
        """Record how a run ended. If the author paused or cancelled the campaign, that state is kept."""
        if ending.already_recorded:
            return ending
        transition = Transition.COMPLETE if ending.state is CampaignState.COMPLETE else Transition.STOP
        with self._database.write() as connection:
            if campaigns.change_state(connection, campaign.id, transition, ending.reason, int(self._clock())):
                if transition is Transition.COMPLETE and ending.counts:
                    store_final_counts(connection, campaign.id, ending.counts)
                return ending
        found = campaign_by_id(self._database, campaign.id)
        return replace(ending, state=found.state, reason=found.reason, already_recorded=True)

    def _record_stop(
        self,
        campaign: Campaign,
        run: Callable[[], RunResult],
        stop: Stop,
        others: Callable[[], int],
        tally: Tally,
        progress: Callable[[Tally], None],
    ) -> RunResult:
        """Do a run. If the author ended it before its state was recorded, record that, so that no worker continues it.

        Other processes that send the campaign go on.
        """
        try:
            result = run()
        except DatabaseError as error:
            if not error.transient or not stop.by_author or others():
                raise
            result = RunResult(RunEnding(CampaignState.SENDING, error.message, already_recorded=True))
        if result.ending.state is not CampaignState.SENDING or not stop.by_author or others():
            return result

        def waiting() -> None:
            tally.recording_stop = True
            progress(tally)

        if record_stop(self._database, campaign.id, stop, waiting):
            return result
        pause = f"`newsletter campaign pause {campaign.slug}`"
        warning = f"the stop could not be recorded; a worker may continue, unless you run {pause}"
        return replace(result, ending=replace(result.ending, warning=warning))

    def _apply_rejections(self, campaign: Campaign, *, credible: bool) -> None:
        """Treat the rejections of a run as bounces. An address that does not exist is suppressed.

        If they are not `credible`, they are only recorded, because the server may have rejected the sender.
        """
        with self._database.read() as connection:
            rejected = bounce_queries.list_unapplied_rejections(connection, campaign.id)
            while page := list(islice(rejected, _PAGE)):
                with self._database.write() as writing:
                    lock_list(writing)
                    for delivery in page:
                        apply_rejection(writing, campaign.id, delivery, int(self._clock()), credible=credible)

    def _publish(self, slug: str) -> NewsletterError | None:
        """Mark an issue as published in its file. Returns the error if the file cannot be changed."""
        try:
            # Find and read the issue again, because the author may have renamed or edited it.
            path = self._workspace.find(slug)
            document = self._workspace.issue(slug)
            if document.issue.status is Status.DRAFT:
                WorkspaceEditor(self._workspace).change(path, lambda source: set_status(source, Status.PUBLISHED))
        except NewsletterError as error:
            return error
        return None

    def _gate(self, options: RunOptions) -> SendingGate | None:
        settings, window = self._settings, None
        timed = bool(settings.hours or settings.weekdays) and not options.ignore_hours
        if not (timed or settings.warmup):
            return None
        zone = find_zone(self._workspace.publication.timezone)
        if timed:
            window = make_window(settings.hours, settings.weekdays, zone)
        warm_up = WarmUp(settings.warmup, zone, self._database, self._clock) if settings.warmup else None
        return SendingGate(window, self._clock, day=warm_up.today if warm_up else None, zone=zone)

    def _condition(self, audience: str) -> "ColumnElement[bool]":
        return build_segment_condition(parse_segment(audience, "--to"), self._workspace.publication.language)


def _is_drained(stop: Stop | None, ending: RunEnding) -> bool:
    """Return whether the run stopped so that another process continues the campaign."""
    return stop is not None and stop.draining and ending.reason == STOPPED and not ending.already_recorded
