"""A person's story: all that is kept of somebody, and what became of each issue that was sent to them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.database.tables import campaign, delivery
from newsletter.ledger.delivery import DeliveryState
from newsletter.subscribers.events import Event, events_of
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import Suppression, find_suppression


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one issue; the fields are those of the ledger."""

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
class Story:
    """All that is kept of an address; somebody who was erased, or never came, is no subscriber."""

    subscriber: Subscriber | None
    suppression: Suppression | None
    events: tuple[Event, ...]
    deliveries: tuple[Delivered, ...]


def story_of(connection: Connection, compared: str) -> Story:
    """The story of a compared address, all in the order of time."""
    found, suppression = find_subscriber(connection, compared), find_suppression(connection, compared)
    if found is None:
        return Story(None, suppression, (), ())
    query = (
        select(delivery, campaign.c.slug)
        .join(campaign, campaign.c.id == delivery.c.campaign_id)
        .where(delivery.c.subscriber_id == found.id)
        .order_by(delivery.c.campaign_id)
    )
    deliveries = [
        Delivered(
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
    return Story(found, suppression, tuple(events_of(connection, found.id)), tuple(deliveries))
