"""Runs campaigns: sends to the recipients of a campaign, alone or together with other processes."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from newsletter.campaign.announced_campaign import announce_campaign
from newsletter.campaign.ending import CampaignEnder, RunResult
from newsletter.campaign.receipt_writer import ReceiptWriter
from newsletter.campaign.record_stop import run_and_record_stop
from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.run_state import RunRules
from newsletter.campaign.sending import STOPPED, CampaignRun, RunEnding, SendingLimits
from newsletter.campaign.sending_gate import SendingGate, make_gate
from newsletter.campaign.servers import open_servers, retry_windows
from newsletter.campaign.shared_campaign import SharedCampaign
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Pause, Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import NewsletterError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.leased_deliveries import is_free
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.uncertain import Retryable, count_retryable, read_retryable_page, read_uncertain_page
from newsletter.mail.message import PreparedMessage, Recipient
from newsletter.transports.base import Outgoing
from newsletter.workspace.workspace import Workspace


class CampaignRunner:
    """Runs campaigns. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock
        self._settings = workspace.publication.delivery

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
            free = is_free() if shared else None
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
            return run_and_record_stop(
                self._database, campaign, run, stop, lambda: shared.others if shared else 0, tally, progress
            )

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
        ender = self._ender(campaign)
        ender.apply_rejections(credible=ending.credible)
        # Mark the issue first. If the process is killed before the campaign is complete, a resume marks it again.
        publish_error = ender.publish() if ending.state is CampaignState.COMPLETE else None
        recorded = ender.record(ending)
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
        publish_error, ender = None, self._ender(campaign)
        if ending.state is CampaignState.PAUSED:
            # The other processes stop when they see it.
            ending = ender.record(ending)
        if shared.complete or shared.is_last():
            ender.apply_rejections(credible=ending.credible)
            if ending.state is CampaignState.COMPLETE and not ending.already_recorded:
                publish_error = ender.publish()
                ending = ender.record(ending)
            shared.mark()
        return RunResult(ending, publish_error)

    def _gate(self, options: RunOptions) -> SendingGate | None:
        return make_gate(self._workspace.publication, self._database, self._clock, ignore_hours=options.ignore_hours)

    def _ender(self, campaign: Campaign) -> CampaignEnder:
        return CampaignEnder(self._workspace, self._database, campaign, self._clock)


def _is_drained(stop: Stop | None, ending: RunEnding) -> bool:
    """Return whether the run stopped so that another process continues the campaign."""
    return stop is not None and stop.draining and ending.reason == STOPPED and not ending.already_recorded
