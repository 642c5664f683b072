"""Dry runs: within a transaction, temporary copies hide the tables that an import writes.

A dry run executes the same code as an import, and does not block writers.
"""

from sqlalchemy import Column, Connection, Index, MetaData, Table

from newsletter.database.tables import event, signing_key, subscriber, subscriber_tag, suppression

_COPIED = (subscriber, subscriber_tag, suppression, signing_key)


def create_copies(connection: Connection) -> None:
    """Copy the tables of subscribers into temporary tables, which hide the tables of the same name.

    A rollback drops them. The copy of the events is empty, since an import does not read them.
    """
    sqlite = connection.dialect.name == "sqlite"
    schema = "main" if sqlite else connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    copies = {table.name: _copy_of(table) for table in (*_COPIED, event)}
    for copy in copies.values():
        copy.create(connection)
    for table in _COPIED:
        names = ", ".join(column.name for column in table.columns)
        connection.exec_driver_sql(f'INSERT INTO {table.name} ({names}) SELECT {names} FROM "{schema}".{table.name}')  # noqa: S608 (constants)
    Index("dry_run_compared", copies[subscriber.name].c.compared, unique=True).create(connection)
    if not sqlite:
        following = "(SELECT coalesce(max(id), 0) + 1 FROM subscriber)"
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('pg_temp.subscriber', 'id'), {following})")


def _copy_of(table: Table) -> Table:
    """Return a temporary table with the same columns, without foreign keys and checks."""
    columns = (
        Column(column.name, column.type, primary_key=column.primary_key, server_default=column.server_default)
        for column in table.columns
    )
    return Table(table.name, MetaData(), *columns, prefixes=["TEMPORARY"])
