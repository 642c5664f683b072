"""Allow mail of the kind `unsubscribe`, which sends an unsubscribe link to an address. All rows stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = Number

_KINDS = "kind IN ('confirm', 'known', 'welcome', 'own', 'unsubscribe')"


def upgrade() -> None:
    """Replace the constraint on kinds."""
    if op.get_bind().dialect.name == "sqlite":
        _replace_table()
        return
    op.drop_constraint(op.f("ck_transactional_mail_kind"), "transactional_mail", type_="check")
    op.create_check_constraint(op.f("ck_transactional_mail_kind"), "transactional_mail", _KINDS)


def _replace_table() -> None:
    """Copy the rows into a new table: SQLite cannot change a constraint.

    The old table is renamed, not the new one, since SQLite writes a quoted name into the definition of a renamed table.
    """
    op.drop_index("ix_transactional_mail_subscriber_id", "transactional_mail")
    op.drop_index("ix_transactional_mail_waiting", "transactional_mail")
    op.rename_table("transactional_mail", "transactional_mail_0002")
    mail = op.create_table(
        "transactional_mail",
        sa.Column("id", Number, primary_key=True),
        sa.Column(
            "subscriber_id", Number, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("language", sa.String(35), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_at", Seconds, nullable=False),
        sa.Column("due_at", Seconds, nullable=False),
        sa.Column("claimed_at", Seconds),
        sa.Column("sent_at", Seconds),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(_KINDS, name="kind"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'uncertain', 'cancelled')", name="state"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_transactional_mail_waiting", "transactional_mail", ["due_at"], sqlite_where=sa.text("state = 'waiting'")
    )
    columns = [column.name for column in mail.c]
    before = sa.table("transactional_mail_0002", *map(sa.column, columns))
    op.execute(mail.insert().from_select(columns, sa.select(before).order_by(before.c.id)))
    # Keep the last assigned id, even if no row is left, so that ids of deleted rows are not reused.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'transactional_mail'")
    op.execute("UPDATE sqlite_sequence SET name = 'transactional_mail' WHERE name = 'transactional_mail_0002'")
    op.drop_table("transactional_mail_0002")
