"""Store the id of the database, and how far each campaign's receipt says that it may have been sent."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create both tables, and choose the id."""
    identity = op.create_table("database_identity", sa.Column("id", sa.String(32), primary_key=True))
    op.execute(identity.insert().values(id=secrets.token_hex(16)))
    op.create_table(
        "receipt_position",
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("up_to", Number, nullable=False),
        sa.Column("generation", Number, nullable=False),
    )
