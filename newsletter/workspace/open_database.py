"""The publication's database, opened for commands and pages."""

import os

from newsletter.database.database import Database
from newsletter.database.engine import database_file, display_url, parse_url
from newsletter.errors import DatabaseError
from newsletter.workspace.workspace import Workspace

VARIABLE = "NEWSLETTER_DATABASE"


def database_url(workspace: Workspace) -> str:
    """The database's URL: the environment's, else the publication's; a relative file lies beside `newsletter.yaml`.

    Raises:
        DatabaseError: it cannot be read, or is of a kind that newsletter does not use.
    """
    return _located(workspace, os.environ.get(VARIABLE) or workspace.publication.database)


def _located(workspace: Workspace, text: str) -> str:
    url = parse_url(text)
    if file := database_file(url):
        url = url.set(database=str(workspace.root / file))
    return url.render_as_string(hide_password=False)


def open_database(workspace: Workspace, *, writes: bool = True) -> Database:
    """The publication's database; see `Database.open`.

    Raises:
        DatabaseError: it cannot be opened, or is of another version.
    """
    return Database.open(database_url(workspace), writes=writes)


def existing_database(workspace: Workspace) -> Database:
    """The publication's database, which must be there.

    Raises:
        DatabaseError: it is not, cannot be opened, or is of another version.
    """
    database = open_database(workspace, writes=False)
    if database.is_placeholder:
        raise DatabaseError("there is no database yet", "Begin with `newsletter subscribers import FILE`.")
    return database


def new_database(workspace: Workspace, url: str) -> Database:
    """A database of any URL, its tables made where there are none.

    Raises:
        DatabaseError: as `upgrade_database`.
    """
    located = _located(workspace, url)
    Database.upgrade(located)
    return Database.open(located)


def upgrade_database(workspace: Workspace) -> tuple[str, str, str]:
    """Make the tables of the publication's database, or bring them up to date: its name, its version before and after.

    Raises:
        DatabaseError: it cannot be opened or written, or is another program's or of a newer version.
    """
    url = database_url(workspace)
    before, after = Database.upgrade(url)
    return display_url(parse_url(url)), before, after
