"""`newsletter db upgrade`: create or upgrade the tables."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db backup before.db && newsletter db upgrade")
def upgrade() -> None:
    """Create or upgrade the tables of the database.

    Either all pending upgrades are applied or none. A SQLite database is created automatically when it is first needed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.workspace.open_database import upgrade_database
    from newsletter.workspace.workspace import Workspace

    name, before, after = upgrade_database(Workspace(Path()))
    if not before:
        print_status(f"Created the tables of {name}, version {after}.")
    elif before == after:
        print_status(f"{name}: up to date, version {after}.")
    else:
        print_status(f"Upgraded {name} from version {before} to {after}.")
