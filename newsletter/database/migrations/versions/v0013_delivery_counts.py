"""Store the number of deliveries of complete campaigns, and find unsubscribes by campaign.

From this version, workers continue campaigns whose process was killed. Before it, such a campaign looked like one
that the author aborted, so that both are left to the author. A process that still sends one goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Written out, since a later version may have other values.
_STATES = ("pending", "attempting", "accepted", "deferred", "failed", "uncertain")
_LEAVE_TO_AUTHOR = sa.text(
    "UPDATE campaign SET reason = 'started by an earlier version' WHERE state = 'sending' AND audience <> 'welcome'"
    " AND id NOT IN (SELECT campaign_id FROM schedule WHERE campaign_id IS NOT NULL)"
)


def upgrade() -> None:
    """Create the table and the index. Campaigns that are complete already have no counts: they are read when needed."""
    allowed = ", ".join(f"'{state}'" for state in _STATES)
    op.create_table(
        "delivery_count",
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("number", Number, nullable=False),
        sa.CheckConstraint(f"state IN ({allowed})", name="state"),
        sqlite_with_rowid=False,
    )
    unsubscribed = sa.text("kind = 'unsubscribed'")
    op.create_index(
        "ix_event_unsubscribed",
        "event",
        ["campaign_id", "at"],
        sqlite_where=unsubscribed,
        postgresql_where=unsubscribed,
    )
    op.execute(_LEAVE_TO_AUTHOR)
