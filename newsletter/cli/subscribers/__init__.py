"""`newsletter subscribers`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.subscribers"


@click.group(
    cls=LazyGroup,
    commands_in={
        "import": (f"{_HERE}.import_:import_subscribers", "Import subscribers from a CSV file."),
        "add": (f"{_HERE}.add:add", "Add a subscriber."),
        "list": (f"{_HERE}.list:list_subscribers", "List the subscribers."),
        "show": (f"{_HERE}.show:show", "Show everything stored about an address."),
        "tag": (f"{_HERE}.tag:tag", "Add a tag to subscribers, or remove it."),
        "remove": (f"{_HERE}.remove:remove", "Erase subscribers and everything stored about them."),
        "growth": (f"{_HERE}.growth:growth", "Show how the list grows, by week and source."),
        "export": (f"{_HERE}.export:export", "Print the subscribers as CSV."),
    },
    epilog='Example: newsletter subscribers import people.csv --consent "moved from Revue, 2023-01"',
)
def subscribers() -> None:
    """Manage the list of subscribers.

    Only active subscribers get issues. See docs/subscribers.md for the states and the filters.
    """
