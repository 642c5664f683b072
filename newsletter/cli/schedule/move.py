"""`newsletter schedule move`: send a scheduled issue at another time."""

from pathlib import Path

import click

from newsletter.cli.option_types import DURATION


@click.command(epilog="Example: newsletter schedule move 029 --at '2026-12-06 10:00'")
@click.argument("name", metavar="ISSUE|#N")
@click.option("--at", metavar="TIME", required=True, help="The new time, such as '2026-12-06 09:00'.")
@click.option("--zone", metavar="ZONE", help="The time zone, such as Asia/Tokyo.  [default: that of the schedule]")
@click.option(
    "--late",
    type=DURATION,
    metavar="DURATION",
    help="Still send it if nothing was running at that time, but only so much later.  [default: as before]",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation, even if there are warnings.")
@click.option("--offline", is_flag=True, help="Do not check that images and web pages are online.")
@click.option("--untested", is_flag=True, help="Schedule it even if no test of this content was sent.")
@click.option(
    "--unrecorded", is_flag=True, help="Schedule a published issue even if the database has no record of sending it."
)
def move(
    name: str, at: str, zone: str | None, late: int | None, yes: bool, offline: bool, untested: bool, unrecorded: bool
) -> None:
    """Send a scheduled issue at another time.

    Also use it for a paused schedule, after you have fixed what stopped it. The issue is checked as by `newsletter
    send`, and its current content is what will be sent.
    """
    from newsletter.campaign.preparation import Preparation
    from newsletter.cli.campaign.start import Confirmed
    from newsletter.cli.preflight import print_report
    from newsletter.cli.schedule.schedule_issue import ScheduleTime
    from newsletter.errors import CampaignError
    from newsletter.preflight.diagnosis import DiagnosisState
    from newsletter.preflight.run import run_preflight
    from newsletter.schedule.plan_schedule import Schedules
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with open_database(workspace, writes=False) as database:
        found = Schedules(workspace, database).find_open(name)
        at_time = ScheduleTime.check(workspace, at, zone or found.zone, found.late if late is None else late)
        document = workspace.issue(found.slug)
        preparation = Preparation(workspace, database)
        prepared = preparation.compose(document, correction=found.correction)
        candidate = preparation.candidate(
            document,
            prepared,
            found.audience,
            offline=offline,
            needs_test=not untested,
            correction=found.correction,
        )
        report = run_preflight(at_time.candidate(candidate))
        print_report(document.slug, report)
        if report.failed:
            raise CampaignError("the schedule was not moved: the preflight found errors", "Fix them, then try again.")
        confirmed = Confirmed(False, yes, unrecorded, report.count(DiagnosisState.WARNING))
        at_time.schedule(
            workspace,
            database,
            document,
            prepared,
            found.audience,
            confirmed,
            correction=found.correction,
            offline=offline,
            moved=found,
        )
