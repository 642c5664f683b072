"""Everything that is stored about an address: subscriber, events, deliveries and mail."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.database.database import Database
from newsletter.database.states import DeliveryState, MailKind, MailState
from newsletter.database.tables import campaign, delivery, transactional_mail
from newsletter.subscribers.admin import unknown_subscriber
from newsletter.subscribers.events import Event, list_events
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import Suppression, find_suppression
from newsletter.subscribers.unrecognised_mail import UnrecognisedMail, list_mail_about
from newsletter.text.email_address import Address


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """The delivery of one issue, as in the ledger. `at` is when it was last attempted or answered, or None."""

    campaign_id: int
    slug: str
    state: DeliveryState
    attempts: int
    at: int | None
    code: int
    enhanced: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class MailRecord:
    """A transactional mail, waiting or finished. Times are seconds since 1970 (UTC).

    Attributes:
        language: The language of the page on which it was requested, or empty.
        requested_at: When it was added to the queue.
        sent_at: When a server accepted it, or None.
        attempts: The number of attempts.
        last_error: The reply to the last attempt that failed, or empty.
    """

    kind: MailKind
    language: str
    state: MailState
    requested_at: int
    sent_at: int | None
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class SubscriberHistory:
    """Everything stored about an address. `subscriber` is None if they were erased or never subscribed."""

    subscriber: Subscriber | None
    suppression: Suppression | None
    events: tuple[Event, ...]
    deliveries: tuple[DeliveryRecord, ...]
    transactional_mail: tuple[MailRecord, ...]
    unrecognised_mail: tuple[UnrecognisedMail, ...]


def read_history(database: Database, address: Address) -> SubscriberHistory:
    """Return everything that is stored about an address, oldest first.

    Raises:
        NotFoundError: Nothing is stored.
        DatabaseError: The database fails.
    """
    with database.read() as connection:
        history = read_history_by_address(connection, address.compared)
    if history.subscriber is None and history.suppression is None and not history.unrecognised_mail:
        raise unknown_subscriber(address)
    return history


def read_history_by_address(connection: Connection, compared: str) -> SubscriberHistory:
    """Return everything that is stored about a compared address, oldest first. The history may be empty."""
    found, suppression = find_subscriber(connection, compared), find_suppression(connection, compared)
    unrecognised = tuple(list_mail_about(connection, compared, found.id if found else None))
    if found is None:
        return SubscriberHistory(None, suppression, (), (), (), unrecognised)
    query = (
        select(delivery, campaign.c.slug)
        .join(campaign, campaign.c.id == delivery.c.campaign_id)
        .where(delivery.c.subscriber_id == found.id)
        .order_by(delivery.c.campaign_id)
    )
    deliveries = [
        DeliveryRecord(
            row.campaign_id,
            row.slug,
            DeliveryState(row.state),
            row.attempts,
            row.answered_at or row.attempted_at,
            row.code,
            row.enhanced,
            row.text,
            row.message_id,
        )
        for row in connection.execute(query)
    ]
    events, mail = list_events(connection, found.id), _list_mail(connection, found.id)
    return SubscriberHistory(found, suppression, tuple(events), tuple(deliveries), tuple(mail), unrecognised)


def _list_mail(connection: Connection, subscriber_id: int) -> list[MailRecord]:
    mail = transactional_mail.c
    query = select(transactional_mail).where(mail.subscriber_id == subscriber_id).order_by(mail.requested_at, mail.id)
    return [
        MailRecord(
            MailKind(row.kind),
            row.language,
            MailState(row.state),
            row.requested_at,
            row.sent_at,
            row.attempts,
            row.last_error,
        )
        for row in connection.execute(query)
    ]
