"""Starts campaigns: counts the audience, and creates a campaign with a delivery for each recipient."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from newsletter.campaign.find_campaign import campaign_by_id, check_none_unfinished, require_none_unfinished
from newsletter.campaign.git_commit import current_commit
from newsletter.campaign.receipt_check import require_current
from newsletter.campaign.sending_gate import make_gate
from newsletter.campaign.servers import open_servers
from newsletter.database.database import Database
from newsletter.issue.issue_file import IssueDocument
from newsletter.ledger.campaign import CORRECTION, Campaign
from newsletter.ledger.campaign_states import record_start
from newsletter.ledger.new_campaign import NewCampaign, create_campaign, select_recipients
from newsletter.ledger.received import count_received, was_sent
from newsletter.ledger.recipient_lock import lock_recipients
from newsletter.mail.message import PreparedMessage
from newsletter.render.past_issues import format_past_issues
from newsletter.subscribers.segments import build_segment_condition, parse_segment
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


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


class CampaignStarter:
    """Counts the audience of a campaign and creates it. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock

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
            pages = select_recipients(connection, document.names, condition, content)
            return AudienceSize(
                sum(map(len, pages)),
                count_received(connection, document.names),
                was_sent(connection, document.names),
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
        make_gate(self._workspace.publication, self._database, self._clock)
        commit = current_commit(self._workspace.root)
        new = NewCampaign(
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
            id = create_campaign(connection, new, condition, done)
            created(connection, id)
            # Many recipients take a while.
            record_start(connection, id, int(self._clock()))
        return campaign_by_id(self._database, id)

    def _condition(self, audience: str) -> "ColumnElement[bool]":
        return build_segment_condition(parse_segment(audience, "--to"), self._workspace.publication.language)
