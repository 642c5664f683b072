"""Rename the kind of bounce `refused` to `policy`, allow the new kinds, and add the table of unrecognised mail.

Bounces get a column `counted`, which is true for all earlier ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = Number

_KINDS = "kind IN ('unknown', 'notice', 'automatic', 'unsubscribe', 'policy', 'soft', 'hard', 'complaint')"


def upgrade() -> None:
    """Rename the kind with its constraint, and create the table."""
    if op.get_bind().dialect.name == "sqlite":
        _replace_bounces()
    else:
        op.drop_constraint(op.f("ck_bounce_kind"), "bounce", type_="check")
        op.execute("UPDATE bounce SET kind = 'policy' WHERE kind = 'refused'")
        op.create_check_constraint(op.f("ck_bounce_kind"), "bounce", _KINDS)
        op.add_column("bounce", sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "unrecognised_mail",
        sa.Column("id", Number, primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), index=True),
        sa.Column("received_at", Seconds, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )


def _replace_bounces() -> None:
    """Copy the rows into a new table: SQLite cannot change a constraint.

    The old table is renamed, not the new one, since SQLite writes a quoted name into the definition of a renamed table.
    """
    op.drop_index("ix_bounce_subscriber_id", "bounce")
    op.rename_table("bounce", "bounce_0003")
    bounce = op.create_table(
        "bounce",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="SET NULL"), index=True),
        sa.Column("campaign_id", Number, sa.ForeignKey("campaign.id", ondelete="SET NULL")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", Seconds, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.CheckConstraint(_KINDS, name="kind"),
        sqlite_with_rowid=False,
    )
    columns = [column.name for column in bounce.c if column.name != "counted"]
    before = sa.table("bounce_0003", *map(sa.column, columns))
    kind = sa.case((before.c.kind == "refused", "policy"), else_=before.c.kind).label("kind")
    values = [kind if name == "kind" else before.c[name] for name in columns]
    op.execute(bounce.insert().from_select(columns, sa.select(*values)))
    op.drop_table("bounce_0003")
