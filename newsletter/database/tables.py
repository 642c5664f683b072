"""The tables of the database. Times are whole seconds since 1970 (UTC).

A test checks that the migrations create the same tables.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from newsletter.database.states import (
    BounceKind,
    CampaignState,
    DeliveryState,
    EventKind,
    MailKind,
    MailState,
    ScheduleState,
    SubscriberState,
    SuppressionReason,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite generates ids only for INTEGER. In PostgreSQL, INTEGER has 32 bits: too few for ids and for times after 2038.
Number = BigInteger().with_variant(Integer, "sqlite")
Seconds = Number


def _one_of(column: str, states: Iterable[StrEnum]) -> CheckConstraint:
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


# Ids increase and are never reused, so that keyset pagination and tokens stay correct.
subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Number, primary_key=True),
    Column("address", Text, nullable=False),
    Column("compared", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", String(35), nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("consent_source", Text, nullable=False, server_default=""),
    Column("consent_at", Seconds, nullable=False),
    Column("created_at", Seconds, nullable=False),
    _one_of("state", SubscriberState),
    sqlite_autoincrement=True,
)

subscriber_tag = Table(
    "subscriber_tag",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("ix_subscriber_tag_tag", "tag"),
    sqlite_with_rowid=False,
)

# `digest` is a keyed hash of the normalised address, so that erased subscribers can be suppressed.
suppression = Table(
    "suppression",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("reason", String(16), nullable=False),
    Column("since", Seconds, nullable=False),
    _one_of("reason", SuppressionReason),
    sqlite_with_rowid=False,
)

# The history of subscribers. `kind` is an `EventKind`; `detail` is text, such as the source of the consent.
event = Table(
    "event",
    metadata,
    Column("id", Number, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("campaign_id", ForeignKey("campaign.id", ondelete="SET NULL")),
    Column("kind", String(32), nullable=False),
    Column("at", Seconds, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)

# No other events are searched by campaign.
Index(
    "ix_event_unsubscribed",
    event.c.campaign_id,
    event.c.at,
    sqlite_where=event.c.kind == EventKind.UNSUBSCRIBED.value,
    postgresql_where=event.c.kind == EventKind.UNSUBSCRIBED.value,
)

# The queue of transactional mail. A claim moves `due_at` to the end of its lease. `language` is that of the page on
# which the mail was requested, or empty. `last_error` is the answer to the last attempt that was not accepted.
transactional_mail = Table(
    "transactional_mail",
    metadata,
    Column("id", Number, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("language", String(35), nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("requested_at", Seconds, nullable=False),
    Column("due_at", Seconds, nullable=False),
    Column("claimed_at", Seconds),
    Column("sent_at", Seconds),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, nullable=False, server_default=""),
    _one_of("kind", MailKind),
    _one_of("state", MailState),
    # Ids are never reused, so that a reply to the mail of an erased subscriber is not recorded for another mail.
    sqlite_autoincrement=True,
)
Index(
    "ix_transactional_mail_waiting",
    transactional_mail.c.due_at,
    sqlite_where=transactional_mail.c.state == MailState.WAITING.value,
    postgresql_where=transactional_mail.c.state == MailState.WAITING.value,
)

# Keys that sign tokens and hash suppressed addresses: the newest signs, all of them verify.
signing_key = Table(
    "signing_key",
    metadata,
    Column("id", Number, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("secret", LargeBinary(32), nullable=False),
    Column("created_at", Seconds, nullable=False),
    sqlite_autoincrement=True,
)

# `content` is the SHA-256 of the finished message before merge fields, in hexadecimal digits.
campaign = Table(
    "campaign",
    metadata,
    Column("id", Number, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("content", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("audience", Text, nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("git_commit", String(64), nullable=False, server_default=""),
    Column("git_clean", Boolean, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("finished_at", Seconds),
    # The past issues that its emails list, as JSON. NULL if it was created before version 0014, or is welcome mail.
    Column("past_issues", Text),
    # When the author last started its sending, which is after the preflight and the confirmation.
    Column("started_at", Seconds),
    _one_of("state", CampaignState),
    sqlite_autoincrement=True,
)

# The ledger: one row for each recipient of a campaign.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Number, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="SET NULL")),
    Column("address", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Seconds, nullable=False, server_default="0"),
    Column("attempted_at", Seconds),
    Column("answered_at", Seconds),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("enhanced", String(16), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("server", Text, nullable=False, server_default=""),
    # When the first attempt was made by which the server recognises a second copy of the message. NULL if the message
    # had no header for that.
    Column("idempotent_since", Seconds),
    # The fencing number of the process that may send it, in PostgreSQL; see `sending_lease`. No foreign key: a number
    # without a lease means that the delivery is free.
    Column("lease", Number),
    UniqueConstraint("subscriber_id", "campaign_id"),
    # No index contains the state or the lease of pending rows, so that a claim and a result write one page each.
    Index("ix_delivery_campaign", "campaign_id", "id"),
    _one_of("state", DeliveryState),
)
Index(
    "ix_delivery_deferred",
    delivery.c.campaign_id,
    delivery.c.due_at,
    sqlite_where=delivery.c.state == DeliveryState.DEFERRED.value,
    postgresql_where=delivery.c.state == DeliveryState.DEFERRED.value,
)

# The number of deliveries of a complete campaign by state, so that reports on later campaigns do not read its rows.
# Campaigns that were completed before version 0013 have none.
delivery_count = Table(
    "delivery_count",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("number", Number, nullable=False),
    _one_of("state", DeliveryState),
    sqlite_with_rowid=False,
)

# The processes that send a campaign together, in PostgreSQL. `id` is a fencing number, which is never reused. Times are
# milliseconds since 1970 by the database's clock. The deliveries that a process holds have ids from `low` to `high`.
# `session` is the id of its session. The counts are those of its run.
sending_lease = Table(
    "sending_lease",
    metadata,
    Column("id", Number, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("worker", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("session", Integer, nullable=False),
    Column("expires_at", Number, nullable=False),
    Column("ending", Boolean, nullable=False, server_default=false()),
    Column("low", Number, nullable=False, server_default="0"),
    Column("high", Number, nullable=False, server_default="0"),
    Column("held", Integer, nullable=False, server_default="0"),
    Column("accepted", Number, nullable=False, server_default="0"),
    Column("failed", Number, nullable=False, server_default="0"),
    Column("uncertain", Number, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

# What the processes that send a campaign together share. Deliveries up to `leased_up_to` are leased or finished, unless
# they were given back. No delivery after `covered_up_to` may be leased: the receipt does not cover it yet. The counts
# are those of processes that have ended.
shared_run = Table(
    "shared_run",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    Column("leased_up_to", Number, nullable=False, server_default="0"),
    Column("covered_up_to", Number, nullable=False, server_default="0"),
    Column("accepted", Number, nullable=False, server_default="0"),
    Column("failed", Number, nullable=False, server_default="0"),
    Column("uncertain", Number, nullable=False, server_default="0"),
)

# How far a campaign may have been sent according to its receipt, a file outside the database. `up_to` is the id of a
# delivery. `generation` increases with every change.
receipt_position = Table(
    "receipt_position",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    Column("up_to", Number, nullable=False),
    Column("generation", Number, nullable=False),
)

# The limits that several processes share, in PostgreSQL. `free_at` is when the next token of the bucket is free, and
# until `held_until` there are none. Both are seconds since 1970 by the database's clock.
sending_pace = Table(
    "sending_pace",
    metadata,
    Column("key", Text, primary_key=True),
    Column("free_at", Double, nullable=False),
    Column("held_until", Double, nullable=False),
)

# One row with the random id of the database, which a backup and a copy keep.
database_identity = Table("database_identity", metadata, Column("id", String(32), primary_key=True))

# Test sends. A campaign needs a test send of exactly the same content, unless the author overrides this.
proof = Table(
    "proof",
    metadata,
    Column("id", Number, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("content", String(64), nullable=False, index=True),
    Column("sent_at", Seconds, nullable=False),
)

# Issues to be sent at a time. `local_time` and `zone` are as the author gave them: UTC is derived when it is needed,
# since the rules of a zone may change. `content` is as in `campaign`; `late` is in seconds. `unreported` if the author
# has not yet been mailed what happened, which is in `reason`.
schedule = Table(
    "schedule",
    metadata,
    Column("id", Number, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("local_time", String(32), nullable=False),
    Column("zone", Text, nullable=False),
    Column("late", Number, nullable=False),
    Column("content", String(64), nullable=False),
    Column("audience", Text, nullable=False, server_default=""),
    Column("correction", Boolean, nullable=False, server_default=false()),
    Column("database_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("unreported", Boolean, nullable=False, server_default=false()),
    Column("campaign_id", ForeignKey("campaign.id")),
    Column("created_at", Seconds, nullable=False),
    _one_of("state", ScheduleState),
    sqlite_autoincrement=True,
)

# Processed bounces. `digest` is the SHA-256 of the bounce message, so that each is processed once; it stays when the
# subscriber is erased.
bounce = Table(
    "bounce",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="SET NULL"), index=True),
    Column("campaign_id", ForeignKey("campaign.id", ondelete="SET NULL")),
    Column("kind", String(16), nullable=False),
    Column("at", Seconds, nullable=False),
    # Whether a soft bounce counts towards a suppression.
    Column("counted", Boolean, nullable=False, server_default=true()),
    _one_of("kind", BounceKind),
    sqlite_with_rowid=False,
)

# Mail at the bounce address that was not understood, for the author to read. Bounded; see
# `subscribers.unrecognised_mail`. `digest` is the SHA-256 of the message.
unrecognised_mail = Table(
    "unrecognised_mail",
    metadata,
    Column("id", Number, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), index=True),
    Column("received_at", Seconds, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

# When each webhook last sent a request that was accepted. `provider` is a name in newsletter.yaml.
webhook = Table(
    "webhook",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("last_at", Seconds, nullable=False),
)

# Tokens of webhook requests, so that each is accepted once. `digest` is the SHA-256 of the provider and the token. They
# are deleted when a request with them would be too old.
webhook_token = Table(
    "webhook_token",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", Seconds, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Clicks on the links to an entry, counted for each hour without anything about a reader. `entry` is its name in the
# link; `hour` is the beginning of the hour. A reader is counted once an hour, as certain or doubtful.
click_count = Table(
    "click_count",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("hour", Seconds, primary_key=True),
    Column("certain", Number, nullable=False),
    Column("doubtful", Number, nullable=False),
    sqlite_with_rowid=False,
)
