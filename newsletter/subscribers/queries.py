"""Database queries for subscribers: find, list, count, add, change and delete rows.

`add_subscriber`, `write_state` and `write_states` are the only functions that write a state, except the bulk insert of
an import. A state that was read is written only if its row was locked before, or if the statement checks it again.

Locks are taken in a fixed order, so that no transaction waits for one that waits for it: first the subscriber, then
rows that refer to it; several subscribers after `lock_list`.
"""

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from newsletter.database.states import DeliveryState, EventKind, SubscriberState
from newsletter.database.tables import delivery, event, subscriber, subscriber_tag
from newsletter.subscribers.subscriber import Subscriber

_PAGE = 1000
# The columns of the table, in their order.
_Columns = tuple[int, str, str, str, str, str, str, int, int]
# The key of the lock of `lock_list` among PostgreSQL's advisory locks.
_LIST_LOCK = 0x6E65776C


def find_subscriber(connection: Connection, compared: str, *, lock: bool = False) -> Subscriber | None:
    """Return the subscriber with a compared address, or None. With `lock`, the row is locked; see `lock_subscriber`."""
    return next(iter(_page(connection, subscriber.c.compared == compared, 0, lock=lock)), None)


def find_subscriber_by_id(connection: Connection, id: int, *, lock: bool = False) -> Subscriber | None:
    """Return the subscriber with an id, or None if the subscriber was erased. `lock` is as in `find_subscriber`."""
    return next(iter(_page(connection, subscriber.c.id == id, 0, lock=lock)), None)


def lock_subscriber(connection: Connection, id: int) -> SubscriberState | None:
    """Lock the row of a subscriber until the transaction ends, and return the current state; None if it was erased.

    Waits for transactions that have changed the row. SQLite needs no lock: a transaction that writes is the only one.
    """
    query = select(subscriber.c.state).where(subscriber.c.id == id).with_for_update(key_share=True)
    state: str | None = connection.execute(query).scalar()
    return SubscriberState(state) if state else None


def lock_list(connection: Connection) -> None:
    """Wait for other transactions that lock several subscribers. Call this before the first of them is locked.

    Transactions that lock one subscriber do not wait.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LIST_LOCK})


def find_address(connection: Connection, id: int) -> str | None:
    """Return a subscriber's address as it was typed, or None if the subscriber was erased."""
    return connection.execute(select(subscriber.c.address).where(subscriber.c.id == id)).scalar()


def count_subscribers(connection: Connection, condition: ColumnElement[bool]) -> dict[SubscriberState, int]:
    """Count the subscribers that match a condition, by state. States without subscribers are left out."""
    query = select(subscriber.c.state, func.count()).where(condition).group_by(subscriber.c.state)
    counts: dict[str, int] = {state: count for state, count in connection.execute(query)}  # noqa: C416 (rows are not pairs)
    return {state: counts[state.value] for state in SubscriberState if state.value in counts}


def list_subscribers(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Subscriber]:
    """Yield the subscribers that match a condition, in the order in which they were added. Loads 1,000 at a time."""
    after = 0
    while page := _page(connection, condition, after):
        yield from page
        after = page[-1].id


def list_newest_subscribers(
    connection: Connection, condition: ColumnElement[bool], before: int | None, limit: int
) -> list[Subscriber]:
    """Return the subscribers that match a condition and were added last, newest first.

    Args:
        connection: a transaction.
        condition: the condition.
        before: the id before which they were added, for the next page; None for the first page.
        limit: the most subscribers to return.
    """
    query = select(subscriber).where(condition).order_by(subscriber.c.id.desc()).limit(limit)
    return _with_tags(connection, query if before is None else query.where(subscriber.c.id < before))


def add_subscriber(connection: Connection, new: Subscriber, *, wanted: bool = True) -> int | None:
    """Add a subscriber, or run the same statement without effect if not `wanted`.

    Returns:
        The new id (that of `new` is ignored), or None if the address is already on the list.
    """
    query = text(
        "INSERT INTO subscriber (address, compared, name, language, state, consent_source, consent_at, created_at)"
        " SELECT :address, :compared, :name, :language, :state, :consent_source, :consent_at, :created_at WHERE :wanted"
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
        "wanted": wanted,
    }
    id: int | None = connection.execute(query, values).scalar()
    if id is not None and new.tags:
        add_tags(connection, id, new.tags)
    return id


def write_state(
    connection: Connection, id: int, state: SubscriberState, only_from: Collection[SubscriberState] = ()
) -> str | None:
    """Write a subscriber's state. Call this only from `apply_event`, with a state from `state_machine.decide`.

    Args:
        connection: a write transaction.
        id: the subscriber.
        state: the new state.
        only_from: change the state only if it is one of these; empty for any.

    Returns:
        The subscriber's address, or None if the subscriber is not in one of these states or was erased.
    """
    query = update(subscriber).where(subscriber.c.id == id).values(state=state.value).returning(subscriber.c.address)
    if only_from:
        query = query.where(subscriber.c.state.in_([one.value for one in only_from]))
    address: str | None = connection.execute(query).scalar()
    return address


def write_states(connection: Connection, changes: Iterable[tuple[int, SubscriberState, SubscriberState]]) -> None:
    """Write the states of several subscribers; see `write_state`. `changes` are ids with states before and after."""
    rows = [{"changed": id, "before": before.value, "after": after.value} for id, before, after in changes]
    if rows:
        query = update(subscriber).where(
            subscriber.c.id == bindparam("changed"), subscriber.c.state == bindparam("before")
        )
        connection.execute(query.values(state=bindparam("after")), rows)


def write_profiles(connection: Connection, profiles: Iterable[tuple[int, str, str]]) -> None:
    """Write the names and languages of several subscribers, given as ids with both."""
    if rows := [{"changed": id, "to_name": name, "to_language": language} for id, name, language in profiles]:
        query = update(subscriber).where(subscriber.c.id == bindparam("changed"))
        connection.execute(query.values(name=bindparam("to_name"), language=bindparam("to_language")), rows)


def write_consent(connection: Connection, id: int, source: str, now: int) -> None:
    """Store the source and the time of a subscriber's new consent."""
    values = {"consent_source": source, "consent_at": now}
    connection.execute(update(subscriber).where(subscriber.c.id == id).values(values))


def write_name(connection: Connection, id: int, name: str) -> None:
    """Change a subscriber's name."""
    connection.execute(update(subscriber).where(subscriber.c.id == id).values(name=name))


def write_language(connection: Connection, id: int, language: str) -> None:
    """Change a subscriber's language. An empty language means the publication's."""
    connection.execute(update(subscriber).where(subscriber.c.id == id).values(language=language))


def add_tags(connection: Connection, id: int, tags: Collection[str]) -> list[str]:
    """Add tags to a subscriber. Returns those that the subscriber did not have."""
    had = connection.execute(select(subscriber_tag.c.tag).where(subscriber_tag.c.subscriber_id == id)).scalars().all()
    new = sorted(set(tags) - set(had))
    if new:
        connection.execute(insert(subscriber_tag), [{"subscriber_id": id, "tag": tag} for tag in new])
    return new


def request_tag(connection: Connection, id: int, tag: str) -> None:
    """Add a tag to a new subscriber, or run the same statement without effect for subscriber 0."""
    rows = select(subscriber.c.id, literal(tag)).where(subscriber.c.id == id)
    connection.execute(insert(subscriber_tag).from_select(("subscriber_id", "tag"), rows))


def has_id(ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a subscriber has one of these ids."""
    return subscriber.c.id.in_(ids)


def change_tag(connection: Connection, condition: ColumnElement[bool], tag: str, now: int, *, off: bool) -> int:
    """Add a tag to the subscribers that match a condition, or remove it if `off`. Returns how many were changed."""
    has = exists().where(subscriber_tag.c.subscriber_id == subscriber.c.id, subscriber_tag.c.tag == tag)
    changed = and_(condition, has if off else ~has)
    columns = (subscriber.c.id, literal(EventKind.TAGGED.value), literal(now), literal(f"{'-' if off else '+'}{tag}"))
    found = select(*columns).where(changed).order_by(subscriber.c.id)
    recorded = insert(event).from_select(("subscriber_id", "kind", "at", "detail"), found)
    count = connection.execute(recorded, execution_options={"preserve_rowcount": True}).rowcount
    ids = select(subscriber.c.id).where(changed)
    if off:
        mine = subscriber_tag.c.subscriber_id.in_(ids) & (subscriber_tag.c.tag == tag)
        connection.execute(delete(subscriber_tag).where(mine))
    else:
        given = select(subscriber.c.id, literal(tag)).where(changed)
        connection.execute(insert(subscriber_tag).from_select(("subscriber_id", "tag"), given))
    return count


def remove_tags(connection: Connection, id: int, tags: Collection[str]) -> None:
    """Remove tags from a subscriber."""
    mine = subscriber_tag.c.subscriber_id == id
    connection.execute(delete(subscriber_tag).where(mine, subscriber_tag.c.tag.in_(tags)))


def delete_subscriber(connection: Connection, id: int) -> None:
    """Delete a subscriber, with tags and events, and the address in the ledger.

    Pending and deferred deliveries are deleted. Other deliveries keep their state, but not the recipient.
    """
    theirs = delivery.c.subscriber_id == id
    waiting = delivery.c.state.in_([DeliveryState.PENDING.value, DeliveryState.DEFERRED.value])
    connection.execute(delete(delivery).where(theirs & waiting))
    connection.execute(update(delivery).where(theirs).values(address="", domain="", text="", message_id=""))
    connection.execute(delete(subscriber).where(subscriber.c.id == id))


def _page(
    connection: Connection, condition: ColumnElement[bool], after: int, *, lock: bool = False
) -> list[Subscriber]:
    query = select(subscriber).where(condition, subscriber.c.id > after).order_by(subscriber.c.id).limit(_PAGE)
    return _with_tags(connection, query.with_for_update(key_share=True) if lock else query)


def _with_tags(connection: Connection, query: Select[_Columns]) -> list[Subscriber]:
    """Return the subscribers of a query, with their tags."""
    rows = connection.execute(query).all()
    tags: dict[int, list[str]] = {row.id: [] for row in rows}
    for id, tag in connection.execute(
        select(subscriber_tag).where(subscriber_tag.c.subscriber_id.in_(tags)).order_by(subscriber_tag.c.tag)
    ):
        tags[id].append(tag)
    return [_subscriber(row, tags[row.id]) for row in rows]


def _subscriber(row: Row[_Columns], tags: list[str]) -> Subscriber:
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
