"""`newsletter subscribers`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup

_HERE = "newsletter.cli.subscribers"


@click.group(
    cls=LazyGroup,
    commands_in={
        "import": (f"{_HERE}.import_:import_subscribers", "Bring in people from a CSV file."),
        "add": (f"{_HERE}.add:add", "Add one person who asked for it."),
        "list": (f"{_HERE}.list:list_subscribers", "List the subscribers."),
        "show": (f"{_HERE}.show:show", "Tell a person's whole story."),
        "tag": (f"{_HERE}.tag:tag", "Tag subscribers, or take a tag from them."),
        "remove": (f"{_HERE}.remove:remove", "Erase subscribers and everything stored about them."),
        "export": (f"{_HERE}.export:export", "Print the subscribers as CSV."),
    },
    epilog='Example: newsletter subscribers import people.csv --consent "moved from Revue, 2023-01"',
)
def subscribers() -> None:
    """Keep the list: who gets the newsletter, and why.

    Only those who are active get it. What each state means, and the filters, are in docs/subscribers.md.
    """
