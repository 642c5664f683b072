"""Add schedules: issues to be sent at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = Number


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "schedule",
        sa.Column("id", Number, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("local_time", sa.String(32), nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("late", Number, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("audience", sa.Text, nullable=False, server_default=""),
        sa.Column("correction", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("database_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("unreported", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id")),
        sa.Column("created_at", Seconds, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'started', 'paused', 'cancelled')", name="state"),
        sqlite_autoincrement=True,
    )
