"""Count clicks by entry and hour."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "click_count",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("entry", sa.Text, primary_key=True),
        sa.Column("hour", Number, primary_key=True),
        sa.Column("certain", Number, nullable=False),
        sa.Column("doubtful", Number, nullable=False),
        sqlite_with_rowid=False,
    )
