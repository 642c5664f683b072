"""Plan a schedule: check its time, store it, find it, move it to another time."""

import time
from collections.abc import Callable
from datetime import date, datetime

from newsletter.database.database import Database
from newsletter.errors import CampaignError, NewsletterError
from newsletter.fields.zone import find_zone
from newsletter.schedule.local_time import LocalTime, has_zone, is_too_late, parse_local_time
from newsletter.schedule.schedules import (
    Schedule,
    SchedulePlan,
    add_schedule,
    cancel_schedule,
    find_schedule,
    list_schedules,
    move_schedule,
)
from newsletter.schedule.zones import utc_time
from newsletter.workspace.workspace import Workspace

_LIST = "List the schedules with `newsletter schedule list`."
# The maximum number of digits of a schedule's number. More would not fit the database's integers.
_DIGITS = 18


def check_time(text: str, zone: str, clock: Callable[[], float] = time.time) -> tuple[LocalTime, datetime]:
    """Check the time of a new schedule.

    Args:
        text: The local time that the author typed.
        zone: The IANA name of its time zone.
        clock: Returns seconds since 1970 (UTC).

    Returns:
        The local time, and the time in UTC that it means.

    Raises:
        CampaignError: It is not a time, the zone is not known, or the time has passed.
        LocalTimeError: The clocks of the zone do not show the time exactly once.
    """
    local = parse_local_time(text)
    if is_too_late(text):
        raise CampaignError(f"{text} is too late", "Choose a time before the year 3000.")
    if local is None:
        advice = 'Write YYYY-MM-DD HH:MM, such as "2026-12-06 09:00"'
        hint = ", and name the time zone with `--zone`, such as `--zone Asia/Tokyo`" if has_zone(text) else ""
        raise CampaignError(f'"{text}" is not a time', f"{advice}{hint}.")
    due = utc_time(local, zone)
    if due.timestamp() <= clock():
        now = datetime.fromtimestamp(clock(), find_zone(zone))
        raise CampaignError(f"{local} in {zone} has passed", f"It is {now:%Y-%m-%d %H:%M} there. Choose a later time.")
    return local, due


def local_day(zone: str, at: float) -> date:
    """Return the date in a zone at a time in seconds since 1970 (UTC)."""
    return datetime.fromtimestamp(at, find_zone(zone)).date()


def due_time(schedule: Schedule) -> datetime:
    """Return the time in UTC at which a schedule is due, by the current rules of its zone.

    Raises:
        CampaignError: The system does not know the zone, or its rules have changed so that the time is not clear.
    """
    local = parse_local_time(schedule.local_time)
    if local is None:
        raise CampaignError(f"{schedule.local_time} is not a time", _LIST)
    return utc_time(local, schedule.zone)


class Schedules:
    """The schedules of a publication. `clock` returns seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._database, self._clock = workspace, database, clock

    def list(self) -> list[Schedule]:
        """List all schedules, newest first."""
        with self._database.read() as connection:
            return list_schedules(connection)

    def add(self, plan: SchedulePlan, names: tuple[str, ...]) -> Schedule:
        """Store a schedule of an issue; `names` are its slug and aliases.

        Raises:
            CampaignError: The issue has an open schedule for the same audience.
        """
        with self._database.write() as connection:
            added = add_schedule(connection, plan, names, int(self._clock()))
        if isinstance(added, int):
            raise CampaignError(
                f"{plan.slug} already has schedule #{added} for this audience",
                f"Move it with `newsletter schedule move '#{added}' --at TIME`, or cancel it with"
                f" `newsletter schedule cancel '#{added}'`.",
            )
        return added

    def move(self, schedule: Schedule, plan: SchedulePlan) -> Schedule:
        """Give a schedule another time and content.

        Raises:
            CampaignError: It has started or was cancelled.
        """
        with self._database.write() as connection:
            moved = move_schedule(connection, schedule.id, plan)
        return moved or self._refuse_closed(schedule.id)

    def cancel(self, schedule: Schedule) -> None:
        """Cancel a schedule.

        Raises:
            CampaignError: It has started or was cancelled.
        """
        with self._database.write() as connection:
            cancelled = cancel_schedule(connection, schedule.id)
        if not cancelled:
            self._refuse_closed(schedule.id)

    def find_open(self, name: str) -> Schedule:
        """Find an open schedule by its number with `#` before it, or by the slug, number or path of its issue.

        Raises:
            CampaignError: No open schedule or several match.
        """
        if name.startswith("#") and name[1:].isdecimal() and len(name) <= _DIGITS:
            return self._by_number(int(name[1:]))
        slugs = self._slugs(name)
        found = [schedule for schedule in self.list() if schedule.open and schedule.slug in slugs]
        if not found:
            raise CampaignError(f"{name} is not scheduled", _LIST)
        if len(found) > 1:
            numbers = ", ".join(f"#{schedule.id}" for schedule in reversed(found))
            raise CampaignError(f"{name} has several schedules: {numbers}", "Name one of them by its number.")
        return found[0]

    def _by_number(self, id: int) -> Schedule:
        with self._database.read() as connection:
            found = find_schedule(connection, id)
        if found is None:
            raise CampaignError(f"schedule #{id} does not exist", _LIST)
        return found if found.open else self._refuse_closed(id)

    def _refuse_closed(self, id: int) -> Schedule:
        with self._database.read() as connection:
            found = find_schedule(connection, id)
        state = found.state.value if found else "deleted"
        what = f" by campaign #{found.campaign_id}" if found and found.campaign_id else ""
        raise CampaignError(f"schedule #{id} is already {state}{what}", _LIST)

    def _slugs(self, name: str) -> tuple[str, ...]:
        try:
            return self._workspace.issue(name).names
        except NewsletterError:
            # The file of a scheduled issue may be gone, or have errors.
            return (name,)
