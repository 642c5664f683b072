"""Recognise a connection pooler that gives each transaction another session, such as PgBouncer in transaction mode.

Locks for sending belong to a session, and so do prepared statements and notifications.
"""

import select
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine

from newsletter.errors import DatabaseError

if TYPE_CHECKING:
    import psycopg

_SESSION = b"SELECT pg_backend_pid()"
# A pooler gives the session that was used last to the next transaction, unless another client is faster.
_TRIES = 3
# If a session is not free for so many seconds, it belongs to a connection, as it should.
_LONGEST_WAIT = 2.0


def is_pooled(connection: Connection) -> bool:
    """Return whether a connection leads to a pooler of PostgreSQL. This takes one query.

    A pooler has sessions with other ids than that which it gives to its clients.
    """
    if connection.dialect.name != "postgresql":
        return False
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    return connection.exec_driver_sql(_SESSION.decode()).scalar() != driver.info.backend_pid


def refuse_transaction_pooler(engine: Engine, name: str) -> None:
    """Refuse a pooler that lets two connections use one session in turn.

    Args:
        engine: The engine of a PostgreSQL database.
        name: The name of the database in messages.

    Raises:
        DatabaseError: It does so.
    """
    arguments, options = engine.dialect.create_connect_args(engine.url)
    options = {"connect_timeout": 10, **options}
    with ExitStack() as opened:
        first, second = (
            opened.enter_context(closing(cast("psycopg.Connection", engine.dialect.connect(*arguments, **options))))
            for _ in range(2)
        )
        for _ in range(_TRIES):
            session = _session_of(first)
            if session is None or (other := _session_of(second)) is None:
                return
            if session == other:
                raise DatabaseError(
                    f"{name} is behind a connection pooler that gives each transaction another session",
                    "The locks for sending belong to a session. Connect to PostgreSQL directly, or set `pool_mode ="
                    " session` for this database in pgbouncer.ini.",
                )


def _session_of(connection: "psycopg.Connection") -> bytes | None:
    """Return the id of the session in which a statement runs, or None if none is free."""
    driver, deadline = connection.pgconn, time.monotonic() + _LONGEST_WAIT
    driver.send_query(_SESSION)
    while driver.is_busy():
        if not select.select([driver.socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return None
        driver.consume_input()
    found = driver.get_result()
    while driver.get_result():
        pass
    return found.get_value(0, 0) if found and found.ntuples else None
