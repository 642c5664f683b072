"""How far a campaign may have been sent, as in its receipt outside the database; see `campaign.receipts`.

A position is stored in the database before it is written to the receipt. So the position of a receipt is never ahead of
that in the database, unless the database was replaced with an older one.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import database_identity, delivery, receipt_position, subscriber

# Deliveries in these states have no answer, or may be attempted again.
_UNANSWERED = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.ATTEMPTING)


@dataclass(frozen=True, slots=True)
class ReceiptPosition:
    """How far a campaign may have been sent.

    Attributes:
        up_to: The highest id of a delivery that may have been attempted; 0 for none.
        generation: Increases with every change.
    """

    up_to: int
    generation: int


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """The next deliveries of a campaign, in the order of their ids.

    Attributes:
        last: The id of the last of them.
        number: How many they are.
        subscriber: The highest id among their subscribers; 0 if all were erased.
    """

    last: int
    number: int
    subscriber: int


def database_id(connection: Connection) -> str:
    """Return the id of the database. A backup and a copy have the same id."""
    id: str = connection.execute(select(database_identity.c.id)).scalar_one()
    return id


def find_position(connection: Connection, campaign_id: int) -> ReceiptPosition | None:
    """Return the position of a campaign, or None if it has no receipt."""
    query = select(receipt_position.c.up_to, receipt_position.c.generation)
    row = connection.execute(query.where(receipt_position.c.campaign_id == campaign_id)).first()
    return ReceiptPosition(row.up_to, row.generation) if row else None


def store_position(connection: Connection, campaign_id: int, position: ReceiptPosition) -> None:
    """Store the position of a campaign."""
    connection.execute(delete(receipt_position).where(receipt_position.c.campaign_id == campaign_id))
    values = {"campaign_id": campaign_id, "up_to": position.up_to, "generation": position.generation}
    connection.execute(insert(receipt_position).values(values))


def advance_position(connection: Connection, campaign_id: int, before: int, position: ReceiptPosition) -> bool:
    """Store the position of a campaign, unless another process has changed it.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        before: The generation before; 0 if the campaign has no position.
        position: The new position.

    Returns:
        Whether it is stored, by this call or by an earlier one whose confirmation was lost.
    """
    mine = (receipt_position.c.campaign_id == campaign_id, receipt_position.c.generation == before)
    values = {"up_to": position.up_to, "generation": position.generation}
    if connection.execute(update(receipt_position).where(*mine).values(values)).rowcount:
        return True
    found = find_position(connection, campaign_id)
    if before or found:
        return found == position
    connection.execute(insert(receipt_position).values(values | {"campaign_id": campaign_id}))
    return True


def find_step(connection: Connection, campaign_id: int, after: int, until: int, size: int) -> ReceiptStep:
    """Return the deliveries with an id after `after` and up to `until`, and `size` more."""
    mine = select(delivery.c.id, delivery.c.subscriber_id).where(delivery.c.campaign_id == campaign_id)
    more = mine.where(delivery.c.id > max(after, until)).order_by(delivery.c.id).limit(size).subquery()
    needed = mine.where(delivery.c.id > after, delivery.c.id <= until).subquery()
    counted = [
        connection.execute(select(func.count(), func.max(part.c.id), func.max(part.c.subscriber_id))).one()
        for part in (needed, more)
    ]
    return ReceiptStep(
        max([after, *(last or 0 for _, last, _ in counted)]),
        sum(number for number, _, _ in counted),
        max(last or 0 for _, _, last in counted),
    )


def last_attempted(connection: Connection, campaign_id: int) -> int:
    """Return the highest id of a delivery that was attempted; 0 if there is none."""
    query = select(func.max(delivery.c.id)).where(delivery.c.campaign_id == campaign_id, delivery.c.attempts > 0)
    return connection.execute(query).scalar() or 0


def count_all(connection: Connection, campaign_id: int) -> int:
    """Count the deliveries of a campaign."""
    query = select(func.count()).select_from(delivery).where(delivery.c.campaign_id == campaign_id)
    number: int = connection.execute(query).scalar_one()
    return number


def mark_unanswered(connection: Connection, campaign_id: int, up_to: int) -> int:
    """Mark the unanswered deliveries up to an id as uncertain. Returns their number."""
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.id <= up_to)
    unanswered = delivery.c.state.in_([state.value for state in _UNANSWERED])
    # Later attempts, which the database does not know, may have gone through another server.
    values = {"state": DeliveryState.UNCERTAIN.value, "idempotent_since": None}
    marked = update(delivery).where(*mine, unanswered).values(values)
    return connection.execute(marked).rowcount


def add_uncertain(connection: Connection, campaign_id: int, up_to_subscriber: int | None) -> int:
    """Add an uncertain delivery to a campaign for each active subscriber up to an id, or for all if it is None.

    Returns:
        The number of deliveries.
    """
    active = subscriber.c.state == SubscriberState.ACTIVE.value
    if up_to_subscriber is not None:
        active &= subscriber.c.id <= up_to_subscriber
    query = select(subscriber.c.id, subscriber.c.address, subscriber.c.compared).where(active).order_by(subscriber.c.id)
    rows = [
        {
            "campaign_id": campaign_id,
            "subscriber_id": row.id,
            "address": row.address,
            "domain": row.compared.rpartition("@")[2],
            "state": DeliveryState.UNCERTAIN.value,
        }
        for row in connection.execute(query)
    ]
    if rows:
        connection.execute(insert(delivery), rows)
    return len(rows)
