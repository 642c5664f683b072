"""Leases: which process may send which deliveries of a campaign, in PostgreSQL.

Every process that sends a campaign has a lease: a row with a fencing number, which expires unless its process renews
it. The process leases deliveries in batches: they get the fencing number. A delivery is free if it has no number, or
one whose lease does not exist any more. So to revoke a lease is to delete its row. A lease of a delivery is not an
attempt: each is claimed before its message is sent; see `ledger_writer`.

All functions that change what processes share lock the row of `shared_run` first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, sending_lease, shared_run, subscriber
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.delivery_statements import database_clock
from newsletter.ledger.ledger_connection import LONGEST_PAUSE, SENDING_LOCK
from newsletter.ledger.waiting_deliveries import waiting_columns

# Seconds after which the deliveries of a process that was killed or suspended go to others.
DURATION = 30.0
# How long a transaction waits for the locks of another, in milliseconds.
_LOCK_TIMEOUT = 5_000
# A lease that expires after this many times its duration was taken before the database's clock was set back.
_CLOCK_SET_BACK = 10
_OPEN = (DeliveryState.PENDING.value, DeliveryState.DEFERRED.value)


class LeaseLostError(Exception):
    """The lease was revoked by another process, because it had expired."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of deliveries with an outcome in a run."""

    accepted: int = 0
    failed: int = 0
    uncertain: int = 0

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.accepted - other.accepted, self.failed - other.failed, self.uncertain - other.uncertain)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.accepted + other.accepted, self.failed + other.failed, self.uncertain + other.uncertain)


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """A process that sends a campaign.

    Attributes:
        name: Its host and process id.
        token: Identifies it; no other process has the same one.
    """

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease as others see it.

    Attributes:
        id: The fencing number.
        dead: Whether it has expired and may be revoked.
        ending: Whether its process sends nothing more.
        held: How many deliveries it held when it was last written.
    """

    id: int
    worker: LeaseHolder
    dead: bool
    ending: bool
    held: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class SharedState:
    """What the processes of a campaign share; see the table `shared_run`. `counts` are those of ended processes."""

    leased_up_to: int
    covered_up_to: int
    counts: Counts
    leases: tuple[HeldLease, ...] = ()


def is_free() -> ColumnElement[bool]:
    """Return the condition that no process holds a delivery."""
    return or_(delivery.c.lease.is_(None), ~exists().where(sending_lease.c.id == delivery.c.lease))


def take_lease(connection: Connection, campaign_id: int, worker: LeaseHolder, session: int, seconds: float) -> int:
    """Take a lease. If no other process sends the campaign, its run begins: all deliveries can be leased again.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        worker: This process.
        session: The id of its session with the sending lock.
        seconds: When the lease expires.

    Returns:
        The fencing number.
    """
    _lock(connection, campaign_id)
    if not connection.execute(select(sending_lease.c.id).where(sending_lease.c.campaign_id == campaign_id)).first():
        fresh = {"leased_up_to": 0, "covered_up_to": 0, "accepted": 0, "failed": 0, "uncertain": 0}
        connection.execute(update(shared_run).where(shared_run.c.campaign_id == campaign_id).values(fresh))
    values = {"campaign_id": campaign_id, "worker": worker.name, "token": worker.token, "session": session}
    taken = insert(sending_lease).values(values | {"expires_at": _end(seconds)}).returning(sending_lease.c.id)
    id: int = connection.execute(taken).scalar_one()
    return id


def renew_lease(
    connection: Connection, id: int, token: str, session: int, seconds: float, held: int, counts: Counts
) -> bool:
    """Renew a lease, even if it has expired, and publish the counts of its process. Returns False if it was revoked."""
    mine = (sending_lease.c.id == id, sending_lease.c.token == token)
    values = {"session": session, "held": held, **_values(counts)}
    renewed = update(sending_lease).where(*mine).values(**values, expires_at=_end(seconds))
    return connection.execute(renewed).rowcount == 1


def read_shared(connection: Connection, campaign_id: int, seconds: float) -> SharedState:
    """Read what the processes of a campaign share. `seconds` is the duration of leases.

    After a start of PostgreSQL, no lease is dead before its process could renew it.
    """
    now = database_clock()
    expired = or_(
        sending_lease.c.expires_at <= now, sending_lease.c.expires_at > now + _milliseconds(seconds * _CLOCK_SET_BACK)
    )
    started = func.extract("epoch", func.clock_timestamp() - func.pg_postmaster_start_time())
    dead = and_(expired, started > literal(seconds)).label("dead")
    mine = sending_lease.c.campaign_id == campaign_id
    rows = connection.execute(select(sending_lease, dead).where(mine).order_by(sending_lease.c.id))
    leases = tuple(
        HeldLease(
            row.id,
            LeaseHolder(row.worker, row.token),
            row.dead,
            row.ending,
            row.held,
            Counts(row.accepted, row.failed, row.uncertain),
        )
        for row in rows
    )
    found = connection.execute(select(shared_run).where(shared_run.c.campaign_id == campaign_id)).first()
    if found is None:
        return SharedState(0, 0, Counts(), leases)
    counts = Counts(found.accepted, found.failed, found.uncertain)
    return SharedState(found.leased_up_to, found.covered_up_to, counts, leases)


def lease_pending(
    connection: Connection, campaign_id: int, id: int, size: int, covered: int = 0
) -> list[WaitingDelivery]:
    """Lease the next pending deliveries that the receipt covers, in the order of their ids.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        id: The fencing number.
        size: The most deliveries to lease.
        covered: The id up to which this process, as the coordinator, has extended the receipt; else 0.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    state = _lock(connection, campaign_id)
    _require(connection, id)
    covered = max(covered, state.covered_up_to)
    pending = (
        delivery.c.state == DeliveryState.PENDING.value,
        delivery.c.id > state.leased_up_to,
        delivery.c.id <= covered,
    )
    found = _lease(connection, campaign_id, id, and_(*pending), delivery.c.id, size)
    leased_up_to = found[-1].id if len(found) == size else max(covered, state.leased_up_to)
    values = {"leased_up_to": leased_up_to, "covered_up_to": covered}
    connection.execute(update(shared_run).where(shared_run.c.campaign_id == campaign_id).values(values))
    return found


def lease_deferred(
    connection: Connection, campaign_id: int, id: int, now: int, latest: int, size: int
) -> list[WaitingDelivery]:
    """Lease deferred deliveries that are due; see `waiting_deliveries.read_deferred_page`.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    _require(connection, id)
    due = or_(delivery.c.due_at <= now, delivery.c.due_at > latest)
    deferred = and_(delivery.c.state == DeliveryState.DEFERRED.value, due)
    return _lease(connection, campaign_id, id, deferred, delivery.c.due_at, size)


def lease_uncertain(connection: Connection, campaign_id: int, id: int, found: Sequence[int]) -> set[int]:
    """Lease free uncertain deliveries, to send them again. Returns the ids of those that were leased.

    Raises:
        LeaseLostError: The lease was revoked.
    """
    _lock(connection, campaign_id)
    _require(connection, id)
    uncertain = (delivery.c.id.in_(found), delivery.c.state == DeliveryState.UNCERTAIN.value, is_free())
    leased = update(delivery).where(*uncertain).values(lease=id).returning(delivery.c.id)
    return set(connection.execute(leased).scalars())


def note_held(connection: Connection, id: int, low: int, high: int, held: int) -> None:
    """Note which deliveries a lease may hold: their lowest and highest id, and their number."""
    values = {"low": low, "high": high, "held": held}
    connection.execute(update(sending_lease).where(sending_lease.c.id == id).values(values))


def cover(connection: Connection, campaign_id: int, up_to: int) -> None:
    """Allow deliveries up to an id to be leased, because the receipt covers them."""
    covered = func.greatest(shared_run.c.covered_up_to, up_to)
    mine = shared_run.c.campaign_id == campaign_id
    connection.execute(update(shared_run).where(mine).values(covered_up_to=covered))


def lease_again(connection: Connection, campaign_id: int, after: int = 0) -> None:
    """Let free deliveries after an id be leased again."""
    least = func.least(shared_run.c.leased_up_to, after)
    mine = shared_run.c.campaign_id == campaign_id
    connection.execute(update(shared_run).where(mine).values(leased_up_to=least))


def give_back(connection: Connection, campaign_id: int, id: int) -> None:
    """Let all free deliveries be leased again, and also those of a lease whose process sends nothing now."""
    _lock(connection, campaign_id)
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.lease == id, delivery.c.state.in_(_OPEN))
    connection.execute(update(delivery).where(*mine).values(lease=null()))
    lease_again(connection, campaign_id)


def end_lease(connection: Connection, campaign_id: int, id: int, counts: Counts) -> bool:
    """Give back the deliveries of a lease, at the end of its process's sending. Returns False if it was revoked.

    The lease still exists until `revoke` deletes it.
    """
    _lock(connection, campaign_id)
    mine = sending_lease.c.id == id
    row = connection.execute(select(sending_lease.c.low, sending_lease.c.high).where(mine).with_for_update()).first()
    if row is None:
        return False
    given = (*_range(campaign_id, id, row.low, row.high), delivery.c.state != DeliveryState.ATTEMPTING.value)
    if connection.execute(update(delivery).where(*given).values(lease=null())).rowcount:
        lease_again(connection, campaign_id, row.low - 1)
    connection.execute(update(sending_lease).where(mine).values(ending=True, held=0, **_values(counts)))
    return True


def revoke(connection: Connection, campaign_id: int, ids: Iterable[int]) -> list[str]:
    """Delete leases. Their deliveries are free, and those that were being sent become uncertain.

    Returns:
        The addresses of the deliveries that became uncertain.
    """
    state = _lock(connection, campaign_id)
    mine = (sending_lease.c.campaign_id == campaign_id, sending_lease.c.id.in_(list(ids)))
    addresses: list[str] = []
    counts = state.counts
    for row in connection.execute(select(sending_lease).where(*mine).with_for_update()).all():
        held = _range(campaign_id, row.id, row.low, row.high)
        # The delivery keeps its fencing number, so that a late answer of the same process still counts.
        attempting = delivery.c.state == DeliveryState.ATTEMPTING.value
        marked = update(delivery).where(*held, attempting).values(state=DeliveryState.UNCERTAIN.value)
        addresses += connection.execute(marked.returning(delivery.c.address)).scalars()
        connection.execute(delete(sending_lease).where(sending_lease.c.id == row.id))
        counts += Counts(row.accepted, row.failed, row.uncertain)
        if row.held:
            lease_again(connection, campaign_id, row.low - 1)
    run = shared_run.c.campaign_id == campaign_id
    connection.execute(update(shared_run).where(run).values(**_values(counts)))
    return addresses


def end_session(connection: Connection, id: int) -> None:
    """End the session of a lease, so that a suspended process keeps no lock. Does nothing without permission."""
    query = text(
        "SELECT pg_terminate_backend(activity.pid) FROM pg_stat_activity activity"
        " JOIN sending_lease ON sending_lease.session = activity.pid"
        " JOIN pg_locks ON pg_locks.pid = activity.pid AND locktype = 'advisory' AND classid = 0 AND objid = :key"
        " WHERE sending_lease.id = :id AND activity.datname = current_database()"
        " AND pg_has_role(activity.usesysid, 'MEMBER')"
    )
    connection.execute(query, {"id": id, "key": SENDING_LOCK})


def mark_free_uncertain(connection: Connection, campaign_id: int) -> list[str]:
    """Mark as uncertain the deliveries that were being sent by a process without a lease. Returns their addresses."""
    _lock(connection, campaign_id)
    attempting = (delivery.c.campaign_id == campaign_id, delivery.c.state == DeliveryState.ATTEMPTING.value, is_free())
    marked = update(delivery).where(*attempting).values(state=DeliveryState.UNCERTAIN.value)
    return list(connection.execute(marked.returning(delivery.c.address)).scalars())


def has_attempting(connection: Connection, campaign_id: int, id: int) -> bool:
    """Return whether messages of a lease are being sent."""
    attempting = (
        delivery.c.campaign_id == campaign_id,
        delivery.c.state == DeliveryState.ATTEMPTING.value,
        delivery.c.lease == id,
    )
    return connection.execute(select(exists().where(*attempting))).scalar_one()


def set_timeouts(connection: Connection) -> None:
    """Limit how long the transaction waits for others, and how long others wait for it if its process is suspended."""
    query = text(
        "SELECT set_config('lock_timeout', :lock, true), set_config('idle_in_transaction_session_timeout', :idle, true)"
    )
    connection.execute(query, {"lock": str(_LOCK_TIMEOUT), "idle": str(LONGEST_PAUSE)})


def _lock(connection: Connection, campaign_id: int) -> SharedState:
    """Wait for other changes of what the processes of a campaign share, and return it."""
    query = select(shared_run).where(shared_run.c.campaign_id == campaign_id).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        connection.execute(insert(shared_run).values(campaign_id=campaign_id).on_conflict_do_nothing())
        found = connection.execute(query).one()
    counts = Counts(found.accepted, found.failed, found.uncertain)
    return SharedState(found.leased_up_to, found.covered_up_to, counts)


def _require(connection: Connection, id: int) -> None:
    valid = (sending_lease.c.id == id, sending_lease.c.expires_at > database_clock(), not_(sending_lease.c.ending))
    if connection.execute(select(sending_lease.c.id).where(*valid).with_for_update()).first() is None:
        raise LeaseLostError


def _lease(
    connection: Connection, campaign_id: int, id: int, which: ColumnElement[bool], order: ColumnElement[int], size: int
) -> list[WaitingDelivery]:
    """Lease free deliveries of a campaign. Rows that another transaction has locked are skipped."""
    free = select(delivery.c.id).where(delivery.c.campaign_id == campaign_id, which, is_free())
    picked = free.order_by(order).limit(size).with_for_update(skip_locked=True).cte("picked")
    columns = (delivery.c.id, delivery.c.subscriber_id, delivery.c.address, delivery.c.domain, delivery.c.attempts)
    leased = update(delivery).where(delivery.c.id == picked.c.id).values(lease=id).returning(*columns).cte("leased")
    query = (
        select(*waiting_columns(leased))
        .select_from(leased.outerjoin(subscriber, subscriber.c.id == leased.c.subscriber_id))
        .order_by(leased.c.id)
    )
    return [WaitingDelivery(*row, lease=id) for row in connection.execute(query)]


def _range(campaign_id: int, id: int, low: int, high: int) -> tuple[ColumnElement[bool], ...]:
    return (
        delivery.c.campaign_id == campaign_id,
        delivery.c.id >= low,
        delivery.c.id <= high,
        delivery.c.lease == id,
    )


def _end(seconds: float) -> ColumnElement[int]:
    return database_clock() + _milliseconds(seconds)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _values(counts: Counts) -> dict[str, int]:
    return {"accepted": counts.accepted, "failed": counts.failed, "uncertain": counts.uncertain}
