"""The post office: an issue becomes a letter, is checked and tested, and goes to its audience as a campaign."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from newsletter.app.checker import Checker
from newsletter.app.commit import commit_of
from newsletter.app.desk import Desk
from newsletter.app.letters import letter_of
from newsletter.app.press import Press
from newsletter.app.spam import spam_asker
from newsletter.content.audience import read_audience
from newsletter.delivery.bounces.settling import settle_refusal
from newsletter.delivery.campaign import Ending, Limits, Sending
from newsletter.delivery.message import Letter, Recipient
from newsletter.delivery.pace import Pace
from newsletter.delivery.run import Rules, Server
from newsletter.delivery.tally import Tally
from newsletter.documents.issue import IssueDocument
from newsletter.documents.status import with_status
from newsletter.errors import CampaignError, DocumentError, Severity
from newsletter.models.campaign import Campaign
from newsletter.models.delivery import Answer, CampaignState, DeliveryState, Outgoing, Verdict
from newsletter.models.delivery_settings import Handover
from newsletter.models.issue import Status
from newsletter.store import campaigns, ledger
from newsletter.store.audience import selected
from newsletter.store.database import Database
from newsletter.store.keys import signing_keys
from newsletter.store.ledger import Waiting
from newsletter.transports.open import open_transports

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


class PostOffice:
    """Sends the issues of a publication; `clock` gives seconds since 1970."""

    def __init__(self, press: Press, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.press, self.database, self._clock = press, database, clock
        self.settings = press.publication.delivery

    def letter(self, document: IssueDocument, begun: int | None = None) -> Letter:
        """An issue as its recipients get it; its date is when its campaign began.

        Raises:
            PressError: it cannot be rendered, or the settings lack something.
        """
        date = datetime.fromtimestamp(self._clock() if begun is None else begun, UTC).replace(microsecond=0)
        with self.database.write() as writing:
            keys = signing_keys(writing, "token")
        return letter_of(self.press, document, date, keys, os.environ)

    def require_sound(self, document: IssueDocument) -> None:
        """Refuse an issue if the checks find an error in it, or in `newsletter.yaml`.

        Raises:
            DocumentError: all errors.
            PressError: why it could not be checked whole.
        """
        checker = Checker(self.press, ask_spam=spam_asker(self.press.root / ".newsletter", os.environ))
        checked = checker.issue(str(document.path))
        if checked.failure:
            raise checked.failure
        found = (*checker.publication().problems, *checked.problems)
        errors = [problem for problem in found if problem.severity is Severity.ERROR]
        if errors:
            raise DocumentError(errors)

    def test(self, document: IssueDocument, letter: Letter, addresses: Sequence[str]) -> list[tuple[str, Answer]]:
        """Send an issue to some addresses, outside of any campaign; where all are accepted, it is noted as tested.

        Raises:
            CampaignError: one is no address.
            TransportError: no server can be reached.
        """
        messages = [letter.to(Recipient(0, 0, 0, address, "", "")) for address in addresses]
        transport = open_transports(self.settings, os.environ, self.press.root)[0]
        answers: list[tuple[str, Answer]] = []
        connection = transport.connect()
        try:
            for address, message in zip(addresses, messages, strict=True):
                if not connection.usable:
                    connection.close()
                    connection = transport.connect()
                answers.append((address, connection.send(message)))
        finally:
            connection.close()
        if all(answer.verdict is Verdict.ACCEPTED for _, answer in answers):
            with self.database.write() as writing:
                campaigns.prove(writing, document.slug, letter.digest, int(self._clock()))
        return answers

    def require_tested(self, document: IssueDocument, letter: Letter) -> None:
        """Refuse content of which no test was sent.

        Raises:
            CampaignError: there was none of exactly this content.
        """
        with self.database.read() as reading:
            if not campaigns.proved(reading, document.slug, letter.digest):
                raise CampaignError(
                    f"no test of {document.slug} as it is now has been sent",
                    f"Send one and look at it: `newsletter send {document.slug} --test ADDRESS`; or add --untested.",
                )

    def require_new(self, slug: str) -> None:
        """Refuse to begin a campaign beside one of the same issue that can go on.

        Raises:
            CampaignError: there is one.
        """
        with self.database.read() as reading:
            for campaign in campaigns.newest_first(reading, slug):
                if campaigns.unfinished(campaign):
                    raise CampaignError(
                        f"campaign #{campaign.id} of {slug} is not finished: {campaign.state}",
                        f"Go on: `newsletter send {slug} --resume`; or end it: `newsletter campaign cancel {slug}`.",
                    )

    def reach(self, slug: str, audience: str) -> Reach:
        """How many a campaign would write to; `audience` is as `read_audience` takes it.

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
        self.require_new(document.slug)
        # What the settings lack is told before anything is noted.
        self._servers(None)
        commit = commit_of(self.press.root)
        subject = document.issue.subject or document.issue.title
        now = int(letter.head.date.timestamp())
        beginning = campaigns.Beginning(document.slug, letter.digest, subject, audience, commit.hash, commit.clean, now)
        condition = self._selected(audience)
        with self.database.write() as writing:
            id = campaigns.begin(writing, beginning, condition, done)
        return self.campaign(id)

    def campaign(self, id: int) -> Campaign:
        """A campaign by its number.

        Raises:
            CampaignError: there is none.
        """
        with self.database.read() as reading:
            found = campaigns.find(reading, id)
        if found is None:
            raise CampaignError(f"there is no campaign #{id}", "`newsletter campaigns` lists all.")
        return found

    def history(self) -> list[Campaign]:
        """All campaigns, newest first."""
        with self.database.read() as reading:
            return campaigns.newest_first(reading)

    def counts(self, campaign: Campaign) -> dict[DeliveryState, int]:
        """How many deliveries are in each state."""
        with self.database.read() as reading:
            return campaigns.counts(reading, campaign.id)

    def reasons(self, campaign: Campaign) -> list[tuple[DeliveryState, str, int]]:
        """What servers said of those who failed or were put off, and how often."""
        with self.database.read() as reading:
            return campaigns.reasons(reading, campaign.id)

    def deliveries(self, id: int, states: Iterable[DeliveryState] = DeliveryState) -> Iterator[campaigns.Delivery]:
        """What became of each recipient of a campaign."""
        with self.database.read() as reading:
            yield from campaigns.deliveries(reading, id, states)

    def uncertain(self, campaign: Campaign, most: int) -> list[str]:
        """Who may have the issue or not: some addresses."""
        return [one.address for one in islice(self.deliveries(campaign.id, [DeliveryState.UNCERTAIN]), most)]

    def change_state(self, campaign: Campaign, state: CampaignState) -> Campaign:
        """Pause or cancel a campaign; a process that sends it notices.

        Raises:
            CampaignError: it is over.
        """
        if not campaigns.unfinished(campaign):
            raise CampaignError(f"campaign #{campaign.id} of {campaign.slug} is {campaign.state} already")
        now = int(self._clock()) if state is CampaignState.CANCELLED else None
        with self.database.write() as writing:
            campaigns.change_state(writing, campaign.id, state, "by the author", now)
        return campaign

    def named(self, name: str) -> Campaign:
        """The newest campaign of an issue, by its slug, number or path; or a campaign by `#` and its number.

        Raises:
            CampaignError: there is none.
        """
        if name.startswith("#") and name[1:].isdecimal():
            return self.campaign(int(name[1:]))
        slug = self.press.find(name).stem
        with self.database.read() as reading:
            found = campaigns.newest_first(reading, slug)
        if not found:
            raise CampaignError(f"{slug} has not been sent", "`newsletter campaigns` lists all campaigns.")
        return found[0]

    def waiting(self, name: str | None, *states: DeliveryState) -> Campaign:
        """The campaign that can go on, or has deliveries in one of the states; of an issue, where one is named.

        Raises:
            CampaignError: there is none, or more than one.
        """
        with self.database.read() as reading:
            slug = self.press.find(name).stem if name else None
            found = [
                campaign
                for campaign in campaigns.newest_first(reading, slug)
                if campaigns.unfinished(campaign)
                or (states and any(campaigns.counts(reading, campaign.id)[state] for state in states))
            ]
        found = [campaign for campaign in found if campaign.state is not CampaignState.CANCELLED]
        if not found:
            raise CampaignError("there is no campaign to go on with", "`newsletter campaigns` lists all.")
        if len(found) > 1 and not name:
            some = ", ".join(f"{campaign.slug} (#{campaign.id})" for campaign in found[:5])
            raise CampaignError(f"{len(found)} campaigns can go on: {some}", "Name the issue.")
        return found[0]

    def take_up(self, campaign: Campaign, letter: Letter, *again: DeliveryState) -> int:
        """Make a campaign ready to go on, and to those in some states anew; returns how many a kill left in doubt.

        Raises:
            CampaignError: its content has changed.
        """
        if letter.digest != campaign.content:
            raise CampaignError(
                f"{campaign.slug} is no longer what campaign #{campaign.id} began to send",
                "Put it back as it was"
                + (f" (git commit {campaign.git_commit[:12]})" if campaign.git_commit else "")
                + f", or end the campaign: `newsletter campaign cancel {campaign.slug}`.",
            )
        with self.database.write() as writing:
            doubtful = ledger.doubt(writing, campaign.id)
            for state in again:
                campaigns.again(writing, campaign, state)
            campaigns.change_state(writing, campaign.id, CampaignState.SENDING, "")
        return doubtful

    def run(self, campaign: Campaign, letter: Letter, wishes: Wishes, progress: Callable[[Tally], None]) -> Ending:
        """Send a campaign until it ends; when it is complete, its issue is published.

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
        servers = self._servers(wishes.connections)
        ending = Sending(self.database, campaign.id, addressed, servers, rules, limits, clock=self._clock).run(progress)
        self._settle_refusals(campaign)
        if ending.state is CampaignState.COMPLETE:
            # First the issue: a campaign that was killed between the two is resumed, and comes here again.
            self._publish(campaign.slug)
        if not ending.told:
            finished = int(self._clock()) if ending.state is CampaignState.COMPLETE else None
            with self.database.write() as writing:
                campaigns.change_state(writing, campaign.id, ending.state, ending.reason, finished)
        return ending

    def _settle_refusals(self, campaign: Campaign) -> None:
        """Nobody is written to again at an address of which a server has said that there is none."""
        refused = self.deliveries(campaign.id, [DeliveryState.FAILED])
        while some := list(islice(refused, _SOME)):
            with self.database.write() as writing:
                for one in some:
                    settle_refusal(writing, campaign.id, one, int(self._clock()))

    def _servers(self, connections: int | None) -> list[Server]:
        settings = self.settings
        transports = open_transports(settings, os.environ, self.press.root)
        rates: Iterable[int] = (
            (server.rate for server in settings.smtp) if settings.transport is Handover.SMTP else [0] * len(transports)
        )
        return [
            Server(transport, Pace(rate), min(connections or transport.connections, transport.connections))
            for transport, rate in zip(transports, rates, strict=True)
        ]

    def _publish(self, slug: str) -> None:
        path = self.press.find(slug)
        document = self.press.issue(slug)
        if document.issue.status is Status.DRAFT:
            Desk(self.press).change(path, lambda source: with_status(source, Status.PUBLISHED))

    def _selected(self, audience: str) -> "ColumnElement[bool]":
        return selected(read_audience(audience, "--to"), self.press.publication.language)
