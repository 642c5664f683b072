"""Deliveries in the database: claims and outcomes, many in one durable transaction, and pages of what is to be sent.

A delivery is claimed before its message is handed to a server, and its outcome is recorded after. Both are durable
when `LedgerWriter.write` returns. A process that is killed leaves its claims in the state `attempting`;
`mark_uncertain` finds them.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Engine, Select, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Update

from newsletter.database.database import Database
from newsletter.database.driver_errors import translate_error
from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import delivery, subscriber

# Milliseconds that SQLite waits for another program that writes before a write fails.
_PATIENCE = 1_000
# The key of the sending lock among PostgreSQL's advisory locks.
ADVISORY = 0x6E657773
# The text of a delivery whose subscriber became inactive after the campaign was created.
NOT_ACTIVE = "no longer an active subscriber when their turn came"
_OPEN = or_(delivery.c.state == DeliveryState.PENDING.value, delivery.c.state == DeliveryState.DEFERRED.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that is still to be sent, with its recipient; `attempts` counts the earlier attempts."""

    id: int
    subscriber_id: int
    address: str
    domain: str
    name: str
    language: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """The reservation of a delivery, durable before any of its message is sent. `at` is in seconds since 1970."""

    id: int
    at: int
    message_id: str
    server: str


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The result of a claimed delivery. Times are seconds since 1970 (UTC).

    Attributes:
        attempts: The attempts so far, this one included where it counts.
        due_at: When a deferred delivery is tried again.
    """

    id: int
    state: DeliveryState
    at: int
    attempts: int
    due_at: int = 0
    code: int = 0
    enhanced: str = ""
    text: str = ""


_claim = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("claimed"),
        _OPEN,
        exists().where(subscriber.c.id == delivery.c.subscriber_id, subscriber.c.state == SubscriberState.ACTIVE.value),
    )
    .values(
        state=DeliveryState.ATTEMPTING.value,
        attempts=delivery.c.attempts + 1,
        attempted_at=bindparam("at"),
        message_id=bindparam("message_id"),
        server=bindparam("server"),
    )
)
_answer = (
    update(delivery)
    # Another process may have marked the delivery uncertain or taken it over in the meantime.
    .where(delivery.c.id == bindparam("answered"), delivery.c.state == DeliveryState.ATTEMPTING.value)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "answered_at", "attempts", "due_at", "code", "enhanced", "text")
        }
    )
)
_deactivate = (
    update(delivery)
    .where(delivery.c.id == bindparam("inactive"), _OPEN)
    .values(state=DeliveryState.FAILED.value, answered_at=bindparam("at"), code=0, enhanced="", text=NOT_ACTIVE)
)


# The values of a statement in order; a mapping, for drivers that take them by name.
Row = Sequence[Any]


class _Prepared:
    """A statement compiled once for one driver: compiling it each time costs as much as the commit."""

    def __init__(self, statement: Update, engine: Engine) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self.sql = str(compiled)
        self._ordered = itemgetter(*compiled.positiontup) if compiled.positiontup else None
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def row(self, values: dict[str, object]) -> Row:
        """Return the values for one execution."""
        values |= self._fixed
        return self._ordered(values) if self._ordered else cast("Row", values)


class LedgerWriter:
    """A connection that writes claims and outcomes, durable when `write` returns. For one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database, engine = database, database.engine
        self._claim, self._answer, self._deactivate = (
            _Prepared(each, engine) for each in (_claim, _answer, _deactivate)
        )
        self._pooled = engine.raw_connection()
        self._cursor = self._pooled.cursor()
        self._sqlite = engine.dialect.name == "sqlite"
        if self._sqlite:
            # A shorter timeout than other connections have, so that the caller can report that it waits.
            self._pooled.detach()
            self._cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        self._locked = False

    def lock(self) -> bool:
        """Take PostgreSQL's sending lock, which this session holds until it ends. Returns whether it was free.

        Raises:
            DatabaseError: The database fails.
        """
        with self._translated():
            self._cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY])
            self._locked = self._cursor.fetchone() == (True,)
            self._pooled.commit()
        return self._locked

    def write(self, outcomes: Sequence[DeliveryOutcome], claims: Sequence[DeliveryClaim]) -> frozenset[int]:
        """Write outcomes and claims in one transaction.

        Returns:
            The ids of the claims that failed: the subscriber is no longer active, which is recorded, or another
            process has the delivery.

        Raises:
            DatabaseError: Nothing was written. With `busy`, the same may be tried again.
        """
        with self._translated():
            return self._write(outcomes, claims)

    def close(self) -> None:
        """Return the connection to the pool, or end it if it holds the sending lock."""
        if self._locked:
            with contextlib.suppress(self._driver_error):
                self._cursor.execute("SELECT pg_advisory_unlock_all()")
            self._pooled.invalidate()
        self._pooled.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._driver_error as error:
            with contextlib.suppress(self._driver_error):
                self._pooled.rollback()
            raise translate_error(DBAPIError(None, None, error), self._database.name) from error

    @property
    def _driver_error(self) -> type[Exception]:
        return self._database.engine.dialect.loaded_dbapi.Error

    def _write(self, outcomes: Sequence[DeliveryOutcome], claims: Sequence[DeliveryClaim]) -> frozenset[int]:
        rows = [self._claim_row(claim) for claim in claims]
        failed: set[int] = set()
        self._start(outcomes)
        if rows:
            self._cursor.executemany(self._claim.sql, rows)
            if self._cursor.rowcount != len(rows):
                self._pooled.rollback()
                self._start(outcomes)
                for claim, row in zip(claims, rows, strict=True):
                    self._cursor.execute(self._claim.sql, row)
                    if not self._cursor.rowcount:
                        self._cursor.execute(
                            self._deactivate.sql, self._deactivate.row({"inactive": claim.id, "at": claim.at})
                        )
                        failed.add(claim.id)
        self._pooled.commit()
        return frozenset(failed)

    def _start(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        if self._sqlite:
            # PostgreSQL's driver begins a transaction by itself.
            self._cursor.execute("BEGIN IMMEDIATE")
        if outcomes:
            self._cursor.executemany(self._answer.sql, [self._outcome_row(outcome) for outcome in outcomes])

    def _claim_row(self, claim: DeliveryClaim) -> Row:
        return self._claim.row(
            {"claimed": claim.id, "at": claim.at, "message_id": claim.message_id, "server": claim.server}
        )

    def _outcome_row(self, outcome: DeliveryOutcome) -> Row:
        return self._answer.row(
            {
                "answered": outcome.id,
                "new_state": outcome.state.value,
                "new_answered_at": outcome.at,
                "new_attempts": outcome.attempts,
                "new_due_at": outcome.due_at,
                "new_code": outcome.code,
                "new_enhanced": outcome.enhanced,
                "new_text": outcome.text,
            }
        )


def pending_page(connection: Connection, campaign_id: int, after: int, size: int) -> list[Waiting]:
    """Read the next pending deliveries, in the order of their ids."""
    query = _waiting(campaign_id, DeliveryState.PENDING).where(delivery.c.id > after).order_by(delivery.c.id)
    return [Waiting(*row) for row in connection.execute(query.limit(size))]


def deferred_page(connection: Connection, campaign_id: int, now: int, latest: int, size: int) -> list[Waiting]:
    """Read deferred deliveries that are due. What is due after `latest` was deferred before the clock was set back."""
    due = or_(delivery.c.due_at <= now, delivery.c.due_at > latest)
    query = _waiting(campaign_id, DeliveryState.DEFERRED).where(due).order_by(delivery.c.due_at)
    return [Waiting(*row) for row in connection.execute(query.limit(size))]


def next_due(connection: Connection, campaign_id: int) -> int | None:
    """Return when the next deferred delivery is due, in seconds since 1970; None where there is none."""
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.DEFERRED.value)
    due: int | None = connection.execute(select(func.min(delivery.c.due_at)).where(*mine)).scalar()
    return due


def mark_uncertain(connection: Connection, campaign_id: int) -> list[str]:
    """Mark as uncertain the deliveries that were being sent when the process died. Returns their addresses."""
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.ATTEMPTING.value)
    marked = update(delivery).where(*mine).values(state=DeliveryState.UNCERTAIN.value)
    return list(connection.execute(marked.returning(delivery.c.address)).scalars())


def return_to_pending(connection: Connection, ids: Iterable[int]) -> None:
    """Make deliveries pending again; their attempts stay counted."""
    for id in ids:
        connection.execute(update(delivery).where(delivery.c.id == id).values(state=DeliveryState.PENDING.value))


def _waiting(campaign_id: int, state: DeliveryState) -> Select[int, int, str, str, str, str, int]:
    columns = (
        delivery.c.id,
        func.coalesce(delivery.c.subscriber_id, 0),
        delivery.c.address,
        delivery.c.domain,
        func.coalesce(subscriber.c.name, ""),
        func.coalesce(subscriber.c.language, ""),
        delivery.c.attempts,
    )
    joined = delivery.outerjoin(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    return (
        select(*columns)
        .select_from(joined)
        .where(delivery.c.campaign_id == campaign_id, delivery.c.state == state.value)
    )
