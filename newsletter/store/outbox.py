"""Letters that are owed: events say who is to be written to and who was, and the next process sends what one did not.

An event that somebody was written to says by which letter, in its detail.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from newsletter.models.subscriber import EventKind, SubscriberState
from newsletter.store.events import record
from newsletter.store.subscribers import subscriber_of
from newsletter.store.tables import delivery, event, subscriber

# After a day nobody waits for a letter any more.
_WITHIN = 24 * 3600
_ACTIVE = SubscriberState.ACTIVE.value


class LetterKind(StrEnum):
    """A letter that a page causes: it asks to confirm, says that one is subscribed already, or has the latest issue."""

    CONFIRM = "confirm"
    KNOWN = "known"
    WELCOME = "welcome"


_letter = event.alias("letter")
_WELCOMED = _letter.c.detail.like(f"{LetterKind.WELCOME}:%")


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter that somebody is owed since a time (seconds since 1970, UTC)."""

    kind: LetterKind
    subscriber_id: int
    since: int


def owed_letters(connection: Connection, now: int, *, welcome: bool) -> list[Owed]:
    """To whom an ended process owes a letter: who has asked within a day, or confirmed if there is a `welcome`."""
    asked = [
        Owed(LetterKind.KNOWN if row.state == _ACTIVE else LetterKind.CONFIRM, row.subscriber_id, row.at)
        for row in connection.execute(_unanswered(EventKind.ASKED, now, ~_WELCOMED))
    ]
    if not welcome:
        return asked
    # Whoever was sent an issue meanwhile needs no other copy of it.
    sent = exists().where(delivery.c.subscriber_id == subscriber.c.id, delivery.c.attempted_at > now - _WITHIN)
    confirmed = _unanswered(EventKind.CONFIRMED, now, _WELCOMED).where(subscriber.c.state == _ACTIVE, ~sent)
    return asked + [Owed(LetterKind.WELCOME, row.subscriber_id, row.at) for row in connection.execute(confirmed)]


def keep_written(connection: Connection, subscriber_id: int, kind: LetterKind, said: str, now: int) -> None:
    """Keep that somebody was written to, and what a server said to it; who was erased meanwhile stays so."""
    if subscriber_of(connection, subscriber_id):
        record(connection, subscriber_id, EventKind.WRITTEN, now, f"{kind}: {said}")


def _unanswered(kind: EventKind, now: int, letters: ColumnElement[bool]) -> Select[int, int, str]:
    """Those to whom something happened within a day, when it last did, and who got none of some letters since."""
    happened = (
        select(event.c.subscriber_id, func.max(event.c.at).label("at"))
        .where(event.c.kind == kind.value, event.c.at > now - _WITHIN)
        .group_by(event.c.subscriber_id)
        .subquery()
    )
    written = exists().where(
        _letter.c.subscriber_id == happened.c.subscriber_id,
        _letter.c.kind == EventKind.WRITTEN.value,
        _letter.c.at >= happened.c.at,
        letters,
    )
    joined = happened.join(subscriber, subscriber.c.id == happened.c.subscriber_id)
    return select(happened.c.subscriber_id, happened.c.at, subscriber.c.state).select_from(joined).where(~written)
