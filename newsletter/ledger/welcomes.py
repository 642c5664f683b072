"""Welcome mail in the ledger, so that no campaign of the same issue reaches the subscriber again, and the reverse.

Welcome mail with the same content is in one complete campaign, whose audience is `WELCOME`. The mail queue sends it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from newsletter.database.states import CampaignState, DeliveryState, SubscriberState
from newsletter.database.tables import campaign, delivery
from newsletter.ledger.campaign import UNFINISHED, WELCOME
from newsletter.ledger.received import RECEIVED
from newsletter.ledger.recipient_lock import try_lock_recipients
from newsletter.subscribers.queries import lock_subscriber
from newsletter.subscribers.subscriber import Subscriber

_OPEN = (DeliveryState.PENDING.value, DeliveryState.DEFERRED.value)
_UNFINISHED = tuple(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class WelcomeIssue:
    """The issue in a welcome mail. `names` are its slug and aliases, `content` is the digest of the message."""

    names: tuple[str, ...]
    content: str
    subject: str


@dataclass(frozen=True, slots=True)
class WelcomeAnswer:
    """The result of an attempt; see `Delivery`."""

    state: DeliveryState
    code: int
    enhanced: str
    text: str


class WelcomeRefusal(StrEnum):
    """Why a welcome mail may not be sent now.

    `unwanted`: the subscriber has the issue, may have it or gets it from a campaign, or is not active. `in doubt`: an
    earlier attempt has no result, so the server may have accepted it. `busy`: a campaign is being created.
    """

    UNWANTED = "unwanted"
    IN_DOUBT = "in doubt"
    BUSY = "busy"


def claim_welcome(
    connection: Connection, issue: WelcomeIssue, to: Subscriber, message_id: str, now: int
) -> int | WelcomeRefusal:
    """Claim the delivery of a welcome mail before it is sent.

    Args:
        connection: A write transaction.
        issue: The issue.
        to: The recipient.
        message_id: The Message-ID of the mail.
        now: Seconds since 1970 (UTC).

    Returns:
        The id of the delivery, or why the mail may not be sent.
    """
    if not try_lock_recipients(connection):
        return WelcomeRefusal.BUSY
    if lock_subscriber(connection, to.id) is not SubscriberState.ACTIVE:
        return WelcomeRefusal.UNWANTED
    for row in _deliveries(connection, issue.names, to.id):
        if row.audience == WELCOME and row.state == DeliveryState.ATTEMPTING.value:
            marked = update(delivery).where(delivery.c.id == row.id)
            connection.execute(marked.values(state=DeliveryState.UNCERTAIN.value))
            return WelcomeRefusal.IN_DOUBT
        if _gets_issue(row):
            return WelcomeRefusal.UNWANTED
    return _claim(connection, _campaign(connection, issue, now), to, message_id, now)


def has_issue(connection: Connection, names: Collection[str], subscriber_id: int) -> bool:
    """Return whether a subscriber has received an issue, may have, or gets it from a campaign.

    Args:
        connection: The database.
        names: The slug and the aliases of the issue.
        subscriber_id: The subscriber.
    """
    return any(map(_gets_issue, _deliveries(connection, names, subscriber_id)))


def answer_welcome(connection: Connection, delivery_id: int, answer: WelcomeAnswer, now: int) -> None:
    """Record the result of a claimed delivery, unless another process has marked it as uncertain since."""
    mine = (delivery.c.id == delivery_id, delivery.c.state == DeliveryState.ATTEMPTING.value)
    values = {"state": answer.state.value, "answered_at": now, "code": answer.code, "text": answer.text}
    connection.execute(update(delivery).where(*mine).values(values | {"enhanced": answer.enhanced}))


def _deliveries(connection: Connection, names: Collection[str], subscriber_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    query = select(delivery.c.id, delivery.c.state, campaign.c.state.label("campaign_state"), campaign.c.audience)
    query = query.join(campaign, campaign.c.id == delivery.c.campaign_id)
    return connection.execute(query.where(delivery.c.subscriber_id == subscriber_id, campaign.c.slug.in_(names))).all()


def _gets_issue(row: Row[*tuple[Any, ...]]) -> bool:
    return row.state in RECEIVED or (row.state in _OPEN and row.campaign_state in _UNFINISHED)


def _campaign(connection: Connection, issue: WelcomeIssue, now: int) -> int:
    values = {"slug": issue.names[0], "content": issue.content, "audience": WELCOME}
    same = [campaign.c[name] == value for name, value in values.items()]
    known: int | None = connection.execute(select(campaign.c.id).where(*same)).scalar()
    if known is not None:
        return known
    row = {"subject": issue.subject, "state": CampaignState.COMPLETE.value, "git_clean": True}
    row |= {"created_at": now, "finished_at": now}
    id: int = connection.execute(insert(campaign).values(values | row).returning(campaign.c.id)).scalar_one()
    return id


def _claim(connection: Connection, campaign_id: int, to: Subscriber, message_id: str, now: int) -> int:
    values = {"state": DeliveryState.ATTEMPTING.value, "attempted_at": now, "message_id": message_id}
    again = update(delivery).where(delivery.c.campaign_id == campaign_id, delivery.c.subscriber_id == to.id)
    again = again.values(values | {"attempts": delivery.c.attempts + 1}).returning(delivery.c.id)
    known: int | None = connection.execute(again).scalar()
    if known is not None:
        return known
    row = {"campaign_id": campaign_id, "subscriber_id": to.id, "address": to.address, "attempts": 1}
    row |= {"domain": to.compared.rpartition("@")[2]}
    id: int = connection.execute(insert(delivery).values(values | row).returning(delivery.c.id)).scalar_one()
    return id
