"""Store since when a server recognises a second copy of a delivery's message."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Seconds = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column. Messages of earlier attempts had no header for it."""
    op.add_column("delivery", sa.Column("idempotent_since", Seconds))
