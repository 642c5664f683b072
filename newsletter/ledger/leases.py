"""Leases: which process may send which deliveries of a campaign, in PostgreSQL.

Every process that sends a campaign has a lease: a row with a fencing number, which expires unless its process renews
it. The process leases deliveries in batches: they get the fencing number. A delivery is free if it has no number, or
one whose lease does not exist any more. So to revoke a lease is to delete its row. A lease of a delivery is not an
attempt: each is claimed before its message is sent; see `ledger_writer`.

All functions that change what processes share lock the row of `shared_run` first.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, delete, func, literal, not_, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, sending_lease, shared_run
from newsletter.ledger.delivery_statements import database_clock
from newsletter.ledger.lease_state import Counts, HeldLease, LeaseHolder, LeaseLostError, SharedState
from newsletter.ledger.ledger_connection import LONGEST_PAUSE, SENDING_LOCK

# Seconds after which the deliveries of a process that was killed or suspended go to others.
DURATION = 30.0
# How long a transaction waits for the locks of another, in milliseconds.
_LOCK_TIMEOUT = 5_000
# A lease that expires after this many times its duration was taken before the database's clock was set back.
_CLOCK_SET_BACK = 10


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
    lock_shared(connection, campaign_id)
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


def end_lease(connection: Connection, campaign_id: int, id: int, counts: Counts) -> bool:
    """Give back the deliveries of a lease, at the end of its process's sending. Returns False if it was revoked.

    The lease still exists until `revoke` deletes it.
    """
    lock_shared(connection, campaign_id)
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
    state = lock_shared(connection, campaign_id)
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


def set_timeouts(connection: Connection) -> None:
    """Limit how long the transaction waits for others, and how long others wait for it if its process is suspended."""
    query = text(
        "SELECT set_config('lock_timeout', :lock, true), set_config('idle_in_transaction_session_timeout', :idle, true)"
    )
    connection.execute(query, {"lock": str(_LOCK_TIMEOUT), "idle": str(LONGEST_PAUSE)})


def lock_shared(connection: Connection, campaign_id: int) -> SharedState:
    """Wait for other changes of what the processes of a campaign share, and return it."""
    query = select(shared_run).where(shared_run.c.campaign_id == campaign_id).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        connection.execute(insert(shared_run).values(campaign_id=campaign_id).on_conflict_do_nothing())
        found = connection.execute(query).one()
    counts = Counts(found.accepted, found.failed, found.uncertain)
    return SharedState(found.leased_up_to, found.covered_up_to, counts)


def require_lease(connection: Connection, id: int) -> None:
    """Lock a lease, so that it is not revoked before the end of the transaction.

    Raises:
        LeaseLostError: It was revoked, has expired or is ending.
    """
    valid = (sending_lease.c.id == id, sending_lease.c.expires_at > database_clock(), not_(sending_lease.c.ending))
    if connection.execute(select(sending_lease.c.id).where(*valid).with_for_update()).first() is None:
        raise LeaseLostError


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
