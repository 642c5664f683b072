"""`newsletter schedule cancel`: cancel a schedule."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter schedule cancel 029")
@click.argument("name", metavar="ISSUE|#N")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def cancel(name: str, yes: bool) -> None:
    """Cancel a schedule.

    The issue is not sent. A cancelled schedule cannot be moved; schedule the issue again.
    """
    from newsletter.cli.terminal import print_status, require_yes
    from newsletter.schedule.plan_schedule import Schedules
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with open_database(workspace, writes=False) as database:
        schedules = Schedules(workspace, database)
        found = schedules.find_open(name)
        if not yes:
            when = f"{found.local_time} {found.zone}"
            require_yes(f"Cancel schedule #{found.id} of {found.slug} at {when}?")
        schedules.cancel(found)
    print_status(f"Cancelled schedule #{found.id} of {found.slug}.")
