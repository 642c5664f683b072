"""`newsletter keys drop`: delete an old signing key."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter keys drop 1")
@click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
@click.option("--recent", is_flag=True, help="Also if it has signed in the last 60 days: somebody has got hold of it.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def drop(number: int, recent: bool, yes: bool) -> None:
    """Drop an old key: links that it has signed do not work any more.

    Readers who follow one are told where to get a new one; inboxes' own buttons to leave fail. A key is kept while it
    signs, while a campaign is not finished, and for 60 days after it has signed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.mail.signing_keys import drop_signing_key
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    if not yes:
        click.confirm(f"Drop key #{number} for good, and with it each link that it has signed?", abort=True, err=True)
    with open_database(workspace) as database:
        drop_signing_key(database, number, recent=recent)
    print_status(f"Dropped key #{number}.")
