"""Opens the database of a publication."""

import os

from newsletter.database.database import Database
from newsletter.database.engine import database_file, display_url, parse_url
from newsletter.errors import DatabaseError
from newsletter.workspace.database_setting import environment_url
from newsletter.workspace.workspace import Workspace


def database_url(workspace: Workspace) -> str:
    """Return the URL of the database, from the environment or else from the settings.

    A relative path is relative to the folder of `newsletter.yaml`.

    Raises:
        DatabaseError: The URL is not valid, or the kind of database is not supported.
        NotFoundError: The file with the URL is empty.
        AccessError: The file with the URL cannot be read.
    """
    return _located(workspace, environment_url(os.environ) or workspace.publication.database)


def _located(workspace: Workspace, text: str) -> str:
    url = parse_url(text)
    if file := database_file(url):
        url = url.set(database=str(workspace.root / file))
    return url.render_as_string(hide_password=False)


def open_database(workspace: Workspace, *, writes: bool = True) -> Database:
    """Open the database of the publication; see `Database.open`.

    Raises:
        DatabaseError: It cannot be opened, or has another version.
    """
    return Database.open(database_url(workspace), writes=writes)


def existing_database(workspace: Workspace) -> Database:
    """Open the database of the publication, which must exist.

    Raises:
        DatabaseError: It does not exist, cannot be opened, or has another version.
    """
    database = open_database(workspace, writes=False)
    if database.is_placeholder:
        raise DatabaseError("the database does not exist", "Run `newsletter subscribers import FILE` to create it.")
    return database


def new_database(workspace: Workspace, url: str) -> Database:
    """Open another database, and create or upgrade its tables.

    Raises:
        DatabaseError: See `upgrade_database`.
    """
    located = _located(workspace, url)
    Database.upgrade(located)
    return Database.open(located)


def upgrade_database(workspace: Workspace) -> tuple[str, str, str]:
    """Create or upgrade the tables of the database.

    Returns:
        The name of the database, and its versions before and after. The version before is "" if it had no tables.

    Raises:
        DatabaseError: It cannot be opened or written, belongs to another program, or has a newer version.
    """
    url = database_url(workspace)
    before, after = Database.upgrade(url)
    return display_url(parse_url(url)), before, after
