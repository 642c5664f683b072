"""Opens a database, checks its version, and runs transactions."""

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from newsletter.database.driver_errors import translate_error
from newsletter.database.dry_run import create_copies
from newsletter.database.engine import (
    IN_MEMORY,
    WRITE_PAUSE,
    WRITES,
    database_file,
    display_url,
    make_engine,
    parse_url,
    passwords,
)
from newsletter.database.file_identity import refuse_mounted_file
from newsletter.database.pooler import is_pooled, refuse_transaction_pooler
from newsletter.database.schema_version import check_version, lock_schema, refuse_newer, upgrade_schema, version_of
from newsletter.errors import DatabaseError


class Database:
    """A database. `name` is its name in messages.

    Raises:
        DatabaseError: The driver is not installed, or a SQLite file is mounted as a single file.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.name = display_url(url)
        if file := database_file(url):
            refuse_mounted_file(file)
            _make_private(file)
        self.engine: Engine = make_engine(url)

    @classmethod
    def open(cls, url: str, *, writes: bool = True) -> Self:
        """Open a database that has the schema of this version.

        Args:
            url: The URL of the database.
            writes: If a SQLite database does not exist: create it, readable only by its owner. Otherwise an empty
                database in memory is used instead.

        Raises:
            DatabaseError: It cannot be opened, or has another version.
        """
        address = parse_url(url)
        file = database_file(address)
        if file and not writes and not file.exists():
            address = IN_MEMORY
        database = cls(address)
        try:
            if address.get_backend_name() == "sqlite":
                database._make_if_empty()
            with database.read() as connection:
                pooled = is_pooled(connection)
                check_version(connection, database.name)
            if pooled:
                database._refuse_pooler()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def upgrade(cls, url: str) -> tuple[str, str]:
        """Create the tables of a database, or upgrade them. Returns the versions before and after.

        Of two upgrades at once, the second waits for the first.

        Raises:
            DatabaseError: It cannot be opened or written, belongs to another program, or has a newer version.
        """
        with cls(parse_url(url)) as database:
            with database.read() as connection:
                pooled = is_pooled(connection)
            if pooled:
                database._refuse_pooler()
            with database.write() as connection:
                lock_schema(connection)
                before = version_of(connection, database.name)
                refuse_newer(before, database.name)
                upgrade_schema(connection)
                return before, version_of(connection, database.name)

    def read(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that reads one consistent state of the database.

        Raises:
            DatabaseError: The database fails.
        """
        return self._transaction(writes=False)

    def write(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that writes: durable when it ends, rolled back if it raises.

        Raises:
            DatabaseError: The database fails.
        """
        return self._transaction(writes=True)

    def let_others_write(self) -> None:
        """Pause after one of many transactions in a row, so that other processes can write in between.

        In SQLite, writers do not queue. Each tries again after a while, and finds the next transaction of a process
        that does not pause. PostgreSQL needs no pause.
        """
        if self.url.get_backend_name() == "sqlite":
            time.sleep(WRITE_PAUSE)

    @contextmanager
    def dry_run(self) -> Iterator[Connection]:
        """Begin a transaction that writes to temporary copies of the list, and roll it back. It does not block writers.

        Raises:
            DatabaseError: The database fails.
        """
        with self._transaction(writes=False, copies=True) as connection:
            create_copies(connection)
            yield connection
            connection.rollback()

    @property
    def is_placeholder(self) -> bool:
        """Whether this is an empty database in memory, used instead of a file that does not exist."""
        return self.url == IN_MEMORY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool, copies: bool = False) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                options: dict[str, Any] = {WRITES: writes}
                if self.url.get_backend_name() == "postgresql" and not writes:
                    options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": not copies}
                with connection.execution_options(**options).begin():
                    yield connection
        except IntegrityError:
            raise  # a constraint of the schema, which no user can violate
        except DBAPIError as error:
            raise self.translate(error) from error

    def translate(self, error: DBAPIError) -> DatabaseError:
        """Translate an error of the driver into a message for the author, without passwords."""
        return translate_error(error, self.name, passwords(self.url))

    def _refuse_pooler(self) -> None:
        try:
            refuse_transaction_pooler(self.engine, self.name)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self.translate(DBAPIError(None, None, error)) from error

    def _make_if_empty(self) -> None:
        with self.read() as connection:
            if version_of(connection, self.name):
                return
        with self.write() as connection:
            upgrade_schema(connection)


def _make_private(file: Path) -> None:
    """Create an empty file that only its owner can read, unless it exists. SQLite gives its log the same mode.

    Errors are ignored here: SQLite reports them when it opens the file.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
