"""Schedules as commands and the dashboard list them."""

from typing import Any

from newsletter.database.states import ScheduleState
from newsletter.errors import CampaignError
from newsletter.schedule.plan_schedule import due_time
from newsletter.schedule.schedules import Schedule
from newsletter.schedule.start_due import PUNCTUAL
from newsletter.text.timestamps import timestamp


def schedule_object(schedule: Schedule, now: float) -> dict[str, Any]:
    """Return a schedule as an object for JSON. `now` is in seconds since 1970 (UTC).

    Its state is `overdue` if it waits although its time has passed. `due` is None if the rules of its zone do not say.
    """
    state: str = schedule.state.value
    try:
        due_at = int(due_time(schedule).timestamp())
    except CampaignError:
        due = None
    else:
        due = timestamp(due_at)
        if schedule.state is ScheduleState.WAITING and now > due_at + PUNCTUAL:
            state = "overdue"
    return {
        "schedule": schedule.id,
        "issue": schedule.slug,
        "at": schedule.local_time,
        "zone": schedule.zone,
        "due": due,
        "late": schedule.late,
        "audience": schedule.audience,
        "correction": schedule.correction,
        "content": schedule.content,
        "state": state,
        "reason": schedule.reason,
        "campaign": schedule.campaign_id,
        "created": timestamp(schedule.created_at),
    }
