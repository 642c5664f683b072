"""The limits on mail that visitors request for an address. Each kind of request has its own limit."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.database.states import EventKind
from newsletter.database.tables import event

_DAY = 24 * 3600
# Ten minutes (in seconds) between two requests of a kind, and three a day.
_MIN_INTERVAL, _DAILY_LIMIT = 600, 3


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """A limit that was reached; times are in seconds since 1970 (UTC).

    Attributes:
        last_at: When the last request that counts was made.
        next_at: When the next one is allowed.
    """

    last_at: int
    next_at: int


def request_limit(connection: Connection, subscriber_id: int, kind: EventKind, now: int) -> RequestLimit | None:
    """Return the limit on a subscriber's requests of one kind, or None if another one is allowed.

    Other kinds do not count, because a stranger who signs up with a subscriber's address must not block other mail.
    Requests in the future come from a wrong clock, and do not count.
    """
    query = select(event.c.at).where(event.c.subscriber_id == subscriber_id, event.c.kind == kind.value)
    times = sorted(connection.execute(query.where(event.c.at.between(now - _DAY + 1, now))).scalars())
    if not times:
        return None
    next_at = times[-1] + _MIN_INTERVAL
    if len(times) >= _DAILY_LIMIT:
        next_at = max(next_at, times[-_DAILY_LIMIT] + _DAY)
    return RequestLimit(times[-1], next_at) if next_at > now else None
