"""`newsletter subscribers remove`: erase subscribers."""

import time
from pathlib import Path

import click


@click.command(epilog="Example: newsletter subscribers remove ann@example.org")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(addresses: tuple[str, ...], yes: bool) -> None:
    """Erase subscribers and everything stored about them.

    Only a keyed hash of the address is kept, so that a later import does not add it again.
    """
    from newsletter.cli.terminal import print_status, require_yes
    from newsletter.subscribers import admin
    from newsletter.text.email_address import check_address
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    people = [check_address(address) for address in addresses]
    workspace = Workspace(Path())
    if not yes:
        require_yes(f"Erase {', '.join(person.typed for person in people)} permanently?")
    with open_database(workspace) as database:
        admin.remove(database, people, now=int(time.time()))
    for person in people:
        print_status(f"Erased {person.typed}.")
