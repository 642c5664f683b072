"""Token buckets in PostgreSQL, by the database's clock, for limits that several processes share.

A bucket is the time at which its next token is free. Tokens do not pile up: a token that nobody takes is gone. Commits
do not wait for the disk: after a crash of the server, the tokens of the last moments are lost or taken again, but none
is taken that time has not brought since.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from newsletter.database.database import Database

Patiently = Callable[[Callable[[], Sequence[Row[Any]]], Sequence[Row[Any]]], Sequence[Row[Any]]]
# Holds that are further ahead, in seconds, were made before the clock was set back.
_FURTHEST = 7_200
# Buckets that nobody used for this many seconds are removed.
_KEPT = 86_400
# Tests pass the time; otherwise it is the database's.
_NOW = "coalesce(CAST(:now AS float8), extract(epoch FROM clock_timestamp())::float8)"
_TAKE = text(f"""
INSERT INTO sending_pace AS pace (key, free_at, held_until) VALUES (:key, {_NOW} + :seconds, 0)
ON CONFLICT (key) DO UPDATE SET free_at = :seconds
    + CASE WHEN pace.free_at > {_NOW} + :far THEN {_NOW} ELSE greatest(pace.free_at, {_NOW}) END
WHERE (pace.held_until <= {_NOW} OR pace.held_until > {_NOW} + {_FURTHEST})
    AND (pace.free_at <= {_NOW} + :ahead OR pace.free_at > {_NOW} + :far)
RETURNING pace.free_at, {_NOW}
""")  # noqa: S608 (no values of users)
_FIND = text(f"SELECT free_at - {_NOW}, held_until - {_NOW} FROM sending_pace WHERE key = :key")  # noqa: S608
_GIVE_BACK = text("UPDATE sending_pace SET free_at = free_at - :seconds WHERE key = :key AND free_at = :end")
_HOLD = text(f"""
INSERT INTO sending_pace AS pace (key, free_at, held_until) VALUES (:key, 0, {_NOW} + :seconds)
ON CONFLICT (key) DO UPDATE SET held_until = CASE
    WHEN pace.held_until > {_NOW} + {_FURTHEST} THEN {_NOW} + :seconds
    ELSE greatest(pace.held_until, {_NOW} + :seconds) END
""")  # noqa: S608
_HELD = text(f"""
SELECT key, held_until - {_NOW} FROM sending_pace
WHERE held_until > {_NOW} AND held_until <= {_NOW} + {_FURTHEST}
""")  # noqa: S608
_FORGET = text(f"DELETE FROM sending_pace WHERE greatest(free_at, held_until) < {_NOW} - {_KEPT}")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer of a bucket.

    Attributes:
        tokens: The number of tokens; 0 if none is free yet.
        wait: In how many seconds the first token may be used, or when to ask again.
        end: The time, by the database's clock, at which the next token is free.
    """

    tokens: int
    wait: float
    end: float = 0.0


class SharedLimits:
    """The buckets of a PostgreSQL database.

    Args:
        database: The database.
        patiently: Calls a function that uses the database, and waits while it is away. Returns its second argument if
            the campaign stops first.

    Attributes:
        now: The time for tests, in seconds since 1970; None for the time of the database.
    """

    def __init__(self, database: Database, patiently: Patiently = lambda work, _: work()) -> None:
        self._database, self._patiently = database, patiently
        self._connection: Connection | None = None
        self.now: float | None = None

    def take(self, key: str, rate: float, tokens: int, ahead: float) -> Grant:
        """Take tokens if the first of them is free at most `ahead` seconds from now.

        Args:
            key: The bucket. A new one has tokens from now on.
            rate: Tokens per second.
            tokens: The number of tokens.
            ahead: As above.

        Raises:
            DatabaseError: The database fails.
        """
        seconds = tokens / rate
        # No bucket can be further ahead, unless the clock was set back or the rate was lower.
        far = ahead + max(seconds, 1 / rate, 1.0) + 1
        values = {"key": key, "seconds": seconds, "ahead": ahead, "far": far}
        if taken := self._execute(_TAKE, values):
            end, now = tuple(taken[0])
            return Grant(tokens, end - seconds - now, end)
        found = self._execute(_FIND, {"key": key})
        free, held = tuple(found[0]) if found else (0.0, 0.0)
        return Grant(0, max(free - ahead, held if held <= _FURTHEST else 0.0, 0.0))

    def give_back(self, key: str, rate: float, tokens: int, end: float) -> None:
        """Give back the last tokens of a block, if no process has taken tokens since."""
        self._execute(_GIVE_BACK, {"key": key, "seconds": tokens / rate, "end": end})

    def hold(self, key: str, seconds: float) -> None:
        """Give no tokens for some seconds."""
        self._execute(_HOLD, {"key": key, "seconds": seconds})

    def held(self) -> dict[str, float]:
        """Return the keys that are held, and for how many seconds."""
        return {str(key): float(seconds) for key, seconds in map(tuple, self._execute(_HELD, {}))}

    def forget_unused(self) -> None:
        """Remove buckets that nobody uses."""
        self._execute(_FORGET, {})

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            with suppress(DBAPIError):
                self._connection.close()
        self._connection = None

    def _execute(self, statement: TextClause, values: dict[str, object]) -> Sequence[Row[Any]]:
        return self._patiently(lambda: self._run(statement, values), ())

    def _run(self, statement: TextClause, values: dict[str, object]) -> Sequence[Row[Any]]:
        try:
            found = self._open().execute(statement, values | {"now": self.now})
            return found.all() if found.returns_rows else ()
        except DBAPIError as error:
            self.close()
            raise self._database.translate(error) from error

    def _open(self) -> Connection:
        if self._connection is None:
            opened = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # Other transactions must wait for the disk, so the session never returns to the pool.
            opened.detach()
            opened.exec_driver_sql("SET synchronous_commit = off")
            self._connection = opened
        return self._connection
