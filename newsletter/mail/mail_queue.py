"""Letters that pages cause: who is owed one, and which process sends it. Events are the outbox.

A letter is an event `written`, kept before it is handed over, so that of several processes one sends it;
its detail says which letter it was and what a server said to it.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from newsletter.database.states import EventKind, SubscriberState
from newsletter.database.tables import delivery, event, subscriber

# After a day nobody waits for a letter any more.
_WITHIN = 24 * 3600
# What is said of a letter until a server has answered; so long, in seconds, another process leaves it alone.
# A slow server may take nearly as long.
_UNDER_WAY, _PATIENCE = "under way", 3600
_ACTIVE = SubscriberState.ACTIVE.value


class LetterKind(StrEnum):
    """A letter that a page causes.

    It asks to confirm, says that one is subscribed already, has the latest issue, or leads to what is kept of somebody.
    """

    CONFIRM = "confirm"
    KNOWN = "known"
    WELCOME = "welcome"
    OWN = "own"


_CAUSES = {
    LetterKind.CONFIRM: EventKind.ASKED,
    LetterKind.KNOWN: EventKind.ASKED,
    LetterKind.WELCOME: EventKind.CONFIRMED,
    LetterKind.OWN: EventKind.REQUESTED,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter that somebody is owed since a time (seconds since 1970, UTC)."""

    kind: LetterKind
    subscriber_id: int
    since: int


def owed_letters(connection: Connection, now: int, *, welcome: bool) -> list[Owed]:
    """To whom an ended process owes a letter for something within a day; a welcome only if there is a `welcome`."""
    owed = []
    for row in _unanswered(connection, EventKind.ASKED, now):
        kind = LetterKind.KNOWN if row[2] == _ACTIVE else LetterKind.CONFIRM
        owed.append(Owed(kind, row[0], row[1]))
    owed += [Owed(LetterKind.OWN, id, at) for id, at, _ in _unanswered(connection, EventKind.REQUESTED, now)]
    if welcome:
        # Whoever was sent an issue meanwhile needs no other copy of it.
        sent = exists().where(delivery.c.subscriber_id == subscriber.c.id, delivery.c.attempted_at > now - _WITHIN)
        wanted = and_(subscriber.c.state == _ACTIVE, ~sent)
        confirmed = _unanswered(connection, EventKind.CONFIRMED, now, wanted)
        owed += [Owed(LetterKind.WELCOME, id, at) for id, at, _ in confirmed]
    return owed


def claim_letter(connection: Connection, kind: LetterKind, subscriber_id: int, caused_at: int, now: int) -> int | None:
    """Take a letter on, which something of `caused_at` has caused; the claim, or none where another process has it."""
    # Two processes at once come one after the other here; SQLite's writers always do.
    connection.execute(select(subscriber.c.id).where(subscriber.c.id == subscriber_id).with_for_update())
    caused = _CAUSES[kind]
    mine = (event.c.subscriber_id == subscriber_id, event.c.at == caused_at, event.c.kind == caused.value)
    cause = connection.execute(select(func.max(event.c.id)).where(*mine)).scalar()
    if cause is None or connection.execute(select(_written_since(subscriber_id, cause, caused, now))).scalar_one():
        return None
    detail = f"{kind}: {_UNDER_WAY}"
    values = {"subscriber_id": subscriber_id, "kind": EventKind.WRITTEN.value, "at": now, "detail": detail}
    claim: int = connection.execute(insert(event).values(values).returning(event.c.id)).scalar_one()
    return claim


def note_letter(connection: Connection, claim: int, kind: LetterKind, subscriber_id: int, said: str, now: int) -> None:
    """Keep what a server said to a letter; who was erased meanwhile stays so."""
    values = {"at": now, "detail": f"{kind}: {said}"}
    connection.execute(update(event).where(*_claimed(claim, kind, subscriber_id)).values(values))


def give_letter_back(connection: Connection, claim: int, kind: LetterKind, subscriber_id: int) -> None:
    """Let any process try a letter again, which nobody has got."""
    connection.execute(delete(event).where(*_claimed(claim, kind, subscriber_id)))


def _claimed(claim: int, kind: LetterKind, subscriber_id: int) -> tuple[ColumnElement[bool], ...]:
    """What tells a claim from an event that SQLite gave its number to, when the subscriber was erased."""
    return (
        event.c.id == claim,
        event.c.subscriber_id == subscriber_id,
        event.c.kind == EventKind.WRITTEN.value,
        event.c.detail == f"{kind}: {_UNDER_WAY}",
    )


def _unanswered(
    connection: Connection, caused: EventKind, now: int, wanted: ColumnElement[bool] | None = None
) -> list[tuple[int, int, str]]:
    """Those to whom something happened within a day, when it last did, and their states, if no letter followed."""
    newest = (
        select(func.max(event.c.id).label("id"))
        .where(event.c.kind == caused.value, event.c.at > now - _WITHIN)
        .group_by(event.c.subscriber_id)
        .subquery()
    )
    cause = event.alias("cause")
    query = (
        select(cause.c.subscriber_id, cause.c.at, subscriber.c.state)
        .join(newest, newest.c.id == cause.c.id)
        .join(subscriber, subscriber.c.id == cause.c.subscriber_id)
        .where(~_written_since(cause.c.subscriber_id, cause.c.id, caused, now))
    )
    if wanted is not None:
        query = query.where(wanted)
    return [(row.subscriber_id, row.at, row.state) for row in connection.execute(query)]


def _written_since(
    subscriber_id: ColumnElement[int] | int, cause: ColumnElement[int] | int, caused: EventKind, now: int
) -> ColumnElement[bool]:
    """Whether a letter of the cause's kinds came after it, or is under way."""
    letter = event.alias("letter")
    kinds = [kind for kind, known in _CAUSES.items() if known is caused]
    return exists().where(
        letter.c.subscriber_id == subscriber_id,
        letter.c.id > cause,
        letter.c.kind == EventKind.WRITTEN.value,
        or_(*(letter.c.detail.like(f"{kind}:%") for kind in kinds)),
        or_(letter.c.detail.not_like(f"%: {_UNDER_WAY}"), letter.c.at.between(now - _PATIENCE, now)),
    )
