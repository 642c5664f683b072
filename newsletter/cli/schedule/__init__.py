"""`newsletter schedule`: one file per command.

`schedule_issue` also schedules issues for `newsletter send --at`.
"""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.schedule"


@click.group(
    cls=LazyGroup,
    commands_in={
        "list": (f"{_HERE}.list:list_schedules", "List all schedules, newest first."),
        "cancel": (f"{_HERE}.cancel:cancel", "Cancel a schedule."),
        "move": (f"{_HERE}.move:move", "Send a scheduled issue at another time."),
    },
    epilog="Example: newsletter schedule move 029 --at '2026-12-06 10:00'",
)
def schedule() -> None:
    """List, cancel and move scheduled issues.

    `newsletter send ISSUE --at TIME` schedules an issue, and `newsletter worker` sends it. Name a schedule by its
    issue, or by its own number with # before it, as in '#7'.
    """
