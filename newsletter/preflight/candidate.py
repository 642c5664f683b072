"""The input of the preflight's checks: the settings, and the issue as it would be sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from newsletter.database.database import Database
from newsletter.issue.issue_file import IssueDocument
from newsletter.mail.message import PreparedMessage
from newsletter.publication.delivery_settings import DeliverySettings, TransportName
from newsletter.publication.settings import Publication
from newsletter.render.renderer import Renderer
from newsletter.text.domains import is_reserved, is_this_machine
from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True)
class Candidate:
    """An issue that is a candidate for a campaign.

    Attributes:
        renderer: Renders the issue, and has its workspace.
        database: The subscribers and the ledger.
        document: The issue.
        prepared: Its message.
        audience: A filter as `newsletter send --to` takes it; "" for all active subscribers.
        keys: The keys that sign tokens, oldest first.
        today: Today's date at the author's place.
        clock: Returns seconds since 1970 (UTC).
        offline: Whether nothing may be requested from the network.
        needs_test: Whether content without a test send is an error, not only a warning.
        correction: Whether it is sent to those who received the issue before.
    """

    renderer: Renderer
    database: Database
    document: IssueDocument
    prepared: PreparedMessage
    audience: str
    keys: tuple[bytes, ...]
    today: date
    clock: Callable[[], float]
    offline: bool = False
    needs_test: bool = True
    correction: bool = False

    @property
    def workspace(self) -> Workspace:
        """The publication."""
        return self.renderer.workspace


def stays_on_this_machine(delivery: DeliverySettings) -> bool:
    """Whether no message leaves this machine: every server is on loopback, or the transport only writes files."""
    if delivery.transport is not TransportName.SMTP:
        return True
    return bool(delivery.smtp) and all(is_this_machine(server.host) for server in delivery.smtp)


def may_reach_readers(publication: Publication) -> bool:
    """Whether messages may leave this machine: a mail server on loopback may be a relay, such as Postfix.

    A sender on a domain that is reserved for examples (RFC 2606) shows that the publication is only tried out.
    """
    delivery = publication.delivery
    trial = stays_on_this_machine(delivery) and is_reserved(publication.sender.email.rpartition("@")[2])
    return delivery.transport is TransportName.SMTP and not trial
