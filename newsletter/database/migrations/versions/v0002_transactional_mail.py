"""Add the queue of transactional mail, and fill it from the events in which version 0001 kept it.

In version 0001, an event `asked`, `requested` or `confirmed` was a request for mail. A later event `written` was the
claim, with the detail `KIND: under way`, or the result, such as `confirm: accepted 250`. The events are not changed,
since they are the history of the subscriber.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Seconds = Number

# The request that each kind of mail answers. Version 0001 sent mail within a day of its request.
_REQUESTS = {"confirm": "asked", "known": "asked", "welcome": "confirmed", "own": "requested"}
_DAY = 24 * 3600
# The lease of a claim in seconds, and the detail of its event after the kind.
_LEASE, _CLAIMED = 3600, "under way"
_STATES = {"accepted": "sent", "refused": "failed"}
_PAGE = 1000


def upgrade() -> None:
    """Create the table and copy waiting, claimed and finished mail into it."""
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
        sa.CheckConstraint("kind IN ('confirm', 'known', 'welcome', 'own')", name="kind"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'uncertain', 'cancelled')", name="state"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_transactional_mail_waiting",
        "transactional_mail",
        ["due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    connection, now = op.get_bind(), context.config.attributes["now"]
    events = connection.execute(
        sa.text(
            "SELECT e.id, e.subscriber_id, e.kind, e.at, e.detail, s.state = 'active' AS active"
            " FROM event e JOIN subscriber s ON s.id = e.subscriber_id"
            " WHERE e.kind IN ('asked', 'requested', 'confirmed', 'written') ORDER BY e.subscriber_id, e.id"
        ),
        execution_options={"yield_per": _PAGE},
    )
    rows: list[dict[str, Any]] = []
    for _, of_subscriber in groupby(events, attrgetter("subscriber_id")):
        rows += _mail_of(of_subscriber, now)
        if len(rows) >= _PAGE:
            connection.execute(sa.insert(mail), rows)
            rows = []
    if rows:
        connection.execute(sa.insert(mail), rows)


def _mail_of(events: Iterable[sa.Row[Any]], now: int) -> Iterator[dict[str, Any]]:
    """Yield the mail rows for the events of one subscriber, which are sorted by age, oldest first."""
    requests: dict[str, sa.Row[Any]] = {}
    claims: dict[str, sa.Row[Any]] = {}
    answered: set[str] = set()
    for event in events:
        if event.kind != "written":
            requests[event.kind] = event
            claims.pop(event.kind, None)
            answered.discard(event.kind)
            continue
        kind, _, result = event.detail.partition(": ")
        request = _REQUESTS.get(kind)
        if request is None:
            continue
        if result == _CLAIMED:
            claims[request] = event
            continue
        answered.add(request)
        yield _finished(event, kind, result, requests.get(request))
    for name, newest in requests.items():
        if name not in answered and newest.at > now - _DAY:
            yield _waiting(newest, claims.get(name))


def _finished(event: sa.Row[Any], kind: str, result: str, request: sa.Row[Any] | None) -> dict[str, Any]:
    state = _STATES.get(result.partition(" ")[0], "uncertain")
    return {
        "subscriber_id": event.subscriber_id,
        "kind": kind,
        "state": state,
        "requested_at": request.at if request else event.at,
        "due_at": event.at,
        "claimed_at": None,
        "sent_at": event.at if state == "sent" else None,
        "attempts": 1,
        "last_error": "" if state == "sent" else result,
    }


def _waiting(request: sa.Row[Any], claim: sa.Row[Any] | None) -> dict[str, Any]:
    """Return the row of a mail without a result. The lease of a claim keeps its end."""
    kinds = {"asked": "known" if request.active else "confirm", "confirmed": "welcome", "requested": "own"}
    return {
        "subscriber_id": request.subscriber_id,
        "kind": kinds[request.kind],
        "state": "waiting",
        "requested_at": request.at,
        "due_at": claim.at + _LEASE + 1 if claim else request.at,
        "claimed_at": claim.at if claim else None,
        "sent_at": None,
        "attempts": 1 if claim else 0,
        "last_error": "",
    }
