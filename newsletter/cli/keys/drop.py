"""`newsletter keys drop`: drop an old signing key."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter keys drop 1")
@click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
@click.option(
    "--recent", is_flag=True, help="Drop the key even if it signed in the last 60 days, for example because it leaked."
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def drop(number: int, recent: bool, yes: bool) -> None:
    """Drop an old signing key.

    Links that it signed stop working: their pages explain how to get a new link, and the unsubscribe buttons of inboxes
    fail. You cannot drop the current signing key, any key while a campaign is unfinished, or a key that signed in the
    last 60 days.
    """
    from newsletter.cli.terminal import print_status, require_yes
    from newsletter.mail.signing_keys import drop_signing_key
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    if not yes:
        require_yes(f"Drop key #{number} permanently? Every link that it signed will stop working.")
    with open_database(workspace) as database:
        drop_signing_key(database, number, recent=recent)
    print_status(f"Dropped key #{number}.")
