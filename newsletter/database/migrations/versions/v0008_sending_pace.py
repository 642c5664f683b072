"""Store the limits that several processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "sending_pace",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("free_at", sa.Double, nullable=False),
        sa.Column("held_until", sa.Double, nullable=False),
    )
