"""Merge rows of an imported list into the subscribers, in batches, with bulk statements.

`state_machine` decides the states: an import adds subscribers and can withdraw consent, but never restores it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, text

from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import event, subscriber, subscriber_tag
from newsletter.subscribers.queries import write_profiles, write_states
from newsletter.subscribers.state_machine import IMPORT_EVENTS, SUPPRESSION, Refusal, decide, strictest
from newsletter.subscribers.subscriber import ImportedSubscriber
from newsletter.subscribers.suppressions import find_suppressions, lift_suppression, suppress_all

_COLUMNS = ("address", "compared", "name", "language", "state", "consent_source", "consent_at", "created_at")
_SUPPRESSING = tuple(state for state, imported in IMPORT_EVENTS.items() if SUPPRESSION[imported][1])


class MergeOutcome(StrEnum):
    """The outcome of a row. The value is its name in the summary."""

    ADDED = "added"
    CHANGED = "changed"
    LOWERED = "no longer active"
    SAME = "unchanged"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Change:
    """The outcome of a row, the row as it was applied, and a description of the changes."""

    outcome: MergeOutcome
    row: ImportedSubscriber
    detail: str


def merge_rows(first: ImportedSubscriber, second: ImportedSubscriber) -> ImportedSubscriber:
    """Merge two rows for the same address. The second has priority, except that the stricter state counts."""
    return first._replace(
        name=second.name or first.name,
        language=second.language or first.language,
        tags=tuple(dict.fromkeys((*first.tags, *second.tags))),
        state=strictest(first.state, second.state),
        consent_at=first.consent_at or second.consent_at,
    )


def merge_batch(
    connection: Connection,
    rows: Mapping[str, ImportedSubscriber],
    now: int,
    on_change: Callable[[Change], None] | None = None,
) -> Counter[MergeOutcome]:
    """Merge a batch of some hundred rows into the list.

    Args:
        connection: a write transaction.
        rows: the rows by compared address.
        now: seconds since 1970 (UTC).
        on_change: called with the outcome of each row.

    Returns:
        The number of rows with each outcome.
    """
    known, reasons, new = _add_new(connection, rows, now)
    _tag_new(connection, new)

    def change(one: _Known) -> Change:
        row = rows[one.compared]
        # For a suppressed subscriber who is on the list, a row changes only the state.
        applied = row._replace(name="", language="", tags=()) if one.compared in reasons else row
        return _change(one, applied)

    changing = {c: rows[c] for c, one in known.items() if rows[c].state in _SUPPRESSING or change(one).detail}
    if changing:
        # Only rows that change are locked. They may have changed since they were read, so they are read again.
        current = _known(connection, changing, lock=True)
        known = {c: current.get(c, one) for c, one in known.items() if c not in changing or c in current}
        reasons = {c: reason for c, reason in reasons.items() if c not in changing} | _reasons(connection, changing)
    left_out = reasons.keys() - known.keys()
    changes = [change(one) for one in known.values()]
    _apply(connection, [(one, made) for one, made in zip(known.values(), changes, strict=True) if made.detail], now)
    _suppress(connection, rows, known, reasons, now)
    if on_change:
        for row in new:
            on_change(Change(MergeOutcome.ADDED, row, row.state.value))
        for made in changes:
            on_change(made)
        for compared in left_out:
            on_change(Change(MergeOutcome.SUPPRESSED, rows[compared], reasons[compared].value))
    counts = Counter(made.outcome for made in changes)
    return counts + Counter({MergeOutcome.ADDED: len(new), MergeOutcome.SUPPRESSED: len(left_out)})


@dataclass(frozen=True, slots=True)
class _Known:
    """A subscriber before the import."""

    id: int
    compared: str
    name: str
    language: str
    state: SubscriberState
    tags: set[str]


def _add_new(
    connection: Connection, rows: Mapping[str, ImportedSubscriber], now: int
) -> tuple[dict[str, _Known], dict[str, SuppressionReason], list[ImportedSubscriber]]:
    """Add the rows that are neither on the list nor suppressed.

    Returns:
        The subscribers that were on the list, the suppressions, both by compared address, and the rows that were added.
    """
    while True:
        known, reasons = _known(connection, rows), _reasons(connection, rows)
        new = [row for compared, row in rows.items() if compared not in known and compared not in reasons]
        with connection.begin_nested() as savepoint:
            if _add(connection, new, now) == len(new):
                return known, reasons, new
            # Another process has added one of them since. It is not known which.
            savepoint.rollback()


def _reasons(connection: Connection, rows: Mapping[str, ImportedSubscriber]) -> dict[str, SuppressionReason]:
    return {compared: found.reason for compared, found in find_suppressions(connection, rows).items()}


def _known(connection: Connection, rows: Mapping[str, ImportedSubscriber], *, lock: bool = False) -> dict[str, _Known]:
    """Return the existing subscribers by compared address. With `lock`, their rows are locked."""
    table = subscriber.c
    query = select(table.id, table.compared, table.name, table.language, table.state)
    query = query.where(table.compared.in_(rows)).order_by(table.id)
    found = {
        row.compared: _Known(row.id, row.compared, row.name, row.language, SubscriberState(row.state), set())
        for row in connection.execute(query.with_for_update(key_share=True) if lock else query)
    }
    if any(rows[compared].tags for compared in found):
        by_id = {known.id: known for known in found.values()}
        for id, tag in connection.execute(select(subscriber_tag).where(subscriber_tag.c.subscriber_id.in_(by_id))):
            by_id[id].tags.add(tag)
    return found


def _change(known: _Known, row: ImportedSubscriber) -> Change:
    """Return the changes of a row to a subscriber. An empty field changes nothing."""
    details = []
    state = _state_after(known.state, row.state)
    if state is not known.state:
        details.append(f"{known.state} → {state}")
    if row.name and row.name != known.name:
        details.append(f"name `{known.name}` → `{row.name}`")
    if row.language and row.language != known.language:
        details.append(f"language {known.language or 'none'} → {row.language}")
    details += [f"+{tag}" for tag in row.tags if tag not in known.tags]
    outcome = (
        MergeOutcome.LOWERED if state is not known.state else MergeOutcome.CHANGED if details else MergeOutcome.SAME
    )
    return Change(outcome, row._replace(state=state), ", ".join(details))


def _state_after(state: SubscriberState | None, given: SubscriberState) -> SubscriberState:
    """Return the new state of a subscriber after importing a row with the state `given`."""
    change = decide(state, IMPORT_EVENTS[given])
    if isinstance(change, Refusal) or change.state is None:
        raise AssertionError(f"an import of {given} is refused for {state} without a suppression")
    return change.state


def _add(connection: Connection, rows: list[ImportedSubscriber], now: int) -> int:
    """Add the subscribers that are not on the list. Returns how many were added."""
    if not rows:
        return 0
    # Executed by the driver directly, which is a third faster than SQLAlchemy's executemany (measured).
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join(mark for _ in _COLUMNS)
    query = f"INSERT INTO subscriber ({', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 (constants)
    state_of_new = {given: _state_after(None, given).value for given in SubscriberState}
    values = [
        (address, compared, name, language, state_of_new[given], source, at, now)
        for address, compared, name, language, given, source, at, _ in rows
    ]
    return connection.exec_driver_sql(query, values, {"preserve_rowcount": True}).rowcount


def _tag_new(connection: Connection, new: list[ImportedSubscriber]) -> None:
    tagged = {row.compared: row.tags for row in new if row.tags}
    if tagged:
        query = select(subscriber.c.id, subscriber.c.compared).where(subscriber.c.compared.in_(tagged))
        _tag(connection, ((id, tag) for id, compared in connection.execute(query) for tag in tagged[compared]))


def _suppress(
    connection: Connection,
    rows: Mapping[str, ImportedSubscriber],
    known: Mapping[str, _Known],
    reasons: Mapping[str, SuppressionReason],
    now: int,
) -> None:
    """Suppress the addresses that the list contains as bounced or complained, as `state_machine` decides."""
    addresses: dict[SuppressionReason, list[str]] = defaultdict(list)
    for compared, row in rows.items():
        if row.state not in _SUPPRESSING:
            continue
        state = known[compared].state if compared in known else None
        change = decide(state, IMPORT_EVENTS[row.state], reasons.get(compared))
        if isinstance(change, Refusal) or change.suppress is None:
            continue
        if change.lift:
            lift_suppression(connection, compared)
        addresses[change.suppress].append(compared)
    for reason, those in addresses.items():
        suppress_all(connection, those, reason, now)


def _apply(connection: Connection, changes: list[tuple[_Known, Change]], now: int) -> None:
    if not changes:
        return
    write_states(
        connection,
        ((known.id, known.state, made.row.state) for known, made in changes if made.row.state is not known.state),
    )
    profiles = ((known, made.row.name or known.name, made.row.language or known.language) for known, made in changes)
    write_profiles(
        connection,
        (
            (known.id, name, language)
            for known, name, language in profiles
            if (name, language) != (known.name, known.language)
        ),
    )
    _tag(connection, ((known.id, tag) for known, change in changes for tag in change.row.tags))
    connection.execute(
        insert(event),
        [
            {"subscriber_id": known.id, "kind": _kind(change).value, "at": now, "detail": change.detail}
            for known, change in changes
        ],
    )


def _kind(change: Change) -> EventKind:
    return EventKind.LOWERED if change.outcome is MergeOutcome.LOWERED else EventKind.IMPORTED


def _tag(connection: Connection, tags: Iterable[tuple[int, str]]) -> None:
    query = text("INSERT INTO subscriber_tag (subscriber_id, tag) VALUES (:id, :tag) ON CONFLICT DO NOTHING")
    if rows := [{"id": id, "tag": tag} for id, tag in tags]:
        connection.execute(query, rows)
