"""Counts, lists and resets the deliveries of a campaign."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, select, true, update

from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import delivery, subscriber
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.received import received_elsewhere

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery to one recipient. Times are seconds since 1970 (UTC).

    Attributes:
        subscriber_id: None if the subscriber was erased.
        code: The SMTP reply code of the server; 0 if there was none.
        enhanced: The enhanced status code (RFC 3463), such as `5.1.1`; may be empty.
        text: The text of the reply, in one line.
    """

    subscriber_id: int | None
    address: str
    state: DeliveryState
    attempts: int
    attempted_at: int | None
    answered_at: int | None
    code: int
    enhanced: str
    text: str
    message_id: str
    server: str


def reset_to_pending(connection: Connection, found: Campaign, state: DeliveryState) -> int:
    """Make all deliveries in a state pending again, and reset their attempts. Returns their number.

    Skips deliveries whose subscriber is no longer active or received the issue in another campaign or welcome mail.
    """
    active = exists().where(
        subscriber.c.id == delivery.c.subscriber_id, subscriber.c.state == SubscriberState.ACTIVE.value
    )
    mine = (delivery.c.campaign_id == found.id, delivery.c.state == state.value)
    values = {"state": DeliveryState.PENDING.value, "attempts": 0}
    changed = update(delivery).where(*mine, active, ~received_elsewhere(found)).values(values)
    return connection.execute(changed).rowcount


def count_deliveries(connection: Connection, id: int) -> dict[DeliveryState, int]:
    """Count the deliveries of a campaign by state; every state has an entry."""
    query = select(delivery.c.state, func.count()).where(delivery.c.campaign_id == id).group_by(delivery.c.state)
    found = {str(state): number for state, number in connection.execute(query)}
    return {state: found.get(state.value, 0) for state in DeliveryState}


def count_replies(connection: Connection, id: int, most: int = 10) -> list[tuple[DeliveryState, str, int]]:
    """List the replies to deferred and failed deliveries, most frequent first, as state, reply and number."""
    columns = (delivery.c.state, delivery.c.code, delivery.c.enhanced, delivery.c.text)
    unsuccessful = delivery.c.state.in_((DeliveryState.DEFERRED.value, DeliveryState.FAILED.value))
    query = select(*columns, func.count().label("number")).where(delivery.c.campaign_id == id, unsuccessful)
    rows = connection.execute(query.group_by(*columns).order_by(func.count().desc()).limit(most))
    return [
        (
            DeliveryState(row.state),
            " ".join(str(part) for part in (row.code, row.enhanced, row.text) if part),
            row.number,
        )
        for row in rows
    ]


def list_deliveries(
    connection: Connection,
    id: int,
    states: Iterable[DeliveryState] = DeliveryState,
    condition: ColumnElement[bool] | None = None,
) -> Iterator[Delivery]:
    """Yield the deliveries of a campaign in the order of sending. Reads them in pages.

    Args:
        connection: A transaction.
        id: The campaign.
        states: The states to include.
        condition: An additional condition on the delivery table.
    """
    columns = [delivery.c[name] for name in Delivery.__dataclass_fields__]
    mine = (delivery.c.campaign_id == id, delivery.c.state.in_([state.value for state in states]))
    query = (
        select(delivery.c.id, *columns)
        .where(*mine, true() if condition is None else condition)
        .order_by(delivery.c.id)
        .limit(_BATCH)
    )
    after = 0
    while page := connection.execute(query.where(delivery.c.id > after)).all():
        after = page[-1][0]
        for _, subscriber_id, address, state, *rest in page:
            yield Delivery(subscriber_id, address, DeliveryState(state), *rest)
