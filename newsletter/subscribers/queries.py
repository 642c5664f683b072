"""Subscribers: found, listed, added, changed and erased."""

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, literal, select, text, update

from newsletter.database.states import DeliveryState, EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import delivery, event, subscriber, subscriber_tag
from newsletter.subscribers.events import record
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import suppress

_PAGE = 1000


def find_subscriber(connection: Connection, compared: str) -> Subscriber | None:
    """The subscriber of a compared address."""
    return next(iter(_page(connection, subscriber.c.compared == compared, 0)), None)


def subscriber_of(connection: Connection, id: int) -> Subscriber | None:
    """The subscriber of an id; nobody where they were erased."""
    return next(iter(_page(connection, subscriber.c.id == id, 0)), None)


def address_of(connection: Connection, id: int) -> str | None:
    """The address of a subscriber, as it was typed; none where they were erased."""
    return connection.execute(select(subscriber.c.address).where(subscriber.c.id == id)).scalar()


def count_subscribers(connection: Connection, condition: ColumnElement[bool]) -> dict[SubscriberState, int]:
    """How many subscribers fulfil a condition, by their states; a state that none has is left out."""
    query = select(subscriber.c.state, func.count()).where(condition).group_by(subscriber.c.state)
    counts: dict[str, int] = {state: count for state, count in connection.execute(query)}  # noqa: C416 (rows are no pairs)
    return {state: counts[state.value] for state in SubscriberState if state.value in counts}


def subscribers(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Subscriber]:
    """The subscribers that fulfil a condition, in the order in which they came; a thousand at a time in memory."""
    after = 0
    while page := _page(connection, condition, after):
        yield from page
        after = page[-1].id


def add_subscriber(connection: Connection, new: Subscriber) -> int | None:
    """Add a subscriber, and say their id; the one that `new` has is not looked at.

    None where the address is on the list already, which another process may have added a moment ago.
    """
    query = text(
        "INSERT INTO subscriber (address, compared, name, language, state, consent_source, consent_at, created_at)"
        " VALUES (:address, :compared, :name, :language, :state, :consent_source, :consent_at, :created_at)"
        " ON CONFLICT (compared) DO NOTHING RETURNING id"
    )
    values = {
        "address": new.address,
        "compared": new.compared,
        "name": new.name,
        "language": new.language,
        "state": new.state.value,
        "consent_source": new.consent_source,
        "consent_at": new.consent_at,
        "created_at": new.created_at,
    }
    id: int | None = connection.execute(query, values).scalar()
    if id is not None:
        add_tags(connection, id, new.tags)
    return id


def set_state(
    connection: Connection,
    id: int,
    state: SubscriberState,
    kind: EventKind,
    now: int,
    detail: str = "",
    campaign_id: int | None = None,
) -> None:
    """Change a subscriber's state, and keep that it happened."""
    connection.execute(update(subscriber).where(subscriber.c.id == id).values(state=state.value))
    record(connection, id, kind, now, detail, campaign_id)


def renew_consent(connection: Connection, known: Subscriber, source: str, now: int) -> None:
    """Make somebody active who has asked for it again, with the name and the language that are given."""
    values = {"state": SubscriberState.ACTIVE.value, "consent_source": source, "consent_at": now}
    values |= {"name": known.name, "language": known.language}
    connection.execute(update(subscriber).where(subscriber.c.id == known.id).values(values))


def add_tags(connection: Connection, id: int, tags: Collection[str]) -> list[str]:
    """Give a subscriber tags; those that they did not have."""
    had = connection.execute(select(subscriber_tag.c.tag).where(subscriber_tag.c.subscriber_id == id)).scalars().all()
    new = sorted(set(tags) - set(had))
    if new:
        connection.execute(insert(subscriber_tag), [{"subscriber_id": id, "tag": tag} for tag in new])
    return new


def among(ids: Collection[int]) -> ColumnElement[bool]:
    """The condition that a subscriber is one of these."""
    return subscriber.c.id.in_(ids)


def change_tag(connection: Connection, condition: ColumnElement[bool], tag: str, now: int, *, off: bool) -> int:
    """Give a tag to all who fulfil a condition, or take it from them; how many that changed."""
    has = exists().where(subscriber_tag.c.subscriber_id == subscriber.c.id, subscriber_tag.c.tag == tag)
    changed = and_(condition, has if off else ~has)
    columns = (subscriber.c.id, literal(EventKind.TAGGED.value), literal(now), literal(f"{'-' if off else '+'}{tag}"))
    kept = insert(event).from_select(("subscriber_id", "kind", "at", "detail"), select(*columns).where(changed))
    count = connection.execute(kept, execution_options={"preserve_rowcount": True}).rowcount
    ids = select(subscriber.c.id).where(changed)
    if off:
        mine = subscriber_tag.c.subscriber_id.in_(ids) & (subscriber_tag.c.tag == tag)
        connection.execute(delete(subscriber_tag).where(mine))
    else:
        given = select(subscriber.c.id, literal(tag)).where(changed)
        connection.execute(insert(subscriber_tag).from_select(("subscriber_id", "tag"), given))
    return count


def erase(connection: Connection, found: Subscriber, now: int) -> None:
    """Erase a subscriber: what is left is a keyed hash of the address, so that no import brings them back.

    The ledger keeps that a message was accepted, but not for whom; one that was not sent yet is taken out.
    """
    theirs = delivery.c.subscriber_id == found.id
    waiting = delivery.c.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value])
    connection.execute(delete(delivery).where(theirs & waiting))
    connection.execute(update(delivery).where(theirs).values(address="", domain="", text="", message_id=""))
    connection.execute(delete(subscriber).where(subscriber.c.id == found.id))
    suppress(connection, found.compared, SuppressionReason.ERASED, now)


def _page(connection: Connection, condition: ColumnElement[bool], after: int) -> list[Subscriber]:
    query = select(subscriber).where(condition, subscriber.c.id > after).order_by(subscriber.c.id).limit(_PAGE)
    rows = connection.execute(query).all()
    tags: dict[int, list[str]] = {row.id: [] for row in rows}
    for id, tag in connection.execute(
        select(subscriber_tag).where(subscriber_tag.c.subscriber_id.in_(tags)).order_by(subscriber_tag.c.tag)
    ):
        tags[id].append(tag)
    return [_subscriber(row, tags[row.id]) for row in rows]


def _subscriber(row: Row[tuple[int, str, str, str, str, str, str, int, int]], tags: list[str]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        compared=row.compared,
        name=row.name,
        language=row.language,
        tags=tuple(tags),
        state=SubscriberState(row.state),
        consent_source=row.consent_source,
        consent_at=row.consent_at,
        created_at=row.created_at,
    )
