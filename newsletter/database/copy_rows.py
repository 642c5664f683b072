"""Copies all rows of a database into another one: from SQLite to PostgreSQL, or back."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, insert, select, update

from newsletter.database.database import Database
from newsletter.database.tables import database_identity, metadata
from newsletter.errors import DatabaseError

_PAGE = 2000


def copy_into(source: Database, target: Database, progress: Callable[[int, int], None]) -> int:
    """Copy all rows into an empty database in one transaction. Returns the number of rows.

    Ids stay the same and are never reused, so that links and bounces still find their subscribers.

    Args:
        source: The database to copy.
        target: An empty database.
        progress: Called with the number of rows copied, and of all rows.

    Raises:
        DatabaseError: The target is not empty, or one of them fails.
    """
    done = 0
    with source.read() as reading, target.write() as writing:
        tables = [table for table in metadata.sorted_tables if table is not database_identity]
        if any(writing.execute(select(table).limit(1)).first() for table in tables):
            raise DatabaseError(f"{target.name} is not empty", "Nothing was changed. Choose an empty database.")
        # The copy replaces the original, so it has the same id.
        id = reading.execute(select(database_identity.c.id)).scalar_one()
        writing.execute(update(database_identity).values(id=id))
        total = sum(_count(reading, table) for table in tables)
        for table in tables:
            rows = reading.execute(select(table), execution_options={"yield_per": _PAGE})
            for page in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in page])
                done += len(page)
                progress(done, total)
            if "id" in table.columns:
                _continue_ids(writing, table, _last_id(reading, table))
    return done


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _last_id(connection: Connection, table: Table) -> int:
    """Return the last id that a table has assigned, even if its row was deleted, or 0 if it has assigned none."""
    if connection.dialect.name == "sqlite":
        query = f"SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'"  # noqa: S608 (a constant)
    else:
        query = f"SELECT pg_sequence_last_value(pg_get_serial_sequence('{table.name}', 'id')::regclass)"
    highest = connection.execute(select(func.max(table.c.id))).scalar() or 0
    return max(highest, connection.exec_driver_sql(query).scalar() or 0)


def _continue_ids(connection: Connection, table: Table, last: int) -> None:
    if not last:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.exec_driver_sql(f"DELETE FROM sqlite_sequence WHERE name = '{table.name}'")  # noqa: S608
        connection.exec_driver_sql(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table.name}', {last})")  # noqa: S608
