"""`newsletter keys add`: add a new signing key."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter keys add")
def add() -> None:
    """Add a new signing key.

    New links are signed with this key. Links signed with older keys stay valid. Running pages use the new key within
    seconds; a running campaign uses it after it is resumed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.mail.signing_keys import add_key
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    with open_database(Workspace(Path())) as database:
        key = add_key(database)
    print_status(f"New links are now signed with key #{key.id}. Older keys stay valid until you drop them.")
