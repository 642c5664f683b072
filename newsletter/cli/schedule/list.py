"""`newsletter schedule list`: list all schedules, newest first."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.schedule.schedules import Schedule


@click.command(name="list", epilog="Example: newsletter schedule list --json | jq '.[] | select(.state == \"paused\")'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_schedules(as_json: bool) -> None:
    """List all schedules, newest first.

    A `waiting` schedule is sent at its time, a `started` one has a campaign. A `paused` one was not sent, and needs
    you. An `overdue` one is waiting although its time has passed: no worker is running.
    """
    import time

    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.schedule.listing import schedule_object
    from newsletter.schedule.plan_schedule import Schedules
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with open_database(workspace, writes=False) as database:
        found = [
            (schedule, schedule_object(schedule, time.time())) for schedule in Schedules(workspace, database).list()
        ]
    if as_json:
        import json

        click.echo(json.dumps([listed for _, listed in found], ensure_ascii=False, indent=2))
        return
    if not found:
        print_status("0 schedules. Schedule an issue with `newsletter send ISSUE --at TIME`.")
        return
    table = [("Number", "Time", "Zone", "Issue", "Audience", "State")]
    table += [
        (
            f"#{schedule.id}",
            schedule.local_time,
            schedule.zone,
            schedule.slug,
            _format_audience(schedule),
            listed["state"] + (f": {schedule.reason}" if schedule.reason else ""),
        )
        for schedule, listed in found
    ]
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    for index, (*cells, last) in enumerate(table):
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last])
        click.echo(click.style(escape_controls(line), bold=index == 0 or None))


def _format_audience(schedule: "Schedule") -> str:
    audience = schedule.audience or "all"
    return f"{audience} (correction)" if schedule.correction else audience
