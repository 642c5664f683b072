"""Campaigns from start to end: an issue and its audience become a campaign, which is sent, and resumed if need be."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from newsletter.bounces import bounce_queries
from newsletter.bounces.apply import apply_rejection
from newsletter.campaign.find_campaign import campaign_by_id, require_none_unfinished
from newsletter.campaign.git_commit import current_commit
from newsletter.campaign.pause_and_cancel import finished_error
from newsletter.campaign.run_state import RunRules
from newsletter.campaign.sending import RunEnding, Sending, SendingLimits
from newsletter.campaign.servers import open_servers
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import CampaignError, NewsletterError
from newsletter.issue.edit_status import with_status
from newsletter.issue.issue_file import IssueDocument
from newsletter.issue.model import Status
from newsletter.ledger import campaigns, deliveries
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.deliveries import LedgerWriter, Waiting
from newsletter.mail.message import PreparedMessage, Recipient
from newsletter.subscribers.segments import read_segment, segment_condition
from newsletter.transports.base import Outgoing
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

# Rejections that are applied in one transaction.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the author asks of one run. None keeps the settings' value.

    Attributes:
        rate: Messages per second; 0 sets no limit.
        connections: Connections to each server.
    """

    rate: float | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class AudienceSize:
    """How many recipients a campaign would have, and how many subscribers received the issue, or may have."""

    recipients: int
    received: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `publish_error` is why the issue of a complete campaign could not be marked as published."""

    ending: RunEnding
    publish_error: NewsletterError | None = None


class CampaignService:
    """Starts, resumes and runs campaigns. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock
        self._settings = workspace.publication.delivery

    def audience_size(self, slug: str, audience: str) -> AudienceSize:
        """Count the recipients that a campaign of an issue would have.

        Args:
            slug: The issue.
            audience: A filter as `newsletter send --to` takes it; empty for all active subscribers.

        Raises:
            DocumentError: The filter cannot be read.
        """
        condition = self._selected(audience)
        with self._database.read() as connection:
            number = sum(len(page) for page in campaigns.recipients(connection, slug, condition))
            return AudienceSize(number, campaigns.count_received(connection, slug))

    def start(
        self, document: IssueDocument, prepared: PreparedMessage, audience: str, done: Callable[[int], None]
    ) -> Campaign:
        """Create a campaign with a delivery for each recipient; nothing is sent yet.

        Args:
            document: The issue.
            prepared: Its message.
            audience: A filter as `newsletter send --to` takes it; empty for all active subscribers.
            done: Called with the number of recipients so far.

        Raises:
            CampaignError: The issue has an unfinished campaign.
            TransportError: The settings name no server, or a password is missing.
        """
        require_none_unfinished(self._database, document.slug)
        # Settings that are not complete raise before anything is written.
        open_servers(self._workspace, None)
        commit = current_commit(self._workspace.root)
        subject = document.issue.subject or document.issue.title
        now = int(prepared.head.date.timestamp())
        new = campaigns.NewCampaign(document.slug, prepared.digest, subject, audience, commit.hash, commit.clean, now)
        condition = self._selected(audience)
        with self._database.write() as connection:
            id = campaigns.create_campaign(connection, new, condition, done)
        return campaign_by_id(self._database, id)

    def resume(self, campaign: Campaign, prepared: PreparedMessage, *retried: DeliveryState) -> list[str]:
        """Prepare a campaign to be sent on.

        Args:
            campaign: The campaign.
            prepared: The message of its issue as it is now.
            retried: Deliveries in these states are made pending again.

        Returns:
            The addresses of messages that were under way when the last run was killed. They are uncertain now, or
            pending if uncertain deliveries are retried.

        Raises:
            CampaignError: The content has changed, or the campaign was cancelled in the meantime.
        """
        if prepared.digest != campaign.content:
            raise CampaignError(
                f"{campaign.slug} is no longer what campaign #{campaign.id} began to send",
                "Put it back as it was"
                + (f" (git commit {campaign.git_commit[:12]})" if campaign.git_commit else "")
                + f", or end the campaign: `newsletter campaign cancel {campaign.slug}`.",
            )
        with self._database.write() as connection:
            uncertain = deliveries.mark_uncertain(connection, campaign.id)
            for state in retried:
                campaigns.reset_to_pending(connection, campaign, state)
            if not campaigns.change_state(connection, campaign.id, Transition.RESUME, "", int(self._clock())):
                raise finished_error(replace(campaign, state=CampaignState.CANCELLED))
        return uncertain

    def run(
        self,
        writer: LedgerWriter,
        campaign: Campaign,
        prepared: PreparedMessage,
        options: RunOptions,
        progress: Callable[[Tally], None],
        stop: Stop | None = None,
    ) -> RunResult:
        """Send a campaign until nothing is left or something stops it. A complete campaign's issue is published.

        Args:
            writer: The writer to the ledger, which holds the sending lock; see `sending_lock`.
            campaign: The campaign, in the state `sending`.
            prepared: Its message.
            options: What the author asks of this run.
            progress: Called several times a second with the counts so far.
            stop: Set by the author to stop the run.

        Raises:
            DatabaseError, TransportError: The ledger or the settings cannot be used.
        """

        def addressed(waiting: Waiting) -> Outgoing:
            return prepared.to(
                Recipient(
                    waiting.id, campaign.id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language
                )
            )

        rules = RunRules(self._settings.retry_after, self._settings.pause_at)
        limits = SendingLimits(
            self._settings.rate if options.rate is None else options.rate, self._settings.domain_rate
        )
        servers = open_servers(self._workspace, options.connections)
        sending = Sending(
            self._database, writer, campaign.id, addressed, servers, rules, limits, stop=stop, clock=self._clock
        )
        ending = sending.run(progress)
        if ending.state is CampaignState.SENDING:
            return RunResult(ending)
        self._apply_rejections(campaign, credible=ending.credible)
        # The issue comes first: a campaign that is killed between the two is resumed, and comes here again.
        publish_error = self._publish(campaign.slug) if ending.state is CampaignState.COMPLETE else None
        return RunResult(self._record(campaign, ending), publish_error)

    def _record(self, campaign: Campaign, ending: RunEnding) -> RunEnding:
        """Record how a run ended. The author's pause or cancellation in the meantime has priority."""
        if ending.already_recorded:
            return ending
        transition = Transition.COMPLETE if ending.state is CampaignState.COMPLETE else Transition.STOP
        with self._database.write() as connection:
            if campaigns.change_state(connection, campaign.id, transition, ending.reason, int(self._clock())):
                return ending
        found = campaign_by_id(self._database, campaign.id)
        return replace(ending, state=found.state, reason=found.reason, already_recorded=True)

    def _apply_rejections(self, campaign: Campaign, *, credible: bool) -> None:
        """Treat the rejections of a run as bounces: an address that does not exist is suppressed.

        They are only recorded where they are not `credible`, since the server may have rejected the sender.
        """
        with self._database.read() as connection:
            rejected = bounce_queries.unapplied_rejections(connection, campaign.id)
            while page := list(islice(rejected, _PAGE)):
                with self._database.write() as writing:
                    for delivery in page:
                        apply_rejection(writing, campaign.id, delivery, int(self._clock()), credible=credible)

    def _publish(self, slug: str) -> NewsletterError | None:
        """Mark an issue as published in its file. Returns the error if the file cannot be changed."""
        try:
            # The author may have renamed the issue or be editing it.
            path = self._workspace.find(slug)
            document = self._workspace.issue(slug)
            if document.issue.status is Status.DRAFT:
                WorkspaceEditor(self._workspace).change(path, lambda source: with_status(source, Status.PUBLISHED))
        except NewsletterError as error:
            return error
        return None

    def _selected(self, audience: str) -> "ColumnElement[bool]":
        return segment_condition(read_segment(audience, "--to"), self._workspace.publication.language)
