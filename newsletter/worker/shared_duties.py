"""The duties of workers on PostgreSQL: what they share are jobs, of which each is done by one worker.

A campaign has a job for each worker that sends it: whoever does one defers the next.

This module is imported only on PostgreSQL.
"""

import time

from newsletter.worker.campaigns_duty import CampaignsDuty
from newsletter.worker.jobs import CAMPAIGN, Job, JobsDuty, check_procrastinate, defer_campaign, defer_campaigns
from newsletter.worker.parts import Part, RunningDuty, WorkerSetup
from newsletter.worker.schedules_duty import SchedulesDuty
from newsletter.worker.waiting import Waiting

# Seconds between two jobs that a worker defers for a campaign that it sends.
_INVITE_EVERY = 60.0


def shared_duties(setup: WorkerSetup) -> tuple[list[RunningDuty], CampaignsDuty]:
    """Return the duties of a worker, and the one that sends campaigns.

    Campaigns have a thread of their own: one that is being sent while the database is away must not keep the other jobs
    from being done when it is back.

    Raises:
        DatabaseError: procrastinate has another version than the database.
    """
    check_procrastinate()
    invited: dict[int, float] = {}

    def invite(campaign_id: int) -> None:
        """Let another worker share in a campaign. A worker that fails at once must not invite itself all the time."""
        now = time.monotonic()
        if now - invited.get(campaign_id, -_INVITE_EVERY) >= _INVITE_EVERY:
            invited[campaign_id] = now
            defer_campaigns(setup.database, [campaign_id])

    campaigns = setup.campaigns(begun=invite)
    schedules = SchedulesDuty(setup.folder, setup.database, lambda: None, setup.clock, defer_campaign)

    def start_schedules() -> None:
        try:
            schedules.run()
        finally:
            # The author may not be reachable by mail, which must not hold up a campaign.
            defer_campaigns(setup.database, campaigns.list_waiting())

    jobs = {
        Part.CAMPAIGNS: Job("schedules", start_schedules, "* * * * *"),
        Part.BOUNCES: Job("bounces", setup.bounces().run, "*/5 * * * *"),
        Part.MAIL: Job("housekeeping", setup.housekeeping().run, "17 3 * * *"),
    }
    periodic, waiting = [jobs[part] for part in setup.parts], Waiting()
    duties: list[RunningDuty] = [(JobsDuty("jobs", setup.database, periodic, waiting, setup.log), waiting)]
    if Part.CAMPAIGNS in setup.parts:
        waiting = Waiting()
        sending = JobsDuty("campaigns", setup.database, [Job(CAMPAIGN, campaigns.send)], waiting, setup.log)
        duties.append((sending, waiting))
    if Part.MAIL in setup.parts:
        duties.append((setup.mail(), Waiting()))
    return duties, campaigns
