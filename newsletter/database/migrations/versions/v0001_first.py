"""Create the first tables: subscribers, suppressions, events, keys, campaigns, deliveries, test sends and bounces."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = Number


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "subscriber",
        sa.Column("id", Number, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("compared", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("language", sa.String(35), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("consent_source", sa.Text, nullable=False, server_default=""),
        sa.Column("consent_at", Seconds, nullable=False),
        sa.Column("created_at", Seconds, nullable=False),
        sa.CheckConstraint("state IN ('pending', 'active', 'unsubscribed', 'bounced', 'complained')", name="state"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriber_tag",
        sa.Column("subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Index("ix_subscriber_tag_tag", "tag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suppression",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("since", Seconds, nullable=False),
        sa.CheckConstraint(
            "reason IN ('unsubscribed', 'hard bounce', 'soft bounces', 'complaint', 'erased', 'author')", name="reason"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signing_key",
        sa.Column("id", Number, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", Seconds, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign",
        sa.Column("id", Number, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("git_commit", sa.String(64), nullable=False, server_default=""),
        sa.Column("git_clean", sa.Boolean, nullable=False),
        sa.Column("created_at", Seconds, nullable=False),
        sa.Column("finished_at", Seconds),
        sa.CheckConstraint("state IN ('sending', 'paused', 'complete', 'cancelled')", name="state"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event",
        sa.Column("id", Number, primary_key=True),
        sa.Column(
            "subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id", ondelete="SET NULL")),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", Seconds, nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "delivery",
        sa.Column("id", Number, primary_key=True),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id"), nullable=False),
        sa.Column("subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="SET NULL")),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", Seconds, nullable=False, server_default="0"),
        sa.Column("attempted_at", Seconds),
        sa.Column("answered_at", Seconds),
        sa.Column("code", sa.Integer, nullable=False, server_default="0"),
        sa.Column("enhanced", sa.String(16), nullable=False, server_default=""),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("message_id", sa.Text, nullable=False, server_default=""),
        sa.Column("server", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("subscriber_id", "campaign_id"),
        sa.Index("ix_delivery_campaign", "campaign_id", "id"),
        sa.CheckConstraint(
            "state IN ('pending', 'attempting', 'accepted', 'deferred', 'failed', 'uncertain')", name="state"
        ),
    )
    deferred = sa.text("state = 'deferred'")
    op.create_index(
        "ix_delivery_deferred",
        "delivery",
        ["campaign_id", "due_at"],
        sqlite_where=deferred,
        postgresql_where=deferred,
    )
    op.create_table(
        "proof",
        sa.Column("id", Number, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False, index=True),
        sa.Column("sent_at", Seconds, nullable=False),
    )
    op.create_table(
        "bounce",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id", ondelete="SET NULL")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", Seconds, nullable=False),
        sa.CheckConstraint("kind IN ('notice', 'refused', 'soft', 'hard', 'complaint')", name="kind"),
        sqlite_with_rowid=False,
    )
