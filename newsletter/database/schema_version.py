"""Finds and checks the version of the schema, and upgrades it with Alembic."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from newsletter.errors import DatabaseError

# The version of the last migration. A test compares it with Alembic's, so that commands do not need to import Alembic.
VERSION = "0014"
MIGRATIONS = Path(__file__).parent / "migrations"
# The key of the upgrade lock among PostgreSQL's advisory locks.
_UPGRADE_LOCK = 0x6E657775
_ALEMBIC = threading.Lock()


def version_of(connection: Connection, database: str) -> str:
    """Return the version of the schema, or "" if the database has no tables.

    Raises:
        DatabaseError: The tables belong to another program.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    found = ""
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if len(found) != len(VERSION) or not found.isdecimal():
        message = f"{database} contains the tables of another program"
        raise DatabaseError(message, "Set `database` in newsletter.yaml to a separate database.")
    return found


def check_version(connection: Connection, database: str) -> None:
    """Check that a database has the version that the code expects.

    Raises:
        DatabaseError: It has no tables, has an older or newer version, or belongs to another program.
    """
    found = version_of(connection, database)
    if not found:
        raise DatabaseError(f"{database} has no tables yet", "Run `newsletter db upgrade`.")
    if found < VERSION:
        message = f"{database} was created by an older version of newsletter (expected schema {VERSION}, found {found})"
        raise DatabaseError(message, "Run `newsletter db backup FILE`, then `newsletter db upgrade`.")
    refuse_newer(found, database)


def refuse_newer(found: str, database: str) -> None:
    """Check that a version is not newer than the code.

    Raises:
        DatabaseError: It is newer.
    """
    if found > VERSION:
        message = f"{database} was created by a newer version of newsletter (expected schema {VERSION}, found {found})"
        raise DatabaseError(message, "Nothing was changed. Install the newer version.")


def lock_schema(connection: Connection) -> None:
    """Wait until no other upgrade is running, and block other upgrades until the transaction ends.

    Call this before the version is read. SQLite needs nothing here: a transaction that writes has the only write lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})


def upgrade_schema(connection: Connection, target: str = "head", clock: Callable[[], float] = time.time) -> None:
    """Apply the missing migrations within the connection's transaction. Threads of a process do so one after another.

    Args:
        connection: A connection in a transaction that writes. If a migration fails, roll it back.
        target: The version to migrate to.
        clock: Returns seconds since 1970 (UTC). Migrations use it to drop expired mail.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["now"] = int(clock())
    # Alembic keeps its state in modules, so threads that open new databases must take turns.
    with _ALEMBIC:
        command.upgrade(config, target)
