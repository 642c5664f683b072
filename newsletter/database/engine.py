"""Engines: SQLite tuned to lose nothing, and PostgreSQL by its URL."""

import re
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from newsletter.errors import DatabaseError

# Seconds that a writer waits for another one, such as an import of a million lines, before it gives up.
_PATIENCE = 60
# Kilobytes of the database that a connection keeps in memory; a campaign reads each page once, an import many again.
_CACHE, _ROOM = 1000, 8000
# An execution option of ours: the transaction takes the lock for writing as it begins, so that it never has to give up
# half-way because another one has written in between.
WRITES = "newsletter_writes"
# An empty database in the place of one that is not there yet.
IN_MEMORY = URL.create("sqlite")


def parsed(url: str) -> URL:
    """A database's URL, for the drivers that we use.

    Raises:
        DatabaseError: it is no URL, of another kind of database, or asks of SQLite what it does not have.
    """
    advice = "Write one such as sqlite:///newsletter.db or postgresql://NAME@HOST/DATABASE."
    try:
        found = make_url(url)
    except (ArgumentError, ValueError) as error:
        # What could not be parsed may hold a password, and is not shown.
        raise DatabaseError("the database's URL cannot be read", advice) from error
    kind = found.drivername.partition("+")[0]
    if kind == "sqlite":
        return _sqlite(found)
    if kind in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    raise DatabaseError(f"`{found.drivername}` is no database that newsletter can use", advice)


def _sqlite(url: URL) -> URL:
    """A file's URL, in which nothing stands that would be passed over, or would lead to a database that forgets."""
    advice = (
        "Write sqlite:///newsletter.db, with three slashes; with four for a whole path: sqlite:////srv/newsletter.db."
    )
    timeout = url.query.get("timeout", "0")
    if url.host or url.port or url.username:
        raise DatabaseError("the database's URL names a host, and SQLite has none", advice)
    if not url.database or url.database == ":memory:":
        raise DatabaseError("the database's URL names no file, and what is in memory only is lost", advice)
    if url.database.startswith("file:"):
        raise DatabaseError("the database's URL has another URL in it, `file:`", advice)
    if unknown := sorted(url.query.keys() - {"timeout"}):
        raise DatabaseError(f"the database's URL says `{unknown[0]}`, which is not known for SQLite", advice)
    if not isinstance(timeout, str) or not re.fullmatch(r"\d{1,6}(\.\d+)?", timeout):
        raise DatabaseError("the database's URL has a `timeout` that is no number of seconds", advice)
    return url.set(drivername="sqlite")


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; none where it lies in memory, or with a server."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database)


def shown(url: URL) -> str:
    """What messages call a database: its file, or its URL without the password."""
    from newsletter.files import display

    file = file_of(url)
    if file:
        return display(file)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def make_engine(url: URL) -> Engine:
    """An engine whose transactions are begun by us; nothing is connected yet.

    Raises:
        DatabaseError: the driver is not installed.
    """
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as error:
            advice = "Install it: pip install 'newsletter-press[postgresql]'."
            raise DatabaseError("PostgreSQL's driver is not installed", advice) from error
    arguments = {} if "timeout" in url.query else {"timeout": _PATIENCE}
    if file_of(url):
        engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    else:
        engine = create_engine(
            url, hide_parameters=True, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def make_room(connection: Connection) -> None:
    """Let a connection keep more of the database in memory, where it comes back to the same pages."""
    if connection.dialect.name == "sqlite":
        for schema in ("main", "temp"):
            connection.exec_driver_sql(f"PRAGMA {schema}.cache_size = -{_ROOM}")


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions on its own, and too late.
    connection.isolation_level = None
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # What is erased is gone from the file, too.
        "secure_delete = ON",
        f"cache_size = -{_CACHE}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
