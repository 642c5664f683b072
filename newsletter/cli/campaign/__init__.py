"""`newsletter campaign`: one file per command, and the terminal output of `newsletter send`.

`show`, `pause`, `cancel` and `report` are the commands. `run`, `sending_progress` and `stop_signals` belong to
`newsletter send`: they run a campaign, show its progress and stop it on Ctrl-C. Start reading with `run`.
"""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.campaign"


@click.group(
    cls=LazyGroup,
    commands_in={
        "cancel": (f"{_HERE}.cancel:cancel", "Cancel a campaign."),
        "pause": (f"{_HERE}.pause:pause", "Pause a campaign."),
        "report": (f"{_HERE}.report:report", "Show what happened to each recipient."),
        "show": (f"{_HERE}.show:show", "Show the state and progress of a campaign."),
    },
    epilog="Example: newsletter campaign report 029 --csv > 029.csv",
)
def campaign() -> None:
    """Show, pause, cancel and report on campaigns.

    Name a campaign by its issue or by its own number. An issue selects its newest campaign; `report` shows all of them.
    If an issue has the same number as the campaign, put # before the campaign's number, as in '#7'.
    """
