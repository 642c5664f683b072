"""`newsletter db copy`: copy the database into another one."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db copy postgresql://lens@db.example.org/lens")
@click.argument("url", metavar="URL")
def copy(url: str) -> None:
    """Copy the database into another one, which is empty: from SQLite to PostgreSQL, or back.

    All goes along: people, suppressions, campaigns, and the keys by which old links stay good. End `newsletter serve`
    before, and name the new database in newsletter.yaml after: what is written meanwhile stays in the old one.
    """
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import print_status
    from newsletter.database.copy_rows import copy_into
    from newsletter.workspace.open_database import existing_database, new_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with existing_database(workspace) as source, sending_lock(source), new_database(workspace, url) as target:
        with following("Copying") as progress:
            rows = copy_into(source, target, progress)
        print_status(f"{target.name} has all {rows:,} rows of {source.name}. Name it in `database` of newsletter.yaml.")
