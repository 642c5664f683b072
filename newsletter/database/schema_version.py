"""The schema's version: found, checked, and brought up to date by alembic's migrations."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from newsletter.errors import DatabaseError

# The last migration's; a test holds it to what alembic finds. Commands that only check need not import alembic.
VERSION = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"
# The key of the upgrade lock among PostgreSQL's advisory locks.
_UPGRADE_LOCK = 0x6E657775


def version_of(connection: Connection, database: str) -> str:
    """The version of a database's schema; nothing for one without a table.

    Raises:
        DatabaseError: the tables are another program's.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    found = ""
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if len(found) != len(VERSION) or not found.isdecimal():
        message = f"{database} holds the tables of another program"
        raise DatabaseError(message, "Name a database of its own in `database` of newsletter.yaml.")
    return found


def check_version(connection: Connection, database: str) -> None:
    """See that a database is as this version of newsletter knows it.

    Raises:
        DatabaseError: it is older or newer, or another program's.
    """
    found = version_of(connection, database)
    if not found:
        raise DatabaseError(f"{database} has no tables yet", "Make them: newsletter db upgrade.")
    if found < VERSION:
        message = f"{database} is of an older version of newsletter ({found}; {VERSION} is needed)"
        raise DatabaseError(message, "Bring it up to date: newsletter db backup FILE, then newsletter db upgrade.")
    refuse_newer(found, database)


def refuse_newer(found: str, database: str) -> None:
    """See that a version is none that only a later workspace knows.

    Raises:
        DatabaseError: it is.
    """
    if found > VERSION:
        message = f"{database} is of a newer version of newsletter ({found}; this one knows {VERSION})"
        raise DatabaseError(message, "Nothing was changed. Install that version.")


def lock_schema(connection: Connection) -> None:
    """Wait until no other upgrade is under way, and keep others waiting until the transaction ends.

    Call this before the version is read. SQLite needs nothing here: a transaction that writes has the only write lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})


def upgrade_schema(connection: Connection, target: str = "head", clock: Callable[[], float] = time.time) -> None:
    """Apply the missing migrations within the connection's transaction.

    Args:
        connection: A connection in a transaction that writes. If a migration fails, undo the transaction.
        target: The version to migrate to.
        clock: Returns seconds since 1970 (UTC). Migrations leave out work that is no longer due.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["now"] = int(clock())
    command.upgrade(config, target)
