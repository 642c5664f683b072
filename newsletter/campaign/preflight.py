"""Before a campaign: an issue becomes a letter, is checked, and goes to its author for a test."""

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
from newsletter.mail.issue_mail import letter_of
from newsletter.mail.message import Letter, Recipient
from newsletter.render.renderer import Renderer
from newsletter.transports.base import Answer, Verdict
from newsletter.transports.connection_pool import ConnectionPool
from newsletter.transports.registry import open_transports
from newsletter.workspace.workspace import Workspace


class Rehearsal:
    """What an issue must stand before it is sent; `clock` gives seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.workspace, self.database, self._clock = workspace, database, clock

    def letter(self, document: IssueDocument, begun: int | None = None) -> Letter:
        """An issue as its recipients get it; its date is when its campaign began.

        Raises:
            NewsletterError: it cannot be rendered, or the settings lack something.
        """
        date = datetime.fromtimestamp(self._clock() if begun is None else begun, UTC).replace(microsecond=0)
        with self.database.write() as writing:
            keys = signing_keys(writing, TOKENS)
        letter = letter_of(Renderer(self.workspace), document, date, keys, os.environ)
        # What is wrong with the sender or the signature would else be said of each recipient.
        letter.to(Recipient(0, 0, 0, "reader@example.com", "", ""))
        return letter

    def require_sound(self, document: IssueDocument) -> None:
        """Refuse an issue if the checks find an error in it, or in `newsletter.yaml`.

        Raises:
            DocumentError: all errors.
            NewsletterError: why it could not be checked whole.
        """
        checker = Checker(
            Renderer(self.workspace), ask_spam=spam_asker(self.workspace.root / ".newsletter", os.environ)
        )
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
        pool = ConnectionPool(open_transports(self.workspace.publication.delivery, os.environ, self.workspace.root))
        answers: list[tuple[str, Answer]] = []
        try:
            for address, message in zip(addresses, messages, strict=True):
                with pool.connection() as connection:
                    answers.append((address, connection.send(message)))
        finally:
            pool.close_unused()
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
