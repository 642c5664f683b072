"""Store with a campaign the past issues that its emails list, and when its sending was started.

The past issues are no longer a part of the digest of the content, so that an issue that is published meanwhile does
not change it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns. Campaigns that exist already have no list: it was a part of their content."""
    op.add_column("campaign", sa.Column("past_issues", sa.Text))
    op.add_column("campaign", sa.Column("started_at", Number))
