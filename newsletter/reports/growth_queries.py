"""The database queries for the growth of the list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, ScalarSelect, Select, and_, exists, func, null, or_, select

from newsletter.database.states import EventKind, SubscriberState
from newsletter.database.tables import event, subscriber
from newsletter.subscribers.state_machine import MAY_GET_ISSUES

# Events are counted by half hours, which begin and end with the weeks of every time zone.
_STEP = 1800
# The events with which a subscriber comes onto the list. An import records none.
_FIRST = (EventKind.ASKED, EventKind.ADDED)
_LEFT = (EventKind.UNSUBSCRIBED, EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.LOWERED)


@dataclass(frozen=True, slots=True)
class CountedSubscribers:
    """A number of subscribers who came onto the list, or who changed after that.

    Attributes:
        at: The beginning of a half hour, in seconds since 1970 (UTC).
        first: The event with which they came onto the list: `asked`, `added`, or None for an import.
        kind: What happened. None if they came onto the list.
        state: Their state now.
    """

    at: int
    first: EventKind | None
    kind: EventKind | None
    state: SubscriberState
    number: int


def count_joined(connection: Connection, since: int) -> Iterator[CountedSubscribers]:
    """Yield how many subscribers came onto the list since a time, in seconds since 1970 (UTC)."""
    left = exists().where(event.c.subscriber_id == subscriber.c.id, event.c.kind.in_(_values(_LEFT)))
    # An import may list an address that had left before. It did not join.
    joined = or_(subscriber.c.state.in_(_values(MAY_GET_ISSUES)), _first_kind().is_not(None), left)
    yield from _count(
        connection,
        since,
        select(((subscriber.c.created_at - since) // _STEP), _first_kind(), null(), subscriber.c.state).where(
            subscriber.c.created_at >= since, joined
        ),
    )


def count_events(connection: Connection, since: int) -> Iterator[CountedSubscribers]:
    """Yield how many subscribers confirmed, came back or left since a time, in seconds since 1970 (UTC)."""
    later = event.alias("later")
    is_repeated = exists().where(
        later.c.subscriber_id == event.c.subscriber_id, later.c.kind == event.c.kind, later.c.id > event.c.id
    )
    earlier, between = event.alias("earlier"), event.alias("between")
    came_back = (
        exists()
        .where(
            between.c.subscriber_id == event.c.subscriber_id,
            between.c.kind.in_(_values((EventKind.CONFIRMED, EventKind.ADDED))),
            between.c.id > earlier.c.id,
            between.c.id < event.c.id,
        )
        .correlate(event, earlier)
    )
    # Who complains after unsubscribing, or twice, leaves once.
    had_left = (
        exists()
        .where(
            earlier.c.subscriber_id == event.c.subscriber_id,
            earlier.c.kind.in_(_values(kind for kind in _LEFT if kind is not EventKind.BOUNCED)),
            earlier.c.id < event.c.id,
            ~came_back,
        )
        .correlate(event)
    )
    # A bounce is recorded whether or not it suppressed the address. The last one did, if the address is suppressed now.
    suppressed = and_(subscriber.c.state == SubscriberState.BOUNCED.value, ~is_repeated)
    yield from _count(
        connection,
        since,
        select(((event.c.at - since) // _STEP), _first_kind(), event.c.kind, subscriber.c.state)
        .join(subscriber, subscriber.c.id == event.c.subscriber_id)
        .where(
            event.c.at >= since,
            event.c.kind.in_(_values((*_LEFT, EventKind.CONFIRMED, EventKind.ADDED))),
            or_(event.c.kind.not_in(_values(_LEFT)), ~had_left),
            or_(event.c.kind != EventKind.BOUNCED.value, suppressed),
            or_(event.c.kind != EventKind.ADDED.value, event.c.at != subscriber.c.created_at),
        ),
    )


def _count(
    connection: Connection, since: int, rows: Select[int, str | None, str | None, str]
) -> Iterator[CountedSubscribers]:
    table = rows.subquery().alias("row")
    columns = list(table.c)
    counted = select(*columns).add_columns(func.count()).group_by(*columns)
    for step, first, kind, state, number in connection.execute(counted):
        yield CountedSubscribers(
            since + int(step) * _STEP,
            EventKind(first) if first else None,
            EventKind(kind) if kind else None,
            SubscriberState(state),
            int(number),
        )


def _first_kind() -> ScalarSelect[str | None]:
    """Return the kind of the event with which a subscriber came onto the list, or NULL."""
    first = event.alias()
    return (
        select(func.min(first.c.kind))
        .where(
            first.c.subscriber_id == subscriber.c.id,
            first.c.at == subscriber.c.created_at,
            first.c.kind.in_(_values(_FIRST)),
        )
        .correlate(subscriber)
        .scalar_subquery()
    )


def _values(names: Iterable[StrEnum]) -> list[str]:
    return [name.value for name in names]
