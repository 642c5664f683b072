"""The SQL with which `LedgerWriter` claims deliveries and records their outcomes, with leases and without."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Engine,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.dml import Update

from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import Seconds, delivery, sending_lease, subscriber

# The text of a delivery whose subscriber became inactive after the campaign was created.
NOT_ACTIVE = "no longer an active subscriber"
_OPEN = or_(delivery.c.state == DeliveryState.PENDING.value, delivery.c.state == DeliveryState.DEFERRED.value)


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
_outcome: dict[str, object] = {
    name: bindparam(f"new_{name}")
    for name in ("state", "answered_at", "attempts", "due_at", "code", "enhanced", "text")
}
_answer = (
    update(delivery)
    # Another process may have marked the delivery as uncertain or claimed it in the meantime.
    .where(delivery.c.id == bindparam("answered"), delivery.c.state == DeliveryState.ATTEMPTING.value)
    .values(_outcome)
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


class Statements(NamedTuple):
    """The statements that claim deliveries and answer claims.

    Attributes:
        claim: Claims a delivery.
        answer: Records the outcome of a claim.
        deactivate: Records that a subscriber is no longer active.
        confirm: Changes nothing. It finds a claim whose commit succeeded although its confirmation was lost.
        release: Undoes such a claim.
    """

    claim: Update
    answer: Update
    deactivate: Update
    confirm: Update
    release: Update


PLAIN = Statements(_claim, _answer, _deactivate, _confirm, _release)
LEASED = Statements(
    claim=_claim.where(_leased, _valid),
    answer=(
        update(delivery)
        .where(delivery.c.id == bindparam("answered"), _in_doubt, _leased)
        .values(_outcome | {"lease": _keep})
    ),
    deactivate=_deactivate.where(_leased, ~_active).values(lease=null()),
    confirm=_confirm.where(_leased),
    release=(
        update(delivery)
        .where(*_mine, _leased)
        .values(state=DeliveryState.PENDING.value, attempts=delivery.c.attempts - 1, lease=null())
    ),
)
# Gives back the lease of a delivery that could not be claimed.
GIVE_BACK = update(delivery).where(delivery.c.id == bindparam("given"), _OPEN, _leased).values(lease=null())


# The values of a statement: a sequence, or a mapping for drivers with named parameters.
Row = Sequence[Any]


class PreparedStatement:
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
