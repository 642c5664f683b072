"""Add the leases with which several processes send one campaign, and what these processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column of deliveries, and create both tables."""
    op.add_column("delivery", sa.Column("lease", Number))
    op.create_table(
        "sending_lease",
        sa.Column("id", Number, primary_key=True),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id"), nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("session", sa.Integer, nullable=False),
        sa.Column("expires_at", Number, nullable=False),
        sa.Column("ending", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("low", Number, nullable=False, server_default="0"),
        sa.Column("high", Number, nullable=False, server_default="0"),
        sa.Column("held", sa.Integer, nullable=False, server_default="0"),
        sa.Column("accepted", Number, nullable=False, server_default="0"),
        sa.Column("failed", Number, nullable=False, server_default="0"),
        sa.Column("uncertain", Number, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shared_run",
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("leased_up_to", Number, nullable=False, server_default="0"),
        sa.Column("covered_up_to", Number, nullable=False, server_default="0"),
        sa.Column("accepted", Number, nullable=False, server_default="0"),
        sa.Column("failed", Number, nullable=False, server_default="0"),
        sa.Column("uncertain", Number, nullable=False, server_default="0"),
    )
