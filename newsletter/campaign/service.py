"""The post office: a letter goes to its audience as a campaign, which is begun, taken up again, and run to its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from newsletter.bounces import bounce_queries
from newsletter.bounces.apply import settle_refusal
from newsletter.campaign.campaigns import Campaigns, over
from newsletter.campaign.git_commit import commit_of
from newsletter.campaign.preflight import Rehearsal
from newsletter.campaign.run_state import Rules
from newsletter.campaign.sending import Ending, Limits, Sending
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
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.deliveries import LedgerWriter, Waiting
from newsletter.mail.message import Letter, Recipient
from newsletter.subscribers.segments import read_segment, segment_condition
from newsletter.transports.base import Outgoing
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

# How many refusals are settled in one transaction.
_SOME = 500


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the author asks of one run: messages a second, and connections; where nothing is said, the settings hold."""

    rate: float | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many a campaign would write to, and how many of all have had the issue or may have it."""

    recipients: int
    had: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run ended; `unpublished` is why the file of a complete campaign's issue could not be changed."""

    ending: Ending
    unpublished: NewsletterError | None = None


class PostOffice:
    """Sends the issues of a publication; `clock` gives seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.workspace, self.database, self._clock = workspace, database, clock
        self.settings = workspace.publication.delivery
        self.rehearsal = Rehearsal(workspace, database, clock)
        self.campaigns = Campaigns(workspace, database, clock)

    def reach(self, slug: str, audience: str) -> Reach:
        """How many a campaign would write to; `audience` is as `read_segment` takes it.

        Raises:
            DocumentError: the audience cannot be read.
        """
        condition = self._selected(audience)
        with self.database.read() as reading:
            number = sum(len(page) for page in campaigns.recipients(reading, slug, condition))
            return Reach(number, campaigns.had(reading, slug))

    def begin(self, document: IssueDocument, letter: Letter, audience: str, done: Callable[[int], None]) -> Campaign:
        """Begin a campaign: everybody in its audience is noted, and nobody is written to yet.

        Raises:
            CampaignError: one of the same issue is not finished.
            TransportError: the settings name no server, or a password is missing.
        """
        self.campaigns.require_new(document.slug)
        # What the settings lack is told before anything is noted.
        open_servers(self.workspace, None)
        commit = commit_of(self.workspace.root)
        subject = document.issue.subject or document.issue.title
        now = int(letter.head.date.timestamp())
        beginning = campaigns.Beginning(document.slug, letter.digest, subject, audience, commit.hash, commit.clean, now)
        condition = self._selected(audience)
        with self.database.write() as writing:
            id = campaigns.begin(writing, beginning, condition, done)
        return self.campaigns.campaign(id)

    def take_up(self, campaign: Campaign, letter: Letter, *again: DeliveryState) -> list[str]:
        """Make a campaign ready to go on, and to those in some states anew.

        Returns the addresses of those who were under way when the last run was broken off.

        Raises:
            CampaignError: its content has changed, or it was cancelled meanwhile.
        """
        if letter.digest != campaign.content:
            raise CampaignError(
                f"{campaign.slug} is no longer what campaign #{campaign.id} began to send",
                "Put it back as it was"
                + (f" (git commit {campaign.git_commit[:12]})" if campaign.git_commit else "")
                + f", or end the campaign: `newsletter campaign cancel {campaign.slug}`.",
            )
        with self.database.write() as writing:
            doubtful = deliveries.doubt(writing, campaign.id)
            for state in again:
                campaigns.again(writing, campaign, state)
            resumable = (*campaigns.UNFINISHED, CampaignState.COMPLETE)
            if not campaigns.change_state(writing, campaign.id, resumable, CampaignState.SENDING, ""):
                raise over(replace(campaign, state=CampaignState.CANCELLED))
        return doubtful

    def run(
        self,
        writer: LedgerWriter,
        campaign: Campaign,
        letter: Letter,
        wishes: Wishes,
        progress: Callable[[Tally], None],
        stop: Stop | None = None,
    ) -> Sent:
        """Send a campaign until it ends, with the right to send; when it is complete, its issue is published.

        Raises:
            DatabaseError, TransportError: the ledger or the settings cannot be used.
        """

        def addressed(waiting: Waiting) -> Outgoing:
            return letter.to(
                Recipient(
                    waiting.id, campaign.id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language
                )
            )

        rules = Rules(self.settings.retry_after, self.settings.pause_at)
        limits = Limits(self.settings.rate if wishes.rate is None else wishes.rate, self.settings.domain_rate)
        servers = open_servers(self.workspace, wishes.connections)
        sending = Sending(
            self.database, writer, campaign.id, addressed, servers, rules, limits, stop=stop, clock=self._clock
        )
        ending = sending.run(progress)
        if ending.state is CampaignState.SENDING:
            return Sent(ending)
        self._settle_refusals(campaign, credible=ending.credible)
        # First the issue: a campaign that was killed between the two is resumed, and comes here again.
        unpublished = self._publish(campaign.slug) if ending.state is CampaignState.COMPLETE else None
        return Sent(self._noted(campaign, ending), unpublished)

    def _noted(self, campaign: Campaign, ending: Ending) -> Ending:
        """Note how a campaign ended, unless the author has said so first."""
        if ending.told:
            return ending
        complete = ending.state is CampaignState.COMPLETE
        before = campaigns.UNFINISHED if complete else (CampaignState.SENDING,)
        finished = int(self._clock()) if complete else None
        with self.database.write() as writing:
            if campaigns.change_state(writing, campaign.id, before, ending.state, ending.reason, finished):
                return ending
        found = self.campaigns.campaign(campaign.id)
        return replace(ending, state=found.state, reason=found.reason, told=True)

    def _settle_refusals(self, campaign: Campaign, *, credible: bool) -> None:
        """Nobody is written to again at an address of which a server has said that there is none, if it is believed."""
        with self.database.read() as reading:
            refused = bounce_queries.unsettled_refusals(reading, campaign.id)
            while some := list(islice(refused, _SOME)):
                with self.database.write() as writing:
                    for one in some:
                        settle_refusal(writing, campaign.id, one, int(self._clock()), credible=credible)

    def _publish(self, slug: str) -> NewsletterError | None:
        """Set the status of an issue's file, which the author may have moved or be changing; returns why it is not."""
        try:
            path = self.workspace.find(slug)
            document = self.workspace.issue(slug)
            if document.issue.status is Status.DRAFT:
                WorkspaceEditor(self.workspace).change(path, lambda source: with_status(source, Status.PUBLISHED))
        except NewsletterError as error:
            return error
        return None

    def _selected(self, audience: str) -> "ColumnElement[bool]":
        return segment_condition(read_segment(audience, "--to"), self.workspace.publication.language)
