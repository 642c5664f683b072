"""`newsletter keys`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "list": ("newsletter.cli.keys.list:list_keys", "List the signing keys."),
        "add": ("newsletter.cli.keys.add:add", "Add a new signing key."),
        "drop": ("newsletter.cli.keys.drop:drop", "Drop an old signing key."),
    },
    epilog="Example: newsletter keys add",
)
def keys() -> None:
    """Manage the keys that sign links.

    They sign the links to unsubscribe, to change preferences, to confirm a subscription and to erase data, and the
    envelope senders of messages. The keys are stored in the database and never printed.
    """
