"""Connections to PostgreSQL through PgBouncer."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import event, make_url

from newsletter.database.database import Database
from newsletter.errors import DatabaseError
from tests.waiting import wait_for

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")

_SETTINGS = """\
[databases]
* = host={host} user={user}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
"""


@contextmanager
def pgbouncer(url: str, mode: str, size: int) -> Iterator[str]:
    """Run PgBouncer in front of a database. Yields the URL of the database through it."""
    server = make_url(url)
    host = str(server.query["host"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # It refuses to run as root, and another user must be able to read its settings and to use the socket.
    account = Path(host).owner() if os.geteuid() == 0 else getpass.getuser()
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = Path(folder) / "pgbouncer.ini"
        user = server.username or "postgres"
        settings.write_text(_SETTINGS.format(host=host, user=user, port=port, mode=mode, size=size))
        command = [str(PGBOUNCER), *(("-u", account) if os.geteuid() == 0 else ()), str(settings)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                through = server.set(host="127.0.0.1", port=port, query={}, password=None)
                wait_for(lambda: _accepts(through.set(drivername="postgresql").render_as_string()))
                yield through.render_as_string()
            finally:
                process.terminate()


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("size", [1, 5])
def test_a_pooler_that_changes_sessions_is_refused(postgresql_database: Database, size: int) -> None:
    """The message says why, and what to do."""
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with pgbouncer(url, "transaction", size) as pooled, pytest.raises(DatabaseError) as error:
        Database.open(pooled).close()
    assert "pooler" in error.value.message
    assert "pool_mode = session" in error.value.advice


@pytest.mark.parametrize("size", [1, 5])
def test_an_upgrade_through_such_a_pooler_is_refused(empty_postgresql: str, size: int) -> None:
    """Before tables are created."""
    with pgbouncer(empty_postgresql, "transaction", size) as pooled, pytest.raises(DatabaseError, match="pooler"):
        Database.upgrade(pooled)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_pooler_that_keeps_sessions_is_not_refused(postgresql_database: Database, size: int) -> None:
    """Even if it has too few of them for two connections."""
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with pgbouncer(url, "session", size) as pooled, Database.open(pooled) as database, database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_direct_connection_costs_one_query(postgresql_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks for the id of its session, and opens no other connection."""
    statements: list[str] = []
    opened: list[object] = []
    make_engine = Database.__init__

    def recording(self: Database, url: object) -> None:
        make_engine(self, url)  # type: ignore[arg-type]
        event.listen(self.engine, "before_cursor_execute", lambda _c, _k, text, *_: statements.append(text))
        event.listen(self.engine, "connect", lambda *_: opened.append(1))

    monkeypatch.setattr(Database, "__init__", recording)
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with Database.open(url):
        assert statements.count("SELECT pg_backend_pid()") == 1
        assert len(opened) == 1
