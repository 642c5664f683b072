"""`newsletter keys`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "list": ("newsletter.cli.keys.list:list_keys", "List the keys: which one signs, and how old they are."),
        "add": ("newsletter.cli.keys.add:add", "Make a key that signs from now on."),
        "drop": ("newsletter.cli.keys.drop:drop", "Drop an old key, and with it the links that it has signed."),
    },
    epilog="Example: newsletter keys add",
)
def keys() -> None:
    """Change the keys that sign links.

    They lie in the database and are never printed. What they sign: links to leave, to preferences, to confirm and to
    erase, and the return paths of messages.
    """
