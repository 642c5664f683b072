"""`newsletter db`: one file per command."""

import click

from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "upgrade": ("newsletter.cli.db.upgrade:upgrade", "Make the database's tables, or bring them up to date."),
        "copy": (
            "newsletter.cli.db.copy:copy",
            "Copy the database into another one.",
        ),
        "backup": ("newsletter.cli.db.backup:backup", "Copy the database to a new file."),
    },
    epilog="Example: newsletter db backup subscribers-2023-01-31.db",
)
def db() -> None:
    """Look after the database.

    It is `database` in newsletter.yaml, or NEWSLETTER_DATABASE in the environment.
    """
