"""`newsletter campaign`: one file per command, and what `newsletter send` prints while a campaign runs.

`show`, `pause`, `cancel` and `report` are the commands. `run`, `sending_progress` and `stop_signals` belong to
`newsletter send`: the progress of a campaign, how it ended, and how Ctrl-C stops it.
"""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.campaign"


@click.group(
    cls=LazyGroup,
    commands_in={
        "cancel": (f"{_HERE}.cancel:cancel", "End a campaign for good."),
        "pause": (f"{_HERE}.pause:pause", "Pause a campaign, wherever it runs."),
        "report": (f"{_HERE}.report:report", "Say what became of each recipient."),
        "show": (f"{_HERE}.show:show", "Show how far a campaign is."),
    },
    epilog="Example: newsletter campaign report 029 --csv > 029.csv",
)
def campaign() -> None:
    """Show, pause, cancel and report campaigns.

    A campaign is named by its issue, of which the newest is meant, or by its number, with # before it where an issue
    has that number, too.
    """
