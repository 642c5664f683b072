"""`newsletter db upgrade`: create or upgrade the tables."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db backup before.db && newsletter db upgrade")
def upgrade() -> None:
    """Make the database's tables, or bring them up to date.

    All that is missing is done, or nothing. A SQLite file is made by itself when it is first needed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.workspace.open_database import upgrade_database
    from newsletter.workspace.workspace import Workspace

    name, before, after = upgrade_database(Workspace(Path()))
    if not before:
        print_status(f"{name}: the tables are made, version {after}.")
    elif before == after:
        print_status(f"{name} is up to date, version {after}.")
    else:
        print_status(f"{name}: from version {before} to {after}.")
