"""Store when each webhook last spoke, and the tokens of its requests."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "webhook",
        sa.Column("provider", sa.String(16), primary_key=True),
        sa.Column("last_at", Number, nullable=False),
    )
    op.create_table(
        "webhook_token",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_at", Number, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
