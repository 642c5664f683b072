"""Letters that people have asked for on a page: who is owed one, and which process sends it.

A letter is an event `written`, kept before it is handed over: of several processes one sends it.
"""

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from newsletter.models.subscriber import EventKind, SubscriberState
from newsletter.store.consent import DAY, Asked, Asking
from newsletter.store.tables import event, subscriber

# What is said of a letter until a server has answered; so long, in seconds, another process leaves it alone.
_UNDER_WAY, _PATIENCE = "under way", 600
_CAUSES = (EventKind.ASKED.value, EventKind.CONFIRMED.value, EventKind.REQUESTED.value)


def unanswered(connection: Connection, now: int) -> list[tuple[Asking, int]]:
    """Who has asked within a day and was not written to since, and when they asked: a process that ended owes them."""
    newest = (
        select(func.max(event.c.id).label("id"))
        .where(event.c.kind == EventKind.ASKED.value, event.c.at > now - DAY)
        .group_by(event.c.subscriber_id)
        .subquery()
    )
    asked = event.alias("asked")
    query = (
        select(asked.c.subscriber_id, asked.c.at, subscriber.c.state)
        .join(newest, newest.c.id == asked.c.id)
        .join(subscriber, subscriber.c.id == asked.c.subscriber_id)
        .where(~_written_since(asked.c.subscriber_id, asked.c.id, now))
    )
    return [
        (Asking(Asked.KNOWN if row.state == SubscriberState.ACTIVE.value else Asked.CONFIRM, row.subscriber_id), row.at)
        for row in connection.execute(query)
    ]


def claim_letter(connection: Connection, subscriber_id: int, caused_at: int, now: int) -> int | None:
    """Take a letter on, which something of `caused_at` has caused; the claim, or none where another process has it."""
    # Two processes at once come one after the other here; SQLite's writers always do.
    connection.execute(select(subscriber.c.id).where(subscriber.c.id == subscriber_id).with_for_update())
    mine = (event.c.subscriber_id == subscriber_id, event.c.at == caused_at, event.c.kind.in_(_CAUSES))
    cause = connection.execute(select(func.max(event.c.id)).where(*mine)).scalar()
    if cause is None or connection.execute(select(_written_since(subscriber_id, cause, now))).scalar_one():
        return None
    values = {"subscriber_id": subscriber_id, "kind": EventKind.WRITTEN.value, "at": now, "detail": _UNDER_WAY}
    claim: int = connection.execute(insert(event).values(values).returning(event.c.id)).scalar_one()
    return claim


def note_letter(connection: Connection, claim: int, now: int, detail: str) -> None:
    """Keep what became of a letter."""
    connection.execute(update(event).where(event.c.id == claim).values(at=now, detail=detail))


def give_letter_back(connection: Connection, claim: int) -> None:
    """Let any process try a letter again, which nobody has got."""
    connection.execute(delete(event).where(event.c.id == claim))


def _written_since(
    subscriber_id: ColumnElement[int] | int, cause: ColumnElement[int] | int, now: int
) -> ColumnElement[bool]:
    """Whether there was a letter after its cause, or one is under way."""
    letter = event.alias("letter")
    return exists().where(
        letter.c.subscriber_id == subscriber_id,
        letter.c.id > cause,
        letter.c.kind == EventKind.WRITTEN.value,
        or_(letter.c.detail != _UNDER_WAY, letter.c.at.between(now - _PATIENCE, now)),
    )
