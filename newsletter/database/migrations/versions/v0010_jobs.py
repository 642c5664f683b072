"""Add the tables of procrastinate 3.10 on PostgreSQL, in which the jobs of workers wait. SQLite needs none.

The schema is a copy, so that a database does not depend on the version that is installed when it is upgraded. A test
compares it with the installed version. `newsletter.worker.jobs` checks that the installed version fits.
"""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

_SCHEMA = Path(__file__).parent.parent / "procrastinate_3_10.sql"


def upgrade() -> None:
    """Run the schema of procrastinate."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    driver = connection.connection.driver_connection
    # Without parameters, the driver accepts several statements and leaves percent signs alone.
    with driver.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(_SCHEMA.read_text(encoding="utf-8"))
