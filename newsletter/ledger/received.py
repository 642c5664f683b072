"""Who has received an issue, or may have."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from newsletter.database.states import DeliveryState
from newsletter.database.tables import campaign, delivery
from newsletter.ledger.campaign import WELCOME, Campaign

# In these states, the recipient has received the message or may have.
RECEIVED = tuple(state.value for state in (DeliveryState.ACCEPTED, DeliveryState.ATTEMPTING, DeliveryState.UNCERTAIN))


def received_elsewhere(found: Campaign) -> ColumnElement[bool]:
    """Return the condition that a delivery's subscriber received the issue in another campaign, or may have."""
    other, others = delivery.alias(), campaign.alias()
    return exists().where(
        other.c.subscriber_id == delivery.c.subscriber_id,
        other.c.campaign_id == others.c.id,
        others.c.id != found.id,
        others.c.content == found.content if found.is_correction else others.c.slug == found.slug,
        other.c.state.in_(RECEIVED),
    )


def count_received(connection: Connection, names: Sequence[str]) -> int:
    """Count the deliveries of an issue that were received or may have been; `names` are its slug and aliases."""
    return _count_received(connection, campaign.c.slug.in_(names))


def was_sent(connection: Connection, names: Sequence[str]) -> bool:
    """Return whether a campaign has reached any subscriber; welcome mail does not count. `names` are as above."""
    return _count_received(connection, and_(campaign.c.slug.in_(names), campaign.c.audience != WELCOME)) > 0


def _count_received(connection: Connection, condition: ColumnElement[bool]) -> int:
    joined = delivery.join(campaign, campaign.c.id == delivery.c.campaign_id)
    query = select(func.count()).select_from(joined).where(condition, delivery.c.state.in_(RECEIVED))
    number: int = connection.execute(query).scalar_one()
    return number


def first_sent(connection: Connection) -> dict[str, int]:
    """Return when each issue was first sent, by slug, in seconds since 1970.

    Campaigns that reached no recipient do not count.
    """
    reached = exists().where(delivery.c.campaign_id == campaign.c.id, delivery.c.state.in_(RECEIVED))
    query = select(campaign.c.slug, func.min(campaign.c.created_at)).where(reached).group_by(campaign.c.slug)
    return {str(slug): int(at) for slug, at in connection.execute(query)}
