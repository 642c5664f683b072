"""`newsletter db copy`: copy the database into another, empty database."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db copy postgresql://lens@db.example.org/lens")
@click.argument("url", metavar="URL")
def copy(url: str) -> None:
    """Copy the database into another, empty database.

    Use it to move from SQLite to PostgreSQL or back. Copies everything: subscribers, suppressions, campaigns, and the
    keys that verify old links. Stop `newsletter serve` first, because later changes to the old database are not copied.
    Afterwards, set `database` in newsletter.yaml to the new database.
    """
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.database.copy_rows import copy_into
    from newsletter.workspace.open_database import existing_database, new_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with existing_database(workspace) as source, sending_lock(source), new_database(workspace, url) as target:
        with count_progress("Copying") as progress:
            rows = copy_into(source, target, progress)
        print_status(
            f"Copied {rows:,} rows from {source.name} to {target.name}. Change `database` in newsletter.yaml to it."
        )
