"""`newsletter keys add`: make a new signing key."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter keys add")
def add() -> None:
    """Make a key that signs from now on.

    Links that older keys have signed stay good. Running pages take it up within seconds, a campaign that is being sent
    when it is resumed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.mail.signing_keys import add_key
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    with open_database(Workspace(Path())) as database:
        made = add_key(database)
    print_status(f"Key #{made.id} signs from now on; those before it stay good until they are dropped.")
