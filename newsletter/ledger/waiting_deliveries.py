"""Reads the deliveries of a campaign that are to be sent, in pages, with their recipients."""

from collections.abc import Collection, Iterable
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, or_, select, update

from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, subscriber
from newsletter.ledger.delivery import WaitingDelivery

_Number: TypeAlias = ColumnElement[int]
_Text: TypeAlias = ColumnElement[str]


def read_pending_page(
    connection: Connection,
    campaign_id: int,
    after: int,
    size: int,
    *,
    until: int | None = None,
    domain: str = "",
    without: Collection[str] = (),
) -> list[WaitingDelivery]:
    """Read the next pending deliveries, in the order of their ids.

    Args:
        connection: The database.
        campaign_id: The campaign.
        after: The id after which to read.
        size: The largest number to read.
        until: The last id to read; None for no limit.
        domain: The only domain to read; empty for all.
        without: Domains to leave out.
    """
    query = select_waiting(campaign_id, DeliveryState.PENDING).where(delivery.c.id > after).order_by(delivery.c.id)
    query = query.where(*_domain_conditions(domain, without))
    if until is not None:
        query = query.where(delivery.c.id <= until)
    return [WaitingDelivery(*row) for row in connection.execute(query.limit(size))]


def read_deferred_page(
    connection: Connection,
    campaign_id: int,
    now: int,
    latest: int,
    size: int,
    *,
    skip: int = 0,
    domain: str = "",
    without: Collection[str] = (),
) -> list[WaitingDelivery]:
    """Read the deferred deliveries that are due, the first due first.

    Deliveries that are due after `latest` are included: they were deferred before the clock was set back.

    Args:
        connection: The database.
        campaign_id: The campaign.
        now: Now, in seconds since 1970.
        latest: The latest time at which a delivery can be due.
        size: The largest number to read.
        skip: The number of deliveries to skip.
        domain: The only domain to read; empty for all.
        without: Domains to leave out.
    """
    due = or_(delivery.c.due_at <= now, delivery.c.due_at > latest)
    query = select_waiting(campaign_id, DeliveryState.DEFERRED).where(due, *_domain_conditions(domain, without))
    query = query.order_by(delivery.c.due_at, delivery.c.id).limit(size).offset(skip)
    return [WaitingDelivery(*row) for row in connection.execute(query)]


def _domain_conditions(domain: str, without: Collection[str]) -> list[ColumnElement[bool]]:
    conditions = [delivery.c.domain == domain] if domain else []
    return [*conditions, delivery.c.domain.not_in(sorted(without))] if without else conditions


def last_delivery_id(connection: Connection, campaign_id: int) -> int:
    """Return the id of the last delivery of a campaign; 0 if it has none."""
    mine = select(func.max(delivery.c.id)).where(delivery.c.campaign_id == campaign_id)
    return connection.execute(mine).scalar() or 0


def find_next_due(connection: Connection, campaign_id: int, after: int = -1) -> int | None:
    """Return when the next deferred delivery after a time is due, or None if there is none.

    Times are seconds since 1970 (UTC).
    """
    later = (*_deferred_of(campaign_id), delivery.c.due_at > after)
    due: int | None = connection.execute(select(func.min(delivery.c.due_at)).where(*later)).scalar()
    return due


def _deferred_of(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    return delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.DEFERRED.value


def count_deferred(connection: Connection, campaign_id: int) -> int:
    """Count the deferred deliveries of a campaign."""
    return connection.execute(select(func.count()).where(*_deferred_of(campaign_id))).scalar_one()


def waiting_columns(rows: FromClause) -> tuple[_Number, _Number, _Text, _Text, _Text, _Text, _Number]:
    """Return the columns of `WaitingDelivery`, given rows of deliveries that are joined with their subscribers."""
    return (
        rows.c.id,
        func.coalesce(rows.c.subscriber_id, 0),
        rows.c.address,
        rows.c.domain,
        func.coalesce(subscriber.c.name, ""),
        func.coalesce(subscriber.c.language, ""),
        rows.c.attempts,
    )


def select_waiting(campaign_id: int, state: DeliveryState) -> Select[int, int, str, str, str, str, int]:
    """Select the columns of `WaitingDelivery` of a campaign's deliveries in a state."""
    joined = delivery.outerjoin(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    return (
        select(*waiting_columns(delivery))
        .select_from(joined)
        .where(delivery.c.campaign_id == campaign_id, delivery.c.state == state.value)
    )


def return_to_pending(connection: Connection, ids: Iterable[int]) -> None:
    """Make failed deliveries pending again. Their attempts are not reset. Uncertain deliveries stay uncertain."""
    for id in ids:
        failed = (delivery.c.id == id, delivery.c.state == DeliveryState.FAILED.value)
        connection.execute(update(delivery).where(*failed).values(state=DeliveryState.PENDING.value))
