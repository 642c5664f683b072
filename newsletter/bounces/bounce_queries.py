"""Bounces in the database: whom they are about, which were read before, and how many campaigns went wrong softly."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, distinct, exists, func, select, text

from newsletter.database.states import BounceKind, DeliveryState
from newsletter.database.tables import bounce, campaign, delivery
from newsletter.ledger.campaigns import Delivery, deliveries
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber

# Of the last so many campaigns to a reader, so many may go wrong softly.
CAMPAIGNS, SOFT_LIMIT = 5, 3
_SENT = tuple(state.value for state in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.FAILED))


@dataclass(frozen=True, slots=True)
class WorstBounce:
    """The gravest that came back from somebody in a campaign, and when it was read (seconds since 1970, UTC)."""

    kind: BounceKind
    at: int


def keep(
    connection: Connection, digest: bytes, subscriber_id: int, campaign_id: int | None, kind: BounceKind, now: int
) -> bool:
    """Keep what a bounce said; returns whether it was not read before."""
    query = text(
        "INSERT INTO bounce (digest, subscriber_id, campaign_id, kind, at)"
        " VALUES (:digest, :subscriber, :campaign, :kind, :at) ON CONFLICT DO NOTHING"
    )
    values = {"digest": digest, "subscriber": subscriber_id, "campaign": campaign_id, "kind": kind.value, "at": now}
    return connection.execute(query, values).rowcount == 1


def subscribers_of(connection: Connection, compared: Sequence[str]) -> list[Subscriber]:
    """The subscribers of some compared addresses."""
    found = (find_subscriber(connection, address) for address in compared)
    return [one for one in found if one]


def is_campaign(connection: Connection, id: int) -> bool:
    """Whether there is a campaign of an id."""
    return connection.execute(select(exists().where(campaign.c.id == id))).scalar_one()


def campaign_of(connection: Connection, subscriber_id: int, message_ids: Sequence[str]) -> int | None:
    """The campaign in which a subscriber was sent a message of one of these Message-IDs."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.message_id.in_(message_ids))
    found: int | None = connection.execute(select(delivery.c.campaign_id).where(*mine).limit(1)).scalar()
    return found


def recipient_of(connection: Connection, message_ids: Sequence[str]) -> tuple[int, int] | None:
    """The subscriber and the campaign of a Message-ID; it looks through the whole ledger.

    An index would slow down each claim of a campaign, for a bounce that names nobody and holds no token.
    """
    query = select(delivery.c.subscriber_id, delivery.c.campaign_id).where(
        delivery.c.message_id.in_(message_ids), delivery.c.subscriber_id.is_not(None)
    )
    row = connection.execute(query.limit(1)).first()
    return None if row is None else (row.subscriber_id, row.campaign_id)


def last_campaign(connection: Connection, subscriber_id: int) -> int | None:
    """The last campaign in which a subscriber was written to."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.state.in_(_SENT))
    last: int | None = connection.execute(select(func.max(delivery.c.campaign_id)).where(*mine)).scalar()
    return last


def soft_campaigns(connection: Connection, subscriber_id: int) -> int:
    """How many of the last campaigns to a subscriber had a soft bounce, however many bounces each had."""
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.state.in_(_SENT))
    last = select(delivery.c.campaign_id).where(*mine).order_by(delivery.c.campaign_id.desc()).limit(CAMPAIGNS)
    number: int = connection.execute(
        select(func.count(distinct(bounce.c.campaign_id))).where(
            bounce.c.subscriber_id == subscriber_id,
            bounce.c.kind == BounceKind.SOFT.value,
            bounce.c.campaign_id.in_(last.scalar_subquery()),
        )
    ).scalar_one()
    return number


def unapplied_rejections(connection: Connection, campaign_id: int) -> Iterator[Delivery]:
    """Whom a server has refused in a campaign, and nothing was kept of them since."""
    kept = exists().where(
        bounce.c.subscriber_id == delivery.c.subscriber_id,
        bounce.c.campaign_id == campaign_id,
        bounce.c.at >= delivery.c.answered_at,
    )
    refused = and_(delivery.c.code > 0, delivery.c.subscriber_id.is_not(None), ~kept)
    return deliveries(connection, campaign_id, [DeliveryState.FAILED], refused)


def counts_by_campaign(connection: Connection, campaign_id: int | None = None) -> dict[int, dict[BounceKind, int]]:
    """From how many people something of each kind came back, by campaign; of all campaigns, or of one.

    Each bounce of somebody who was erased counts: nobody can tell any more whose it was.
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


def worst_bounces(connection: Connection, campaign_id: int) -> dict[int, WorstBounce]:
    """What came back from each subscriber in a campaign, by their ids."""
    query = select(bounce.c.subscriber_id, bounce.c.kind, func.min(bounce.c.at)).where(
        bounce.c.campaign_id == campaign_id, bounce.c.subscriber_id.is_not(None)
    )
    found: dict[int, WorstBounce] = {}
    for id, said, at in connection.execute(query.group_by(bounce.c.subscriber_id, bounce.c.kind)):
        kind = BounceKind(said)
        if id not in found or kind.gravity > found[id].kind.gravity:
            found[id] = WorstBounce(kind, at)
    return found
