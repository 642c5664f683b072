"""Database queries for bounces: record and count them, and find their subscribers and campaigns."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, distinct, exists, false, func, or_, select, text

from newsletter.database.states import BounceKind, DeliveryState
from newsletter.database.tables import bounce, campaign, delivery
from newsletter.ledger.deliveries import Delivery, list_deliveries
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber

# Soft bounces in SOFT_LIMIT of the last CAMPAIGNS campaigns suppress an address.
CAMPAIGNS, SOFT_LIMIT = 5, 3
# The shortest id of a provider that is searched in replies.
_MIN_PROVIDER_ID = 16
_SENT = tuple(state.value for state in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.FAILED))


@dataclass(frozen=True, slots=True)
class WorstBounce:
    """The worst bounce of a subscriber in a campaign. `at` is when it was processed, in seconds since 1970 (UTC)."""

    kind: BounceKind
    at: int


def record_bounce(
    connection: Connection,
    digest: bytes,
    subscriber_id: int,
    campaign_id: int | None,
    kind: BounceKind,
    now: int,
    *,
    counted: bool = True,
) -> bool:
    """Record a bounce. Returns False if the same message was recorded before.

    Args:
        connection: A write transaction.
        digest: The SHA-256 of the message.
        subscriber_id: The subscriber.
        campaign_id: The campaign, or None if it is unknown.
        kind: The kind of bounce.
        now: Seconds since 1970 (UTC).
        counted: Whether a soft bounce counts towards a suppression.
    """
    query = text(
        "INSERT INTO bounce (digest, subscriber_id, campaign_id, kind, at, counted)"
        " VALUES (:digest, :subscriber, :campaign, :kind, :at, :counted) ON CONFLICT DO NOTHING"
    )
    values = {"digest": digest, "subscriber": subscriber_id, "campaign": campaign_id, "kind": kind.value, "at": now}
    return connection.execute(query, values | {"counted": counted}).rowcount == 1


def last_bounce(connection: Connection) -> int | None:
    """Return when a bounce or a complaint was last processed, in seconds since 1970 (UTC), or None."""
    return connection.execute(select(func.max(bounce.c.at))).scalar()


def find_subscribers(connection: Connection, compared: Sequence[str]) -> list[Subscriber]:
    """Find the subscribers with these compared addresses. Unknown addresses are left out."""
    found = (find_subscriber(connection, address) for address in compared)
    return [one for one in found if one]


def campaign_exists(connection: Connection, id: int) -> bool:
    """Return whether a campaign with this id exists."""
    return connection.execute(select(exists().where(campaign.c.id == id))).scalar_one()


def find_campaign(connection: Connection, subscriber_id: int, message_ids: Sequence[str]) -> int | None:
    """Find the campaign in which a subscriber was sent one of these Message-IDs. Returns None if there is none."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.message_id.in_(message_ids))
    found: int | None = connection.execute(select(delivery.c.campaign_id).where(*mine).limit(1)).scalar()
    return found


def find_campaign_by_reply(connection: Connection, subscriber_id: int, provider_ids: Sequence[str]) -> int | None:
    """Find the campaign in which a server returned one of these ids when it accepted the message to a subscriber.

    Returns:
        The id of the campaign, or None if there is none. Short ids are ignored, since they could be part of any reply.
    """
    ids = [id for id in provider_ids if len(id) >= _MIN_PROVIDER_ID]
    named = or_(*(delivery.c.text.contains(id, autoescape=True) for id in ids)) if ids else false()
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.state == DeliveryState.ACCEPTED.value)
    found: int | None = connection.execute(select(delivery.c.campaign_id).where(*mine, named).limit(1)).scalar()
    return found


def find_recipient(connection: Connection, message_ids: Sequence[str]) -> tuple[int, int] | None:
    """Find the subscriber id and the campaign id of a Message-ID. Returns None if there are none.

    Searches the whole ledger. An index would slow down every claim of a campaign, and few bounces have neither a known
    address nor a token.
    """
    query = select(delivery.c.subscriber_id, delivery.c.campaign_id).where(
        delivery.c.message_id.in_(message_ids), delivery.c.subscriber_id.is_not(None)
    )
    row = connection.execute(query.limit(1)).first()
    return None if row is None else (row.subscriber_id, row.campaign_id)


def find_last_campaign(connection: Connection, subscriber_id: int) -> int | None:
    """Find the last campaign in which a subscriber was sent a message. Returns None if there is none."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.state.in_(_SENT))
    last: int | None = connection.execute(select(func.max(delivery.c.campaign_id)).where(*mine)).scalar()
    return last


def count_soft_campaigns(connection: Connection, subscriber_id: int) -> int:
    """Count the campaigns with a soft bounce among the last `CAMPAIGNS` that were sent to a subscriber."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.state.in_(_SENT))
    last = select(delivery.c.campaign_id).where(*mine).order_by(delivery.c.campaign_id.desc()).limit(CAMPAIGNS)
    number: int = connection.execute(
        select(func.count(distinct(bounce.c.campaign_id))).where(
            bounce.c.subscriber_id == subscriber_id,
            bounce.c.kind == BounceKind.SOFT.value,
            bounce.c.counted,
            bounce.c.campaign_id.in_(last.scalar_subquery()),
        )
    ).scalar_one()
    return number


def list_unapplied_rejections(connection: Connection, campaign_id: int) -> Iterator[Delivery]:
    """Yield the deliveries of a campaign that a server rejected and that have not been applied yet."""
    kept = exists().where(
        bounce.c.subscriber_id == delivery.c.subscriber_id,
        bounce.c.campaign_id == campaign_id,
        bounce.c.at >= delivery.c.answered_at,
    )
    rejected = and_(delivery.c.code > 0, delivery.c.subscriber_id.is_not(None), ~kept)
    return list_deliveries(connection, campaign_id, [DeliveryState.FAILED], rejected)


def count_bounces_by_campaign(
    connection: Connection, campaign_id: int | None = None
) -> dict[int, dict[BounceKind, int]]:
    """Count the subscribers with a bounce of each kind, by campaign id, for all campaigns or for one.

    Every bounce of an erased subscriber counts, because bounces of the same erased subscriber cannot be matched.
    """
    erased = func.sum(case((bounce.c.subscriber_id.is_(None), 1), else_=0))
    query = select(bounce.c.campaign_id, bounce.c.kind, func.count(distinct(bounce.c.subscriber_id)) + erased)
    query = query.where(
        bounce.c.campaign_id.is_not(None) if campaign_id is None else bounce.c.campaign_id == campaign_id
    )
    found: dict[int, dict[BounceKind, int]] = defaultdict(dict)
    for id, kind, number in connection.execute(query.group_by(bounce.c.campaign_id, bounce.c.kind)):
        found[id][BounceKind(kind)] = number
    return found


def find_worst_bounces(connection: Connection, campaign_id: int) -> dict[int, WorstBounce]:
    """Return the worst bounce of each subscriber in a campaign, by subscriber id."""
    query = select(bounce.c.subscriber_id, bounce.c.kind, func.min(bounce.c.at)).where(
        bounce.c.campaign_id == campaign_id, bounce.c.subscriber_id.is_not(None)
    )
    found: dict[int, WorstBounce] = {}
    for id, value, at in connection.execute(query.group_by(bounce.c.subscriber_id, bounce.c.kind)):
        kind = BounceKind(value)
        if id not in found or kind.gravity > found[id].kind.gravity:
            found[id] = WorstBounce(kind, at)
    return found
