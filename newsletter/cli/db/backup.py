"""`newsletter db backup`: copy the database to a file."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db backup subscribers-2023-01-31.db")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to a new file.

    Others may go on writing meanwhile. The copy is looked through, and only its owner may read it. PostgreSQL has
    pg_dump for this.
    """
    from newsletter.cli.progress import following
    from newsletter.database.sqlite_backup import back_up
    from newsletter.files import display
    from newsletter.workspace.open_database import existing_database
    from newsletter.workspace.workspace import Workspace

    with existing_database(Workspace(Path())) as database, following("Copying") as progress:
        back_up(database, file, progress)
    click.echo(display(file))
