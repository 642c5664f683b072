"""Add the tables of procrastinate 3.10 on PostgreSQL, in which the jobs of workers wait. SQLite needs none.

The schema is that of the installed procrastinate, which must be of this version. A later one needs its own migration.
"""

import importlib.metadata
from importlib.resources import files

from alembic import op

from newsletter.errors import DatabaseError

revision = "0010"
down_revision = "0009"

_VERSION = "3.10"


def upgrade() -> None:
    """Run the schema of procrastinate.

    Raises:
        DatabaseError: On PostgreSQL, procrastinate is missing or has another version.
    """
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    driver = connection.connection.driver_connection
    # Without parameters, the driver accepts several statements and leaves percent signs alone.
    with driver.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(_schema())


def _schema() -> str:
    try:
        installed = importlib.metadata.version("procrastinate")
    except importlib.metadata.PackageNotFoundError:
        installed = ""
    if not installed.startswith(f"{_VERSION}."):
        found = f"version {installed} is installed" if installed else "it is not installed"
        raise DatabaseError(
            f"the tables of workers need procrastinate {_VERSION}, but {found}",
            "Install it with `pip install 'newsletter-press[postgresql]'`.",
        )
    return files("procrastinate").joinpath("sql/schema.sql").read_text(encoding="utf-8")
