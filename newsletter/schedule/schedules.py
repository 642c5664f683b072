"""A schedule, and the database queries for schedules."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from newsletter.database.states import ScheduleState
from newsletter.database.tables import campaign, schedule
from newsletter.ledger.campaign_states import may_continue
from newsletter.ledger.receipt_positions import database_id
from newsletter.ledger.recipient_lock import lock_recipients
from newsletter.text.redact import redact

# The states in which a schedule still expects something, from the clock or from the author.
OPEN = (ScheduleState.WAITING, ScheduleState.PAUSED)

# How the reason of a schedule begins if its campaign stopped.
_STOPPED = "stopped: "


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: an issue that is sent at a time.

    Attributes:
        local_time: The time in the form of `LocalTime`.
        zone: The IANA name of its time zone.
        late: Seconds after the time within which it is still sent, if nothing was running at the time.
        content: The digest of the message, as in `Campaign`. Other content is not sent.
        audience: The filter of `newsletter send --to`; empty for all active subscribers.
        correction: Whether it is sent to those who received the issue before.
        database_id: The id of the database in which it was made.
        reason: Why it is paused, or that it was sent late; otherwise empty.
        unreported: Whether the author has not yet been mailed the reason.
        campaign_id: Its campaign; None before it has started.
        created_at: Seconds since 1970 (UTC).
    """

    id: int
    slug: str
    local_time: str
    zone: str
    late: int
    content: str
    audience: str
    correction: bool
    database_id: str
    state: ScheduleState
    reason: str
    unreported: bool
    campaign_id: int | None
    created_at: int

    @property
    def has_stopped(self) -> bool:
        """Whether its campaign stopped before everything was sent, when the reason was recorded."""
        return self.state is ScheduleState.STARTED and self.reason.startswith(_STOPPED)

    @property
    def open(self) -> bool:
        """Whether it still expects something, from the clock or from the author."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """What a schedule sends and when; the attributes are those of `Schedule`."""

    slug: str
    local_time: str
    zone: str
    late: int
    content: str
    audience: str = ""
    correction: bool = False


def add_schedule(connection: Connection, plan: SchedulePlan, names: Sequence[str], now: int) -> Schedule | int:
    """Add a schedule.

    Args:
        connection: A write transaction.
        plan: The schedule.
        names: The slug and the aliases of its issue.
        now: Seconds since 1970 (UTC).

    Returns:
        The schedule. Or the id of the open schedule that the issue already has for the same audience.
    """
    lock_recipients(connection)
    same = (schedule.c.audience == plan.audience, schedule.c.correction == plan.correction)
    query = select(schedule.c.id).where(schedule.c.slug.in_(names), *same, schedule.c.state.in_(OPEN))
    existing: int | None = connection.execute(query).scalar()
    if existing is not None:
        return existing
    values = _values(plan) | {"database_id": database_id(connection), "created_at": now}
    row = connection.execute(insert(schedule).values(values).returning(*schedule.c)).one()
    return _schedule(row)


def move_schedule(connection: Connection, id: int, plan: SchedulePlan) -> Schedule | None:
    """Give an open schedule another time and content. Returns it, or None if it is no longer open."""
    values = _values(plan) | {"database_id": database_id(connection), "reason": "", "unreported": False}
    mine = (schedule.c.id == id, schedule.c.state.in_(OPEN))
    row = connection.execute(update(schedule).where(*mine).values(values).returning(*schedule.c)).one_or_none()
    return None if row is None else _schedule(row)


def list_schedules(connection: Connection, *states: ScheduleState) -> list[Schedule]:
    """List the schedules in some states, or all if none is given, newest first."""
    query = select(schedule).order_by(schedule.c.id.desc())
    if states:
        query = query.where(schedule.c.state.in_(states))
    return [_schedule(row) for row in connection.execute(query)]


def list_unreported(connection: Connection) -> list[Schedule]:
    """List the schedules whose reason the author has not been mailed, oldest first."""
    return [_schedule(row) for row in connection.execute(select(schedule).where(schedule.c.unreported))]


def list_sending(connection: Connection) -> list[int]:
    """List the campaigns of schedules that are `sending` and not left to the author, oldest first."""
    joined = campaign.join(schedule, schedule.c.campaign_id == campaign.c.id)
    query = select(campaign.c.id).select_from(joined).where(may_continue())
    return list(connection.execute(query.order_by(campaign.c.id)).scalars())


def find_schedule(connection: Connection, id: int) -> Schedule | None:
    """Find a schedule by its id. Returns None if it does not exist."""
    row = connection.execute(select(schedule).where(schedule.c.id == id)).one_or_none()
    return None if row is None else _schedule(row)


def start_schedule(connection: Connection, due: Schedule, campaign_id: int, reason: str) -> bool:
    """Mark a schedule as started by a campaign. A reason is reported to the author.

    Returns:
        Whether it was waiting for the same time. If not, the campaign must not start.
    """
    values = {"state": ScheduleState.STARTED, "campaign_id": campaign_id, "reason": reason, "unreported": bool(reason)}
    return connection.execute(update(schedule).where(*_unchanged(due)).values(values)).rowcount == 1


def pause_schedule(connection: Connection, due: Schedule, reason: str) -> bool:
    """Pause a schedule that is still waiting for the same time. Returns whether it was; the reason is reported."""
    values = {"state": ScheduleState.PAUSED, "reason": redact(reason), "unreported": True}
    return connection.execute(update(schedule).where(*_unchanged(due)).values(values)).rowcount == 1


def cancel_schedule(connection: Connection, id: int) -> bool:
    """Cancel an open schedule. Returns whether it was open."""
    mine = (schedule.c.id == id, schedule.c.state.in_(OPEN))
    values = {"state": ScheduleState.CANCELLED, "unreported": False}
    return connection.execute(update(schedule).where(*mine).values(values)).rowcount == 1


def cancel_replaced(connection: Connection, names: Sequence[str], audience: str, campaign_id: int) -> int:
    """Cancel the open schedules of an issue that a campaign of the author replaces. Returns their number.

    A campaign to all active subscribers replaces all of them; another one those for the same audience.
    """
    mine = [schedule.c.slug.in_(names), schedule.c.state.in_(OPEN), ~schedule.c.correction]
    if audience:
        mine.append(schedule.c.audience == audience)
    reason = f"sent by the author as campaign #{campaign_id}"
    values = {"state": ScheduleState.CANCELLED, "reason": reason, "unreported": False}
    return connection.execute(update(schedule).where(*mine).values(values)).rowcount


def report_stop(connection: Connection, campaign_id: int, reason: str) -> None:
    """Record that the campaign of a schedule stopped, for a mail to the author."""
    values = {"reason": _STOPPED + redact(reason), "unreported": True}
    connection.execute(update(schedule).where(schedule.c.campaign_id == campaign_id).values(values))


def mark_reported(connection: Connection, reported: Schedule) -> None:
    """Record that the author was mailed the reason of a schedule, unless it has another reason by now."""
    mine = (schedule.c.id == reported.id, schedule.c.reason == reported.reason)
    connection.execute(update(schedule).where(*mine).values(unreported=False))


def _unchanged(due: Schedule) -> tuple[ColumnElement[bool], ...]:
    return (
        schedule.c.id == due.id,
        schedule.c.state == ScheduleState.WAITING,
        schedule.c.local_time == due.local_time,
        schedule.c.zone == due.zone,
        schedule.c.content == due.content,
    )


def _values(plan: SchedulePlan) -> dict[str, object]:
    return {
        "slug": plan.slug,
        "local_time": plan.local_time,
        "zone": plan.zone,
        "late": plan.late,
        "content": plan.content,
        "audience": plan.audience,
        "correction": plan.correction,
        "state": ScheduleState.WAITING.value,
    }


def _schedule(row: Row[tuple[object, ...]]) -> Schedule:
    values = dict(row._mapping)  # noqa: SLF001 (`_mapping` is public in SQLAlchemy)
    return Schedule(**values | {"state": ScheduleState(values["state"])})
