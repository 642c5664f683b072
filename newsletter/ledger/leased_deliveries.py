"""Leases the deliveries of a campaign to a process, in PostgreSQL; see `leases`."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, exists, null, or_, select, update

from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, sending_lease, shared_run, subscriber
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.leases import lease_again, lock_shared, require_lease
from newsletter.ledger.waiting_deliveries import waiting_columns

_OPEN = (DeliveryState.PENDING.value, DeliveryState.DEFERRED.value)


def is_free() -> ColumnElement[bool]:
    """Return the condition that no process holds a delivery."""
    return or_(delivery.c.lease.is_(None), ~exists().where(sending_lease.c.id == delivery.c.lease))


def lease_pending(
    connection: Connection, campaign_id: int, id: int, size: int, covered: int = 0
) -> list[WaitingDelivery]:
    """Lease the next pending deliveries that the receipt covers, in the order of their ids.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        id: The fencing number.
        size: The most deliveries to lease.
        covered: The id up to which this process, as the coordinator, has extended the receipt; else 0.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    state = lock_shared(connection, campaign_id)
    require_lease(connection, id)
    covered = max(covered, state.covered_up_to)
    pending = (
        delivery.c.state == DeliveryState.PENDING.value,
        delivery.c.id > state.leased_up_to,
        delivery.c.id <= covered,
    )
    found = _lease(connection, campaign_id, id, and_(*pending), delivery.c.id, size)
    leased_up_to = found[-1].id if len(found) == size else max(covered, state.leased_up_to)
    values = {"leased_up_to": leased_up_to, "covered_up_to": covered}
    connection.execute(update(shared_run).where(shared_run.c.campaign_id == campaign_id).values(values))
    return found


def lease_deferred(
    connection: Connection, campaign_id: int, id: int, now: int, latest: int, size: int
) -> list[WaitingDelivery]:
    """Lease deferred deliveries that are due; see `waiting_deliveries.read_deferred_page`.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    require_lease(connection, id)
    due = or_(delivery.c.due_at <= now, delivery.c.due_at > latest)
    deferred = and_(delivery.c.state == DeliveryState.DEFERRED.value, due)
    return _lease(connection, campaign_id, id, deferred, delivery.c.due_at, size)


def lease_uncertain(connection: Connection, campaign_id: int, id: int, found: Sequence[int]) -> set[int]:
    """Lease free uncertain deliveries, to send them again. Returns the ids of those that were leased.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    lock_shared(connection, campaign_id)
    require_lease(connection, id)
    uncertain = (delivery.c.id.in_(found), delivery.c.state == DeliveryState.UNCERTAIN.value, is_free())
    leased = update(delivery).where(*uncertain).values(lease=id).returning(delivery.c.id)
    return set(connection.execute(leased).scalars())


def note_held(connection: Connection, id: int, low: int, high: int, held: int) -> None:
    """Note which deliveries a lease may hold: their lowest and highest id, and their number."""
    values = {"low": low, "high": high, "held": held}
    connection.execute(update(sending_lease).where(sending_lease.c.id == id).values(values))


def give_back(connection: Connection, campaign_id: int, id: int) -> None:
    """Let all free deliveries be leased again, and also those of a lease whose process sends nothing now."""
    lock_shared(connection, campaign_id)
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.lease == id, delivery.c.state.in_(_OPEN))
    connection.execute(update(delivery).where(*mine).values(lease=null()))
    lease_again(connection, campaign_id)


def mark_free_uncertain(connection: Connection, campaign_id: int) -> list[str]:
    """Mark as uncertain the deliveries that were being sent by a process without a lease. Returns their addresses."""
    lock_shared(connection, campaign_id)
    attempting = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.ATTEMPTING.value, is_free())
    marked = update(delivery).where(*attempting).values(state=DeliveryState.UNCERTAIN.value)
    return list(connection.execute(marked.returning(delivery.c.address)).scalars())


def has_attempting(connection: Connection, campaign_id: int, id: int) -> bool:
    """Return whether messages of a lease are being sent."""
    attempting = (
        delivery.c.campaign_id == campaign_id,
        delivery.c.state == DeliveryState.ATTEMPTING.value,
        delivery.c.lease == id,
    )
    return connection.execute(select(exists().where(*attempting))).scalar_one()


def _lease(
    connection: Connection, campaign_id: int, id: int, which: ColumnElement[bool], order: ColumnElement[int], size: int
) -> list[WaitingDelivery]:
    """Lease free deliveries of a campaign. Rows that another transaction has locked are skipped."""
    free = select(delivery.c.id).where(delivery.c.campaign_id == campaign_id, which, is_free())
    picked = free.order_by(order).limit(size).with_for_update(skip_locked=True).cte("picked")
    columns = (delivery.c.id, delivery.c.subscriber_id, delivery.c.address, delivery.c.domain, delivery.c.attempts)
    leased = update(delivery).where(delivery.c.id == picked.c.id).values(lease=id).returning(*columns).cte("leased")
    query = (
        select(*waiting_columns(leased))
        .select_from(leased.outerjoin(subscriber, subscriber.c.id == leased.c.subscriber_id))
        .order_by(leased.c.id)
    )
    return [WaitingDelivery(*row, lease=id) for row in connection.execute(query)]
