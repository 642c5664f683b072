"""The history of a subscriber: events in chronological order."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, insert, literal, select

from newsletter.database.states import EventKind
from newsletter.database.tables import event, subscriber


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `at` is in seconds since 1970 (UTC); `campaign_id` is None if the event is not about a campaign."""

    kind: EventKind
    at: int
    detail: str
    campaign_id: int | None


def record_event(
    connection: Connection,
    subscriber_id: int,
    kind: EventKind,
    now: int,
    detail: str = "",
    campaign_id: int | None = None,
) -> None:
    """Add an event to a subscriber's history. `now` is in seconds since 1970 (UTC)."""
    values = {
        "subscriber_id": subscriber_id,
        "kind": kind.value,
        "at": now,
        "detail": detail,
        "campaign_id": campaign_id,
    }
    connection.execute(insert(event).values(values))


def record_request(connection: Connection, subscriber_id: int, kind: EventKind, now: int, source: str) -> None:
    """Add a visitor's request to a subscriber's history, or run the same statement without effect for subscriber 0."""
    values = (literal(kind.value), literal(now, BigInteger), literal(source))
    rows = select(subscriber.c.id, *values).where(subscriber.c.id == subscriber_id)
    connection.execute(insert(event).from_select(("subscriber_id", "kind", "at", "detail"), rows))


def list_events(connection: Connection, subscriber_id: int) -> list[Event]:
    """Return a subscriber's history, oldest event first."""
    query = select(event).where(event.c.subscriber_id == subscriber_id).order_by(event.c.at, event.c.id)
    return [Event(EventKind(row.kind), row.at, row.detail, row.campaign_id) for row in connection.execute(query)]
