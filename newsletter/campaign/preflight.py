"""Preflight: everything that is checked before a campaign may start.

The message can be composed, the checks find no error, and a test of exactly this content was sent.
"""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from newsletter.check.runner import Checker
from newsletter.check.spamassassin import spam_asker
from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import CampaignError, DocumentError, Severity
from newsletter.issue.issue_file import IssueDocument
from newsletter.ledger import campaigns
from newsletter.mail.issue_mail import prepare_issue_mail
from newsletter.mail.message import PreparedMessage, Recipient
from newsletter.render.renderer import Renderer
from newsletter.transports.base import Answer, Verdict
from newsletter.transports.connection_pool import ConnectionPool
from newsletter.transports.registry import open_transports
from newsletter.workspace.workspace import Workspace


class Preflight:
    """The checks and the test send before a campaign. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock

    def compose(self, document: IssueDocument, started_at: int | None = None) -> PreparedMessage:
        """Compose the message of an issue.

        Args:
            document: The issue.
            started_at: The start of the campaign in seconds since 1970, used as the date of the message; None for now.

        Raises:
            NewsletterError: The issue cannot be rendered, or a setting is missing.
        """
        date = datetime.fromtimestamp(self._clock() if started_at is None else started_at, UTC).replace(microsecond=0)
        with self._database.write() as connection:
            keys = signing_keys(connection, TOKENS, self._clock)
        prepared = prepare_issue_mail(Renderer(self._workspace), document, date, keys, os.environ)
        # Compose one message, so that an invalid sender or signing key raises here and not for each recipient.
        prepared.to(_recipient("reader@example.com"))
        return prepared

    def require_checked(self, document: IssueDocument) -> None:
        """Check an issue and `newsletter.yaml`.

        Raises:
            DocumentError: The checks found errors.
            NewsletterError: The checks could not be completed.
        """
        spam = spam_asker(self._workspace.root / ".newsletter", os.environ)
        checker = Checker(Renderer(self._workspace), ask_spam=spam)
        checked = checker.issue(str(document.path))
        if checked.failure:
            raise checked.failure
        problems = (*checker.publication().problems, *checked.problems)
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            raise DocumentError(errors)

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
        messages = [prepared.to(_recipient(address)) for address in addresses]
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
                campaigns.record_test_send(writing, document.slug, prepared.digest, int(self._clock()))
        return answers

    def require_tested(self, document: IssueDocument, prepared: PreparedMessage) -> None:
        """Check that a test of exactly this content was sent.

        Raises:
            CampaignError: It was not sent.
        """
        with self._database.read() as connection:
            if not campaigns.has_test_send(connection, document.slug, prepared.digest):
                raise CampaignError(
                    f"the current content of {document.slug} has not been tested",
                    f"Send a test with `newsletter send {document.slug} --test ADDRESS`, or add --untested.",
                )


def _recipient(address: str) -> Recipient:
    """Return a recipient outside of any campaign."""
    return Recipient(0, 0, 0, address, "", "")
