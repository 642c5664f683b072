"""Store with a campaign the past issues that its emails list.

They are no longer a part of the digest of the content, so that an issue that is published meanwhile does not change it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column. Campaigns that exist already have none: the list was a part of their content."""
    op.add_column("campaign", sa.Column("past_issues", sa.Text))
