"""People of another list are taken over, a batch at a time: new ones come, and consent only goes down."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import event, subscriber, subscriber_tag
from newsletter.subscribers.subscriber import Newcomer, lowered, lowest
from newsletter.subscribers.suppressions import suppress_all, suppressed

_SUPPRESSED_BY = {
    SubscriberState.BOUNCED: SuppressionReason.HARD_BOUNCE,
    SubscriberState.COMPLAINED: SuppressionReason.COMPLAINT,
}
_COLUMNS = ("address", "compared", "name", "language", "state", "consent_source", "consent_at", "created_at")


class Outcome(StrEnum):
    """What an import does with a person."""

    ADDED = "added"
    CHANGED = "changed"
    LOWERED = "no longer active"
    SAME = "as they were"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Change:
    """One person's outcome, and what of them changes, in words."""

    outcome: Outcome
    person: Newcomer
    detail: str


def merge(first: Newcomer, second: Newcomer) -> Newcomer:
    """Two lines about one person: what the second says, but for consent, of which the lower counts."""
    return first._replace(
        name=second.name or first.name,
        language=second.language or first.language,
        tags=tuple(dict.fromkeys((*first.tags, *second.tags))),
        state=lowest(first.state, second.state),
    )


def take_over(
    connection: Connection,
    people: Mapping[str, Newcomer],
    now: int,
    told: Callable[[Change], None] | None = None,
    newest: int | None = None,
) -> Counter[Outcome]:
    """Take over some thousand people, by their compared addresses, and count the outcomes; `told` is given each.

    Whoever has an id above `newest` came by an earlier part of the same list.
    """
    barred = suppressed(connection, people)
    # Of somebody who is suppressed and on the list, only consent is heard.
    heard = {c: p._replace(name="", language="", tags=()) if c in barred else p for c, p in people.items()}
    # Everybody is added who is not there, which the database knows; only if it is not all of them, those are looked up.
    last = newest_id(connection)
    added = _add(connection, [person for compared, person in people.items() if compared not in barred], now)
    known = _known(connection, heard, last) if added < len(people) else {}
    new = [person for compared, person in people.items() if compared not in known and compared not in barred]
    _tag_new(connection, new)
    left_out = barred.keys() - known.keys()
    changes = [
        _change(row, heard[row.compared], same_list=newest is not None and row.id > newest) for row in known.values()
    ]
    _apply(
        connection, [(row, change) for row, change in zip(known.values(), changes, strict=True) if change.detail], now
    )
    for state, reason in _SUPPRESSED_BY.items():
        fallen = (compared for compared, person in people.items() if person.state is state and compared not in barred)
        suppress_all(connection, fallen, reason, now)
    if told:
        for person in new:
            told(Change(Outcome.ADDED, person, person.state.value))
        for change in changes:
            told(change)
        for compared in left_out:
            told(Change(Outcome.SUPPRESSED, people[compared], barred[compared].reason.value))
    counts = Counter(change.outcome for change in changes)
    return counts + Counter({Outcome.ADDED: len(new), Outcome.SUPPRESSED: len(left_out)})


def newest_id(connection: Connection) -> int:
    """The id of who came last; 0 where nobody has."""
    return connection.execute(select(func.max(subscriber.c.id))).scalar() or 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a person before the import."""

    id: int
    compared: str
    name: str
    language: str
    state: SubscriberState
    tags: set[str]


def _known(connection: Connection, people: Mapping[str, Newcomer], last: int) -> dict[str, _Known]:
    """Those who were there before, which means: with an id up to the last one."""
    table = subscriber.c
    query = select(table.id, table.compared, table.name, table.language, table.state)
    rows = connection.execute(query.where(table.compared.in_(people), table.id <= last)).all()
    found = {
        row.compared: _Known(row.id, row.compared, row.name, row.language, SubscriberState(row.state), set())
        for row in rows
    }
    if any(people[compared].tags for compared in found):
        by_id = {known.id: known for known in found.values()}
        for id, tag in connection.execute(select(subscriber_tag).where(subscriber_tag.c.subscriber_id.in_(by_id))):
            by_id[id].tags.add(tag)
    return found


def _change(known: _Known, person: Newcomer, *, same_list: bool) -> Change:
    """What a line changes of a person: a blank one takes nothing away, and nobody becomes active."""
    said = []
    state = (lowest if same_list else lowered)(known.state, person.state)
    if state is not known.state:
        said.append(f"{known.state} → {state}")
    if person.name and person.name != known.name:
        said.append(f"name `{known.name}` → `{person.name}`")
    if person.language and person.language != known.language:
        said.append(f"language {known.language or 'none'} → {person.language}")
    said += [f"+{tag}" for tag in person.tags if tag not in known.tags]
    outcome = Outcome.LOWERED if state is not known.state else Outcome.CHANGED if said else Outcome.SAME
    return Change(outcome, person._replace(state=state), ", ".join(said))


def _add(connection: Connection, people: list[Newcomer], now: int) -> int:
    """Add those who are not there yet; how many."""
    if not people:
        return 0
    # Handed to the driver as it is, a third faster than by SQLAlchemy's executemany.
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join(mark for _ in _COLUMNS)
    query = f"INSERT INTO subscriber ({', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 (constants)
    rows = [
        (address, compared, name, language, state.value, source, at, now)
        for address, compared, name, language, state, source, at, _ in people
    ]
    return connection.exec_driver_sql(query, rows, {"preserve_rowcount": True}).rowcount


def _tag_new(connection: Connection, new: list[Newcomer]) -> None:
    tagged = {person.compared: person.tags for person in new if person.tags}
    if tagged:
        query = select(subscriber.c.id, subscriber.c.compared).where(subscriber.c.compared.in_(tagged))
        _tag(connection, ((id, tag) for id, compared in connection.execute(query) for tag in tagged[compared]))


def _apply(connection: Connection, changes: list[tuple[_Known, Change]], now: int) -> None:
    if not changes:
        return
    table = subscriber.c
    query = (
        update(subscriber)
        .where(table.id == bindparam("known"))
        .values(name=bindparam("to_name"), language=bindparam("to_language"), state=bindparam("to_state"))
    )
    rows = [
        {
            "known": known.id,
            "to_name": change.person.name or known.name,
            "to_language": change.person.language or known.language,
            "to_state": change.person.state.value,
        }
        for known, change in changes
    ]
    connection.execute(query, rows)
    _tag(connection, ((known.id, tag) for known, change in changes for tag in change.person.tags))
    connection.execute(
        insert(event),
        [
            {"subscriber_id": known.id, "kind": _kind(change).value, "at": now, "detail": change.detail}
            for known, change in changes
        ],
    )


def _kind(change: Change) -> EventKind:
    return EventKind.LOWERED if change.outcome is Outcome.LOWERED else EventKind.IMPORTED


def _tag(connection: Connection, tags: Iterable[tuple[int, str]]) -> None:
    query = text("INSERT INTO subscriber_tag (subscriber_id, tag) VALUES (:id, :tag) ON CONFLICT DO NOTHING")
    if rows := [{"id": id, "tag": tag} for id, tag in tags]:
        connection.execute(query, rows)
