"""The database: opened, checked, and given out in transactions."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from newsletter.database.driver_errors import told
from newsletter.database.dry_run import put_copies
from newsletter.database.engine import IN_MEMORY, WRITES, file_of, make_engine, parsed, shown
from newsletter.database.schema_version import check_version, refuse_newer, upgrade_schema, version_of


class Database:
    """A database of the schema that this version knows. `name` is what messages call it."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.name = shown(url)
        if file := file_of(url):
            _make_private(file)
        self.engine: Engine = make_engine(url)

    @classmethod
    def open(cls, url: str, *, writes: bool = True) -> Self:
        """A database, ready for use.

        A SQLite database that is not there yet is made, for its owner alone. With `writes=False` it is not: it is then
        an empty one in memory.

        Raises:
            DatabaseError: it cannot be opened, or is of another version.
        """
        address = parsed(url)
        file = file_of(address)
        if file and not writes and not file.exists():
            address = IN_MEMORY
        database = cls(address)
        try:
            if address.get_backend_name() == "sqlite":
                database._make_if_empty()
            with database.read() as connection:
                check_version(connection, database.name)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def upgrade(cls, url: str) -> tuple[str, str]:
        """Make a database's tables, or bring them up to date: its version before, and after.

        Raises:
            DatabaseError: it cannot be opened or written, or is another program's or of a newer version.
        """
        with cls(parsed(url)) as database, database.write() as connection:
            before = version_of(connection, database.name)
            refuse_newer(before, database.name)
            upgrade_schema(connection)
            return before, version_of(connection, database.name)

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that reads: what it sees does not change under it.

        Raises:
            DatabaseError: the database fails.
        """
        return self._transaction(writes=False)

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that writes: durable when it ends, and undone where it raises.

        Raises:
            DatabaseError: the database fails.
        """
        return self._transaction(writes=True)

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """A transaction that writes to copies of the list, of which nothing stays, and which keeps nobody from writing.

        Raises:
            DatabaseError: the database fails.
        """
        with self._transaction(writes=False, copies=True) as connection:
            put_copies(connection)
            yield connection
            connection.rollback()

    @property
    def imagined(self) -> bool:
        """Whether it is an empty one in memory, in place of one that is not there yet."""
        return self.url == IN_MEMORY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
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
            raise  # a rule of ours was broken, which no user can cause
        except DBAPIError as error:
            raise told(error, self.name) from error

    def _make_if_empty(self) -> None:
        with self.read() as connection:
            if version_of(connection, self.name):
                return
        with self.write() as connection:
            upgrade_schema(connection)


def _make_private(file: Path) -> None:
    """Make an empty file that only its owner can read, unless there is one: SQLite gives its log the same mode.

    What is in the way is told by SQLite, which comes next.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
