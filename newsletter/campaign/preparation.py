"""Prepare an issue for a campaign: compose its message, send a test, and make it a candidate for the preflight."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.issue.issue_file import IssueDocument
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.sent_tests import has_test_send, record_test_send
from newsletter.mail.issue_mail import prepare_issue_mail
from newsletter.mail.message import PreparedMessage, Recipient
from newsletter.preflight.candidate import Candidate
from newsletter.publication.delivery_settings import DeliverySettings, TransportName
from newsletter.render.past_issues import list_past_issues, parse_past_issues
from newsletter.render.renderer import Renderer
from newsletter.render.views import PastIssue
from newsletter.transports.base import Answer, Verdict
from newsletter.transports.connection_pool import ConnectionPool
from newsletter.transports.registry import open_transports
from newsletter.workspace.workspace import Workspace


class Preparation:
    """Composes and tests issues of a publication. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock

    def compose(
        self,
        document: IssueDocument,
        started_at: int | None = None,
        *,
        correction: bool = False,
        past: Sequence[PastIssue] | None = None,
    ) -> PreparedMessage:
        """Compose the message of an issue.

        Args:
            document: The issue.
            started_at: The start of the campaign in seconds since 1970, used as the date of the message; None for now.
            correction: Whether its subject says that it is a correction.
            past: The past issues that it lists; None for those of now.

        Raises:
            NewsletterError: The issue cannot be rendered, or a setting is missing.
        """
        date = datetime.fromtimestamp(self._clock() if started_at is None else started_at, UTC).replace(microsecond=0)
        with self._database.write() as connection:
            keys = signing_keys(connection, TOKENS, self._clock)
        renderer = Renderer(self._workspace)
        prepared = prepare_issue_mail(renderer, document, date, keys, os.environ, correction=correction, past=past)
        # Compose one message, so that an invalid sender or signing key raises here and not for each recipient.
        prepared.to(_recipient("reader@example.com"))
        return prepared

    def compose_again(self, document: IssueDocument, campaign: Campaign) -> PreparedMessage:
        """Compose the message of an issue as a campaign began to send it: with its date and its list of past issues.

        The issue may have changed; `prepare_resume` checks that.

        Raises:
            NewsletterError: The issue cannot be rendered, or a setting is missing.
        """
        started_at, correction = campaign.created_at, campaign.is_correction
        if campaign.past_issues is not None:
            past = parse_past_issues(campaign.past_issues)
            return self.compose(document, started_at, correction=correction, past=past)
        prepared = self.compose(document, started_at, correction=correction)
        recalled = self.recall(
            document, prepared, campaign.content, started_at, started_at=started_at, correction=correction
        )
        return recalled or prepared

    def recall(
        self,
        document: IssueDocument,
        prepared: PreparedMessage,
        content: str,
        stored_at: int,
        *,
        started_at: int | None = None,
        correction: bool = False,
    ) -> PreparedMessage | None:
        """Return the message whose digest was stored; None if the content of the issue has changed.

        Before database 0014, the list of past issues was a part of the content. If that of now does not have the
        digest, the list is tried as it was then: without issues whose campaigns finished later.

        Args:
            document: The issue.
            prepared: Its message of now.
            content: The stored digest.
            stored_at: When it was stored, in seconds since 1970.
            started_at: As for `compose`.
            correction: As for `compose`.
        """
        if content in prepared.digests:
            return prepared
        with self._database.read() as connection:
            later = campaigns.list_finished(connection, stored_at)
        past = list_past_issues(self._workspace, document.issue.date, later)
        if past == prepared.past_issues:
            return None
        earlier = self.compose(document, started_at, correction=correction, past=past)
        return earlier if content == earlier.whole_digest else None

    def candidate(
        self,
        document: IssueDocument,
        prepared: PreparedMessage,
        audience: str,
        *,
        offline: bool = False,
        needs_test: bool = True,
        correction: bool = False,
    ) -> Candidate:
        """Return what the preflight checks.

        Args:
            document: The issue.
            prepared: Its message.
            audience: A filter as `newsletter send --to` takes it; "" for all active subscribers.
            offline: Whether nothing may be requested from the network.
            needs_test: Whether content without a test send is an error, not only a warning.
            correction: Whether it is sent to those who received the issue before.
        """
        today = datetime.fromtimestamp(self._clock(), UTC).astimezone().date()
        return Candidate(
            Renderer(self._workspace),
            self._database,
            document,
            prepared,
            audience,
            prepared.keys,
            today,
            self._clock,
            offline,
            needs_test,
            correction,
        )

    def is_tested(self, document: IssueDocument, prepared: PreparedMessage) -> bool:
        """Return whether a test of exactly this content was sent."""
        with self._database.read() as connection:
            return has_test_send(connection, document.slug, prepared.digests)

    def send_test(
        self, document: IssueDocument, prepared: PreparedMessage, addresses: Sequence[str]
    ) -> list[tuple[str, Answer]]:
        """Send an issue to addresses outside of any campaign. It counts as tested if all messages are accepted.

        Returns:
            Each address with the answer of the server.

        Raises:
            CampaignError: An address is not valid.
            TransportError: No server can be reached.
        """
        # In whole seconds, two tests in one second would have the same Message-ID.
        tested = replace(prepared, head=replace(prepared.head, date=datetime.fromtimestamp(self._clock(), UTC)))
        messages = [tested.to(_recipient(address)) for address in addresses]
        pool = ConnectionPool(open_transports(self._workspace.publication.delivery, os.environ, self._workspace.root))
        answers: list[tuple[str, Answer]] = []
        try:
            for address, message in zip(addresses, messages, strict=True):
                with pool.connection() as connection:
                    answers.append((address, connection.send(message)))
        finally:
            pool.close_unused()
        if all(answer.verdict is Verdict.ACCEPTED for _, answer in answers):
            with self._database.write() as writing:
                record_test_send(writing, document.slug, prepared.digest, int(self._clock()))
        return answers


def where_to_look(delivery: DeliverySettings) -> str:
    """Return a sentence that says where a test send can be seen, without a full stop."""
    match delivery.transport:
        case TransportName.FOLDER | TransportName.MAILDIR:
            return f"Look at it in {delivery.folder}"
        case TransportName.CONSOLE:
            return "Look at it above"
        case _:
            return "Check your inbox"


def _recipient(address: str) -> Recipient:
    """Return a recipient outside of any campaign."""
    return Recipient(0, 0, 0, address, "", "")
