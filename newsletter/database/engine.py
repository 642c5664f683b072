"""SQLAlchemy engines: SQLite with durable settings, and PostgreSQL."""

import re
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from newsletter.errors import DatabaseError

# Seconds that a writer waits for another one, such as an import of a million rows.
_PATIENCE = 60
# Kilobytes of cache per connection: a campaign reads each page once, an import many of them again.
_CACHE, _LARGE_CACHE = 1000, 8000
# An execution option: the transaction takes the write lock when it begins, so that it never fails half-way because
# another one has written in between.
WRITES = "newsletter_writes"
# An empty database in memory, in place of a file that does not exist yet.
IN_MEMORY = URL.create("sqlite")


def parse_url(url: str) -> URL:
    """Parse the URL of a database and choose its driver.

    Raises:
        DatabaseError: It is not a URL, names another kind of database, or asks SQLite for what it does not support.
    """
    advice = "Write one such as sqlite:///newsletter.db or postgresql://NAME@HOST/DATABASE."
    try:
        found = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, and is not shown.
        raise DatabaseError("the database's URL cannot be read", advice) from error
    kind = found.drivername.partition("+")[0]
    if kind == "sqlite":
        return _sqlite(found)
    if kind in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    raise DatabaseError(f"`{found.drivername}` is no database that newsletter can use", advice)


def _sqlite(url: URL) -> URL:
    """Refuse parts of a SQLite URL that would be ignored, or would name a database in memory."""
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


def database_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for one in memory or on a server."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database)


def display_url(url: URL) -> str:
    """Return what messages call a database: its file, or its URL without the password."""
    from newsletter.files import display

    file = database_file(url)
    if file:
        return display(file)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def make_engine(url: URL) -> Engine:
    """Create an engine; nothing is connected yet. SQLite transactions are begun by an event, not by the driver.

    Raises:
        DatabaseError: The driver is not installed.
    """
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as error:
            advice = "Install it: pip install 'newsletter-press[postgresql]'."
            raise DatabaseError("PostgreSQL's driver is not installed", advice) from error
    arguments = {} if "timeout" in url.query else {"timeout": _PATIENCE}
    if database_file(url):
        engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    else:
        engine = create_engine(
            url, hide_parameters=True, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def enlarge_cache(connection: Connection) -> None:
    """Enlarge the cache of a connection that reads the same pages again."""
    if connection.dialect.name == "sqlite":
        for schema in ("main", "temp"):
            connection.exec_driver_sql(f"PRAGMA {schema}.cache_size = -{_LARGE_CACHE}")


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # Otherwise the driver begins transactions by itself, and too late.
    connection.isolation_level = None
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # Erased data must not stay in the file.
        "secure_delete = ON",
        f"cache_size = -{_CACHE}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
