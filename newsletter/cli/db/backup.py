"""`newsletter db backup`: back up the database to a file."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db backup subscribers-2023-01-31.db")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Back up the database to a new file.

    Other programs can write to the database during the backup. The copy is checked, and only its owner can read it. For
    PostgreSQL, use pg_dump instead.
    """
    from newsletter.cli.progress import count_progress
    from newsletter.database.sqlite_backup import back_up
    from newsletter.files import display
    from newsletter.workspace.open_database import existing_database
    from newsletter.workspace.workspace import Workspace

    with existing_database(Workspace(Path())) as database, count_progress("Copying") as progress:
        back_up(database, file, progress)
    click.echo(display(file))
