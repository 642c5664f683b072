"""Database queries for sending: read deliveries in pages, claim them, and record their outcomes.

A delivery is claimed before its message is passed to a server, and its outcome is recorded afterwards. Both are durable
when `LedgerWriter.write` returns. A killed process leaves its claims in the state `attempting`; `mark_uncertain` finds
them. In PostgreSQL, a process also needs a lease of the delivery for both; see `leases`.
"""

import contextlib
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Update

from newsletter.database.database import Database
from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import Seconds, delivery, sending_lease, subscriber
from newsletter.errors import DatabaseError
from newsletter.text.redact import redact

# How long SQLite waits for another writer before a write fails, in milliseconds.
_BUSY_TIMEOUT = 1_000
# The keys of the sending lock, and with the number of a campaign of its coordinator, among PostgreSQL's advisory locks.
SENDING_LOCK = 0x6E657773
_COORDINATOR = 0x6E657770
# The number of a campaign in its advisory lock has 31 bits.
_CAMPAIGNS = 2**31
# The text of a delivery whose subscriber became inactive after the campaign was created.
NOT_ACTIVE = "no longer an active subscriber"
# How long a transaction of a process with leases may pause before PostgreSQL ends it, in milliseconds.
LONGEST_PAUSE = 10_000
_OPEN = or_(delivery.c.state == DeliveryState.PENDING.value, delivery.c.state == DeliveryState.DEFERRED.value)


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery to send, with its recipient.

    Attributes:
        attempts: The number of earlier attempts.
        uncertain: Whether it is an uncertain delivery that is sent again. Otherwise it is pending or deferred.
        server: The only server that may get it, because it drops a second copy of the message; empty for any server.
        until: With `server`, when it no longer does so, in seconds since 1970 (UTC).
        lease: The fencing number with which it was leased; 0 without leases.
    """

    id: int
    subscriber_id: int
    address: str
    domain: str
    name: str
    language: str
    attempts: int
    uncertain: bool = False
    server: str = ""
    until: int = 0
    lease: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """The reservation of a delivery, stored before its message is sent. `at` is in seconds since 1970 (UTC).

    A pending or deferred delivery can be claimed, and also an uncertain one if `uncertain` is true. `is_idempotent` is
    whether the message has a header by which the server recognises a second copy. With a `lease`, the delivery must
    still be leased with that number, and the lease must be valid.
    """

    id: int
    at: int
    message_id: str
    server: str
    uncertain: bool = False
    is_idempotent: bool = False
    lease: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The result of a claimed delivery. Times are seconds since 1970 (UTC).

    Attributes:
        attempts: The number of attempts so far, including this one if it counts.
        due_at: When a deferred delivery is retried; 0 if it is not deferred.
        lease: The fencing number of the claim; 0 without leases.
        again: Whether the same process sends the message again, so that it keeps the lease.
    """

    id: int
    state: DeliveryState
    at: int
    attempts: int
    due_at: int = 0
    code: int = 0
    enhanced: str = ""
    text: str = ""
    lease: int = 0
    again: bool = False


def database_clock() -> ColumnElement[int]:
    """Return the time of PostgreSQL's clock, in milliseconds since 1970."""
    return sql_cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger)


_idempotent_at = bindparam("idempotent_at", type_=Seconds)
_active = exists().where(
    subscriber.c.id == delivery.c.subscriber_id, subscriber.c.state == SubscriberState.ACTIVE.value
)
_claim = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("claimed"),
        or_(_OPEN, delivery.c.state == bindparam("or_state")),
        _active,
    )
    .values(
        state=DeliveryState.ATTEMPTING.value,
        attempts=delivery.c.attempts + 1,
        attempted_at=bindparam("at"),
        message_id=bindparam("message_id"),
        server=bindparam("server"),
        # The server counts its window from the first attempt that may have reached it.
        idempotent_since=case(
            (
                and_(
                    delivery.c.state == DeliveryState.UNCERTAIN.value,
                    delivery.c.server == bindparam("server"),
                    _idempotent_at.is_not(None),
                ),
                func.coalesce(delivery.c.idempotent_since, _idempotent_at),
            ),
            else_=_idempotent_at,
        ),
    )
)
# A claim of this process. It is in the ledger if a commit succeeded whose confirmation was lost.
_mine = (
    delivery.c.id == bindparam("claimed"),
    delivery.c.state == DeliveryState.ATTEMPTING.value,
    delivery.c.message_id == bindparam("claimed_message"),
    delivery.c.attempted_at == bindparam("claimed_at"),
    delivery.c.server == bindparam("claimed_server"),
)
_confirm = update(delivery).where(*_mine).values(state=DeliveryState.ATTEMPTING.value)
_release = update(delivery).where(*_mine).values(state=bindparam("or_state"), attempts=delivery.c.attempts - 1)
_answer = (
    update(delivery)
    # Another process may have marked the delivery as uncertain or claimed it in the meantime.
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
# With leases, a claim needs a valid one. `lease` is the fencing number: if another process has revoked the lease, the
# delivery has none or another number. So a process that was suspended for longer than its lease can claim nothing.
_leased = delivery.c.lease == bindparam("fencing_number")
_valid = exists().where(
    sending_lease.c.id == bindparam("fencing_number"), sending_lease.c.expires_at > database_clock()
)
# If the lease was revoked while the message was being sent, the delivery is uncertain. A final answer still counts
# unless the delivery was leased again since. Another one does not: the campaign may be complete, and then nobody would
# send the message again.
_new_state = bindparam("new_state", type_=String)
_in_doubt = or_(
    delivery.c.state == DeliveryState.ATTEMPTING.value,
    and_(
        delivery.c.state == DeliveryState.UNCERTAIN.value,
        _new_state != DeliveryState.PENDING.value,
        _new_state != DeliveryState.DEFERRED.value,
    ),
)
_keep = case((bindparam("again", type_=Boolean), delivery.c.lease), else_=None)
_leased_claim = _claim.where(_leased, _valid)
_leased_confirm = _confirm.where(_leased)
_leased_release = (
    update(delivery)
    .where(*_mine, _leased)
    .values(state=DeliveryState.PENDING.value, attempts=delivery.c.attempts - 1, lease=null())
)
_leased_answer = (
    update(delivery)
    .where(delivery.c.id == bindparam("answered"), _in_doubt, _leased)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "answered_at", "attempts", "due_at", "code", "enhanced", "text")
        }
        | {"lease": _keep}
    )
)
_leased_deactivate = _deactivate.where(_leased, ~_active).values(lease=null())
_give_back = update(delivery).where(delivery.c.id == bindparam("given"), _OPEN, _leased).values(lease=null())


# The values of a statement: a sequence, or a mapping for drivers with named parameters.
Row = Sequence[Any]


class _Prepared:
    """A statement that is compiled once for a driver. Compiling it each time takes as long as the commit (measured)."""

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
    """A connection that writes claims and outcomes, which are durable when `write` returns.

    If the connection is lost, the next `write` opens another one, and acquires the sending lock again if it was held.

    Args:
        database: The database.
        leased: Whether every claim needs a lease. PostgreSQL only.

    Attributes:
        leased: As above.
        session: The id of its session in PostgreSQL, which has the locks; 0 in SQLite.
        coordinates: The number of the campaign that this process coordinates, or 0. It is 0 again if the session ends.
    """

    def __init__(self, database: Database, *, leased: bool = False) -> None:
        self._database, engine = database, database.engine
        self.leased, self.session, self.coordinates = leased, 0, 0
        plain = (_claim, _answer, _deactivate, _confirm, _release)
        with_leases = (_leased_claim, _leased_answer, _leased_deactivate, _leased_confirm, _leased_release)
        self._claim, self._answer, self._deactivate, self._confirm, self._release = (
            _Prepared(each, engine) for each in (with_leases if leased else plain)
        )
        self._give_back = _Prepared(_give_back, engine) if leased else None
        self._sqlite = engine.dialect.name == "sqlite"
        # Versions of libpq before 14 have no pipelines.
        self._pipelines = not self._sqlite and engine.dialect.loaded_dbapi.Pipeline.is_supported()
        self._locked = self._lost = False
        # Whether the last write failed, so that it is not known whether its commit succeeded.
        self._doubtful = False
        # The coordinator's lock is taken in another thread than the one that writes.
        self._alone = threading.RLock()
        self._connect()

    def _connect(self) -> None:
        self._pooled = self._database.engine.raw_connection()
        self._cursor, self._outcomes = self._pooled.cursor(), self._pooled.cursor()
        if self.leased:
            # A process that is suspended during a transaction must not block others.
            self._cursor.execute(f"SET idle_in_transaction_session_timeout = {LONGEST_PAUSE}")
            self._cursor.execute("SELECT pg_backend_pid()")
            self.session = self._cursor.fetchall()[0][0]
            self._pooled.commit()
        if self._sqlite:
            # The timeout is shorter than that of other connections, so that the caller can report the wait.
            self._pooled.detach()
            self._cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")

    def lock(self) -> bool:
        """Acquire PostgreSQL's sending lock until the session ends. Returns whether it was free.

        Processes that use leases share it.

        Raises:
            DatabaseError: The database fails.
        """
        with self._translated():
            self._locked = self._try_lock()
        return self._locked

    def coordinate(self, campaign_id: int) -> bool:
        """Become the coordinator of a campaign until the session ends. Returns False if another process is.

        Raises:
            DatabaseError: The database fails.
        """
        with self._alone, self._translated():
            if self._lost:
                self._reconnect()
            if self.coordinates != campaign_id and self._try("pg_try_advisory_lock", *_coordinator(campaign_id)):
                self.coordinates = campaign_id
        return self.coordinates == campaign_id

    def stop_coordinating(self) -> None:
        """Let another process coordinate the campaign.

        Raises:
            DatabaseError: The database fails.
        """
        with self._alone, self._translated():
            campaign_id, self.coordinates = self.coordinates, 0
            if campaign_id and not self._lost:
                self._try("pg_advisory_unlock", *_coordinator(campaign_id))

    def write(
        self,
        outcomes: Sequence[DeliveryOutcome],
        claims: Sequence[DeliveryClaim],
        dropped: Sequence[DeliveryClaim] = (),
    ) -> frozenset[int]:
        """Write outcomes and claims in one transaction.

        Args:
            outcomes: The results of claimed deliveries.
            claims: The deliveries to claim.
            dropped: Claims of an earlier call that failed. They are undone if that call succeeded after all.

        Returns:
            The ids of the claims that failed, because the subscriber is no longer active (which is recorded) or
            another process has claimed the delivery.

        Raises:
            DatabaseError: It is not known whether anything was written. If it is `transient`, repeat the call with the
                same claims, or with them as `dropped`: nothing is written twice.
        """
        with self._alone, self._translated():
            if self._lost:
                self._reconnect()
            failed = self._write(outcomes, claims, dropped)
        self._doubtful = False
        return failed

    def close(self) -> None:
        """Return the connection to the pool, or close it if it has the sending lock."""
        if self._locked:
            with contextlib.suppress(self._driver_error):
                self._cursor.execute("SELECT pg_advisory_unlock_all()")
            self._disconnect()
        self._pooled.close()

    def _disconnect(self) -> None:
        with contextlib.suppress(self._driver_error):
            if not self._sqlite and self._pooled.is_valid:
                self._pooled.invalidate()
            self._pooled.close()

    def _try_lock(self) -> bool:
        return self._try("pg_try_advisory_lock_shared" if self.leased else "pg_try_advisory_lock", SENDING_LOCK)

    def _try(self, function: str, *keys: int) -> bool:
        self._cursor.execute(f"SELECT {function}({', '.join(map(str, keys))})")
        done: bool = self._cursor.fetchone() == (True,)
        self._pooled.commit()
        return done

    def _roll_back(self) -> bool:
        """Roll back the transaction. Returns whether the connection still works."""
        if not self._pooled.is_valid:
            return False
        try:
            self._pooled.rollback()
        except self._driver_error:
            return False
        return not getattr(self._pooled.dbapi_connection, "closed", False)

    def _reconnect(self) -> None:
        self._disconnect()
        self._connect()
        if self._locked and not self._try_lock():
            raise DatabaseError(
                f"{self._database.name}: the sending lock is held, by another process or by the lost connection",
                "Stop the other process, or wait until the server has ended the connection.",
                transient=True,
            )
        self._lost = False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._driver_error as error:
            self._doubtful = True
            self._lost |= not self._roll_back()
            if self._lost:
                self.coordinates = 0
            raise self._database.translate(DBAPIError(None, None, error)) from error

    @property
    def _driver_error(self) -> type[Exception]:
        return self._database.engine.dialect.loaded_dbapi.Error

    def _write(
        self, outcomes: Sequence[DeliveryOutcome], claims: Sequence[DeliveryClaim], dropped: Sequence[DeliveryClaim]
    ) -> frozenset[int]:
        rows = [self._claim_row(claim) for claim in claims]
        failed: set[int] = set()
        self._write_together(outcomes, rows)
        if rows and self._cursor.rowcount != len(rows):
            self._pooled.rollback()
            self._begin(outcomes)
            for claim, row in zip(claims, rows, strict=True):
                self._cursor.execute(self._claim.sql, row)
                if not self._cursor.rowcount and not self._is_confirmed(claim):
                    values: dict[str, object] = {
                        "inactive": claim.id,
                        "at": claim.at,
                        "fencing_number": claim.lease,
                    }
                    self._cursor.execute(self._deactivate.sql, self._deactivate.row(values))
                    if self._give_back:
                        values = {"given": claim.id, "fencing_number": claim.lease}
                        self._cursor.execute(self._give_back.sql, self._give_back.row(values))
                    failed.add(claim.id)
        for claim in dropped:
            self._cursor.execute(self._release.sql, self._mine_row(self._release, claim))
        self._pooled.commit()
        return frozenset(failed)

    def _write_together(self, outcomes: Sequence[DeliveryOutcome], rows: Sequence[Row]) -> None:
        """Begin a transaction, and write outcomes and claims. PostgreSQL gets both at once.

        Measured with two of each: a write, commit included, takes three quarters of the time and of the processor time.
        """
        with self._pooled.driver_connection.pipeline() if self._pipelines else nullcontext():  # type: ignore[union-attr]
            self._begin(outcomes)
            if rows:
                self._cursor.executemany(self._claim.sql, rows)

    def _is_confirmed(self, claim: DeliveryClaim) -> bool:
        """Return whether the last write, which failed, has made this claim."""
        if not self._doubtful:
            return False
        self._cursor.execute(self._confirm.sql, self._mine_row(self._confirm, claim))
        return bool(self._cursor.rowcount)

    def _begin(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        if self._sqlite:
            # PostgreSQL's driver begins transactions implicitly.
            self._cursor.execute("BEGIN IMMEDIATE")
        if outcomes:
            # In a pipeline, each cursor has the results of one statement.
            self._outcomes.executemany(self._answer.sql, [self._outcome_row(outcome) for outcome in outcomes])

    def _claim_row(self, claim: DeliveryClaim) -> Row:
        values = {"claimed": claim.id, "at": claim.at, "message_id": claim.message_id, "server": claim.server}
        idempotent_at = claim.at if claim.is_idempotent else None
        values |= {"or_state": _state_before(claim), "idempotent_at": idempotent_at, "fencing_number": claim.lease}
        return self._claim.row(values)

    @staticmethod
    def _mine_row(statement: _Prepared, claim: DeliveryClaim) -> Row:
        return statement.row(
            {
                "claimed": claim.id,
                "claimed_message": claim.message_id,
                "claimed_at": claim.at,
                "claimed_server": claim.server,
                "or_state": _state_before(claim),
                "fencing_number": claim.lease,
            }
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
                "new_text": redact(outcome.text),
                "fencing_number": outcome.lease,
                "again": outcome.again,
            }
        )


def _coordinator(campaign_id: int) -> tuple[int, int]:
    """Return the keys of the advisory lock of a campaign's coordinator."""
    return _COORDINATOR, campaign_id % _CAMPAIGNS


def _state_before(claim: DeliveryClaim) -> str:
    """Return the state of a delivery before a claim, as far as it must be known: uncertain, or may be sent."""
    return (DeliveryState.UNCERTAIN if claim.uncertain else DeliveryState.PENDING).value


def read_pending_page(
    connection: Connection,
    campaign_id: int,
    after: int,
    size: int,
    *,
    until: int | None = None,
    domain: str = "",
    without: Collection[str] = (),
) -> list[WaitingDelivery]:
    """Read the next pending deliveries, in the order of their ids.

    Args:
        connection: The database.
        campaign_id: The campaign.
        after: The id after which to read.
        size: The largest number to read.
        until: The last id to read; None for no limit.
        domain: The only domain to read; empty for all.
        without: Domains to leave out.
    """
    query = select_waiting(campaign_id, DeliveryState.PENDING).where(delivery.c.id > after).order_by(delivery.c.id)
    query = query.where(*_domain_conditions(domain, without))
    if until is not None:
        query = query.where(delivery.c.id <= until)
    return [WaitingDelivery(*row) for row in connection.execute(query.limit(size))]


def read_deferred_page(
    connection: Connection,
    campaign_id: int,
    now: int,
    latest: int,
    size: int,
    *,
    skip: int = 0,
    domain: str = "",
    without: Collection[str] = (),
) -> list[WaitingDelivery]:
    """Read the deferred deliveries that are due, the first due first.

    Deliveries that are due after `latest` are included: they were deferred before the clock was set back.

    Args:
        connection: The database.
        campaign_id: The campaign.
        now: Now, in seconds since 1970.
        latest: The latest time at which a delivery can be due.
        size: The largest number to read.
        skip: The number of deliveries to skip.
        domain: The only domain to read; empty for all.
        without: Domains to leave out.
    """
    due = or_(delivery.c.due_at <= now, delivery.c.due_at > latest)
    query = select_waiting(campaign_id, DeliveryState.DEFERRED).where(due, *_domain_conditions(domain, without))
    query = query.order_by(delivery.c.due_at, delivery.c.id).limit(size).offset(skip)
    return [WaitingDelivery(*row) for row in connection.execute(query)]


def _domain_conditions(domain: str, without: Collection[str]) -> list[ColumnElement[bool]]:
    conditions = [delivery.c.domain == domain] if domain else []
    return [*conditions, delivery.c.domain.not_in(sorted(without))] if without else conditions


def last_delivery_id(connection: Connection, campaign_id: int) -> int:
    """Return the id of the last delivery of a campaign; 0 if it has none."""
    mine = select(func.max(delivery.c.id)).where(delivery.c.campaign_id == campaign_id)
    return connection.execute(mine).scalar() or 0


def find_next_due(connection: Connection, campaign_id: int, after: int = -1) -> int | None:
    """Return when the next deferred delivery after a time is due, or None if there is none.

    Times are seconds since 1970 (UTC).
    """
    later = (*_deferred_of(campaign_id), delivery.c.due_at > after)
    due: int | None = connection.execute(select(func.min(delivery.c.due_at)).where(*later)).scalar()
    return due


def _deferred_of(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    return delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.DEFERRED.value


def count_deferred(connection: Connection, campaign_id: int) -> int:
    """Count the deferred deliveries of a campaign."""
    return connection.execute(select(func.count()).where(*_deferred_of(campaign_id))).scalar_one()


def mark_uncertain(connection: Connection, campaign_id: int) -> list[str]:
    """Mark as uncertain the deliveries that were being sent when the process died. Returns their addresses."""
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.ATTEMPTING.value)
    marked = update(delivery).where(*mine).values(state=DeliveryState.UNCERTAIN.value)
    return list(connection.execute(marked.returning(delivery.c.address)).scalars())


def return_to_pending(connection: Connection, ids: Iterable[int]) -> None:
    """Make failed deliveries pending again. Their attempts are not reset. Uncertain deliveries stay uncertain."""
    for id in ids:
        failed = (delivery.c.id == id, delivery.c.state == DeliveryState.FAILED.value)
        connection.execute(update(delivery).where(*failed).values(state=DeliveryState.PENDING.value))


def select_waiting(campaign_id: int, state: DeliveryState) -> Select[int, int, str, str, str, str, int]:
    """Select the columns of `WaitingDelivery` of a campaign's deliveries in a state."""
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
