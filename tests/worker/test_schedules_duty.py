"""The duty that starts schedules: at their minute, also if they are made shortly before."""

import time

from newsletter.web.access_log import ThrottledLog
from newsletter.worker.duty import repeat
from newsletter.worker.schedules_duty import SchedulesDuty
from newsletter.worker.waiting import WaitEnd
from tests.schedule.scheduled import DUE, Scheduled


def test_a_schedule_that_is_made_shortly_before_its_time_starts_on_time(scheduled: Scheduled) -> None:
    """The worker has just looked for schedules when another process makes one that is due in 12 seconds."""
    started_at: list[float] = []
    clock = scheduled.clock
    clock.now = DUE - 13

    def wait(seconds: float) -> WaitEnd:
        if not scheduled.campaign_ids() and clock.now == DUE - 13:
            clock.now = DUE - 12
            scheduled.schedule()
            seconds -= 1
        clock.now += seconds
        return WaitEnd.STOPPED if started_at or clock.now > DUE + 60 else WaitEnd.ELAPSED

    duty = SchedulesDuty(scheduled.folder, scheduled.database, lambda: started_at.append(clock.now), clock)
    repeat(duty, clock, wait, ThrottledLog(time.monotonic))
    assert started_at == [DUE]
