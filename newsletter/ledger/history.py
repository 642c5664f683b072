"""A subscriber's history: what is stored about an address, and the delivery of each issue sent to it."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.database.tables import campaign, delivery
from newsletter.subscribers.admin import unknown
from newsletter.subscribers.events import Event, events_of
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import Suppression, find_suppression
from newsletter.text.email_address import Address


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """The delivery of one issue; the fields are those of the ledger."""

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
class SubscriberHistory:
    """What is stored about an address. `subscriber` is None for one who was erased or never subscribed."""

    subscriber: Subscriber | None
    suppression: Suppression | None
    events: tuple[Event, ...]
    deliveries: tuple[DeliveryRecord, ...]


def subscriber_history(database: Database, address: Address) -> SubscriberHistory:
    """Return all that is stored about an address, oldest first.

    Raises:
        NotFoundError: nothing is stored.
        DatabaseError: the database fails.
    """
    with database.read() as connection:
        history = history_of(connection, address.compared)
    if history.subscriber is None and history.suppression is None:
        raise unknown(address)
    return history


def history_of(connection: Connection, compared: str) -> SubscriberHistory:
    """Return all that is stored about a compared address, oldest first; it may be empty."""
    found, suppression = find_subscriber(connection, compared), find_suppression(connection, compared)
    if found is None:
        return SubscriberHistory(None, suppression, (), ())
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
    return SubscriberHistory(found, suppression, tuple(events_of(connection, found.id)), tuple(deliveries))
