"""`newsletter db`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "upgrade": ("newsletter.cli.db.upgrade:upgrade", "Create or upgrade the tables of the database."),
        "copy": ("newsletter.cli.db.copy:copy", "Copy the database into another, empty database."),
        "adopt": ("newsletter.cli.db.adopt:adopt", "Accept a restored backup or another database for sending."),
        "backup": ("newsletter.cli.db.backup:backup", "Back up the database to a new file."),
    },
    epilog="Example: newsletter db backup subscribers-2023-01-31.db",
)
def db() -> None:
    """Upgrade, copy or back up the database.

    The database is set by `database` in newsletter.yaml or by the environment variable NEWSLETTER_DATABASE, which takes
    precedence.
    """
