"""Creates SQLAlchemy engines for PostgreSQL, and for SQLite with durable settings."""

import re
import sqlite3
import time
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from newsletter.errors import DatabaseError

# Seconds that a writer waits for another writer, such as a migration of a large list.
_LOCK_TIMEOUT = 60
# Seconds for which a process that writes many transactions in a row lets others write after each.
WRITE_PAUSE = 0.005
# Seconds between two tries to take the write lock of SQLite, less than the pause. SQLite's own waits grow to 100 ms.
_LOCK_RETRY = 0.002
# Kilobytes of cache per connection. A campaign reads each page once; an import reads many pages repeatedly.
_CACHE, _LARGE_CACHE = 1000, 8000
# An execution option: the transaction takes the write lock at its start, so that it cannot fail later because another
# transaction has written.
WRITES = "newsletter_writes"
# An empty database in memory, used instead of a file that does not exist.
IN_MEMORY = URL.create("sqlite")


def parse_url(url: str) -> URL:
    """Parse the URL of a database and choose its driver.

    Raises:
        DatabaseError: The URL is not valid, or the kind of database or an option is not supported.
    """
    advice = "Use a URL such as sqlite:///newsletter.db or postgresql://NAME@HOST/DATABASE."
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        # Neither the text nor the exception is shown, since they may contain a password.
        raise DatabaseError("not a valid database URL", advice) from None
    kind = found.drivername.partition("+")[0]
    if kind != "sqlite" and url.count("@") > 1:
        # An `@` in a password ends it too early. The rest would be shown as the host.
        raise DatabaseError(
            "the database URL contains more than one `@`",
            "Write %40 for an `@` in the name, the password or an option.",
        )
    if kind == "sqlite":
        return _sqlite(found)
    if kind in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    raise DatabaseError(f"unsupported database `{found.drivername}`", advice)


def _sqlite(url: URL) -> URL:
    """Reject parts of a SQLite URL that would be ignored, or would mean a database in memory."""
    advice = (
        "Use three slashes for a relative path, sqlite:///newsletter.db, or four for an absolute path, "
        "sqlite:////srv/newsletter.db."
    )
    timeout = url.query.get("timeout", "0")
    if url.host or url.port or url.username:
        raise DatabaseError("the database URL contains a host, which SQLite does not support", advice)
    if not url.database or url.database == ":memory:":
        raise DatabaseError("the file is missing in the database URL", advice)
    if url.database.startswith("file:"):
        raise DatabaseError("`file:` in the database URL is not supported", advice)
    if unknown := sorted(url.query.keys() - {"timeout"}):
        raise DatabaseError(f"unknown option `{unknown[0]}` in the database URL", advice)
    if not isinstance(timeout, str) or not re.fullmatch(r"\d{1,6}(\.\d+)?", timeout):
        raise DatabaseError("`timeout` in the database URL is not a number of seconds", advice)
    return url.set(drivername="sqlite")


def database_file(url: URL) -> Path | None:
    """Return the file of a SQLite database, or None for a database in memory or on a server."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database)


def display_url(url: URL) -> str:
    """Return the name of a database in messages: its file, or its URL without the password."""
    from newsletter.files import display

    file = database_file(url)
    if file:
        return display(file)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def passwords(url: URL) -> tuple[str, ...]:
    """Return the passwords in a URL, which must not be shown."""
    options = url.normalized_query
    found = (str(url.password or ""), *options.get("password", ()), *options.get("sslpassword", ()))
    return tuple(text for text in found if text)


def make_engine(url: URL) -> Engine:
    """Create an engine without connecting to the database.

    Raises:
        DatabaseError: The driver is not installed.
    """
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as error:
            advice = "Run `pip install 'newsletter-press[postgresql]'`."
            raise DatabaseError("the driver for PostgreSQL is not installed", advice) from error
    arguments = {} if "timeout" in url.query else {"timeout": _LOCK_TIMEOUT}
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
    """Enlarge the cache of a connection that reads the same pages repeatedly."""
    if connection.dialect.name == "sqlite":
        for schema in ("main", "temp"):
            connection.exec_driver_sql(f"PRAGMA {schema}.cache_size = -{_LARGE_CACHE}")


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # `_begin` starts transactions: the driver would do it later, at the first write.
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
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    (milliseconds,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        if not _take_write_lock(driver, time.monotonic() + milliseconds / 1000):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _take_write_lock(driver: sqlite3.Connection, deadline: float) -> bool:
    """Begin a transaction that writes. Returns False if another error occurs, or at the deadline."""
    while time.monotonic() < deadline:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(_LOCK_RETRY)
        else:
            return True
    return False
