"""`newsletter db copy`: copy the database into another, empty database."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db copy postgresql://lens@db.example.org/lens")
@click.argument("url", metavar="[URL]", required=False)
def copy(url: str | None) -> None:
    """Copy the database into another, empty database.

    Use it to move from SQLite to PostgreSQL or back. Copies everything: subscribers, suppressions, campaigns, and the
    keys that verify old links. Stop `newsletter serve` first, because later changes to the old database are not copied.
    Other users of this machine can see arguments. So if the URL contains a password, set NEWSLETTER_TARGET_DATABASE to
    it, or NEWSLETTER_TARGET_DATABASE_FILE to the path of a file that contains it, and leave out URL.

    Afterwards, set `database` in newsletter.yaml to the new database.
    """
    import os

    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.database.copy_rows import copy_into
    from newsletter.database.engine import parse_url, passwords
    from newsletter.errors import DatabaseError
    from newsletter.files import read_secret
    from newsletter.workspace.database_setting import TARGET_VARIABLE
    from newsletter.workspace.open_database import existing_database, new_database
    from newsletter.workspace.workspace import Workspace

    if url is None:
        url = read_secret(TARGET_VARIABLE, os.environ, "the URL of the other database")
    elif passwords(parse_url(url)):
        raise DatabaseError(
            "the URL contains a password, which other users of this machine can see in the list of processes",
            f"Change the password. Set {TARGET_VARIABLE} to the URL, or {TARGET_VARIABLE}_FILE to the path of a"
            " file that contains it, and leave out URL.",
        )
    workspace = Workspace(Path())
    with existing_database(workspace) as source, sending_lock(source), new_database(workspace, url) as target:
        with count_progress("Copying") as progress:
            rows = copy_into(source, target, progress)
        print_status(
            f"Copied {rows:,} rows from {source.name} to {target.name}. Change `database` in newsletter.yaml to it."
        )
