"""Database queries for uncertain deliveries: those of a process that died, and sending them again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select, true, update

from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import delivery, subscriber
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.received import received_elsewhere
from newsletter.ledger.waiting_deliveries import select_waiting


@dataclass(frozen=True, slots=True)
class RetryWindow:
    """A server that drops a second copy of a message, and for how many seconds after the first attempt."""

    server: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Retryable:
    """The number of uncertain deliveries that are retried, and until when, in seconds since 1970 (UTC)."""

    number: int
    until: int


def read_uncertain_page(
    connection: Connection, campaign: Campaign, after: int, size: int, condition: ColumnElement[bool] | None = None
) -> list[WaitingDelivery]:
    """Read the next uncertain deliveries in the order of their ids. Their attempts are counted anew.

    Skips deliveries whose subscriber is no longer active or received the issue in another campaign, and those that do
    not meet an additional condition on the delivery table.
    """
    active = subscriber.c.state == SubscriberState.ACTIVE.value
    query = select_waiting(campaign.id, DeliveryState.UNCERTAIN).where(delivery.c.id > after, active)
    query = query.where(true() if condition is None else condition)
    rows = connection.execute(query.where(~received_elsewhere(campaign)).order_by(delivery.c.id).limit(size))
    return [replace(WaitingDelivery(*row), attempts=0, uncertain=True) for row in rows]


def read_retryable_page(
    connection: Connection,
    campaign: Campaign,
    windows: Sequence[RetryWindow],
    now: int,
    after: int,
    size: int,
    condition: ColumnElement[bool] | None = None,
) -> list[WaitingDelivery]:
    """Read the next uncertain deliveries whose server drops a second copy of the message at this time.

    Skips the same deliveries as `read_uncertain_page`. Each may be sent only through the same server.
    """
    active = subscriber.c.state == SubscriberState.ACTIVE.value
    query = select_waiting(campaign.id, DeliveryState.UNCERTAIN).where(delivery.c.id > after, active)
    query = query.where(true() if condition is None else condition)
    query = query.where(~received_elsewhere(campaign), _within(windows, now)).order_by(delivery.c.id).limit(size)
    seconds = _seconds_by_server(windows)
    return [
        replace(WaitingDelivery(*row), attempts=0, uncertain=True, server=server, until=since + seconds[server])
        for *row, server, since in connection.execute(query.add_columns(delivery.c.server, delivery.c.idempotent_since))
    ]


def count_retryable(
    connection: Connection, campaign: Campaign, windows: Sequence[RetryWindow], now: int
) -> Retryable | None:
    """Count the deliveries that `read_retryable_page` returns, or return None if there are none."""
    active = subscriber.c.state == SubscriberState.ACTIVE.value
    mine = (delivery.c.campaign_id == campaign.id, delivery.c.state == DeliveryState.UNCERTAIN.value, active)
    query = select(delivery.c.server, func.count(), func.max(delivery.c.idempotent_since)).select_from(
        delivery.join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    )
    query = query.where(*mine, ~received_elsewhere(campaign), _within(windows, now)).group_by(delivery.c.server)
    found = connection.execute(query).all()
    seconds = _seconds_by_server(windows)
    if not found:
        return None
    return Retryable(sum(row[1] for row in found), max(since + seconds[server] for server, _, since in found))


def _within(windows: Sequence[RetryWindow], now: int) -> ColumnElement[bool]:
    """Return the condition that a server still recognises the first copy.

    A first attempt after `now` means that the clock was set back, so it is not known how long ago that was.
    """
    since = delivery.c.idempotent_since
    return or_(
        false(),
        *(
            and_(delivery.c.server == server, since > now - seconds, since <= now)
            for server, seconds in _seconds_by_server(windows).items()
        ),
    )


def _seconds_by_server(windows: Sequence[RetryWindow]) -> dict[str, int]:
    """Return the window of each server; the shortest if a server is listed twice."""
    found: dict[str, int] = {}
    for window in windows:
        found[window.server] = min(window.seconds, found.get(window.server, window.seconds))
    return found


def mark_uncertain(connection: Connection, campaign_id: int) -> list[str]:
    """Mark as uncertain the deliveries that were being sent when the process died. Returns their addresses."""
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.ATTEMPTING.value)
    marked = update(delivery).where(*mine).values(state=DeliveryState.UNCERTAIN.value)
    return list(connection.execute(marked.returning(delivery.c.address)).scalars())
