"""The setting of the database, for commands that start too often to load the database library each time."""

from collections.abc import Mapping
from pathlib import Path

from newsletter.files import read_secret

VARIABLE = "NEWSLETTER_DATABASE"
"""The environment variable that takes precedence over `database` in newsletter.yaml."""
TARGET_VARIABLE = "NEWSLETTER_TARGET_DATABASE"
"""The environment variable with the database that `newsletter db copy` copies to."""


def environment_url(environment: Mapping[str, str]) -> str:
    """Return the URL of the database from the environment, or from the file that it names; "" if it has neither.

    Raises:
        NotFoundError: The file is empty.
        AccessError: The file cannot be read.
    """
    if not (environment.get(VARIABLE) or environment.get(f"{VARIABLE}_FILE")):
        return ""
    return read_secret(VARIABLE, environment, "the URL of the database")


def sqlite_file(root: Path, url: str) -> Path | None:
    """Return the file of a SQLite database, or None for a database on a server.

    The URL is not validated: `open_database` does that.

    Args:
        root: The publication's folder. A relative path is relative to it.
        url: The URL of the database.
    """
    kind, _, file = url.partition(":///")
    return root / file.partition("?")[0] if kind.partition("+")[0] == "sqlite" and file else None
