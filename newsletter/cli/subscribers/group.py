"""`newsletter subscribers import|export|add|list|show|tag|remove`."""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.subscribers"


@click.group(
    cls=LazyGroup,
    commands_in={
        "import": (f"{_HERE}.import_:import_subscribers", "Bring in people from a CSV file."),
        "add": (f"{_HERE}.add:add", "Add one person who asked for it."),
        "list": (f"{_HERE}.list:list_subscribers", "List the subscribers."),
    },
    epilog='Example: newsletter subscribers import people.csv --consent "moved from Revue, 2023-01"',
)
def subscribers() -> None:
    """Keep the list: who gets the newsletter, and why.

    Only those who are active get it. What each state means, and the filters, are in docs/subscribers.md.
    """
