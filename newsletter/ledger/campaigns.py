"""Finds campaigns, and counts what they sent."""

from sqlalchemy import Connection, Row, func, or_, select

from newsletter.database.states import CampaignState, DeliveryState
from newsletter.database.tables import campaign, delivery
from newsletter.ledger.campaign import CORRECTION, WELCOME, Campaign


def count_accepted_by_hour(connection: Connection, since: int) -> list[tuple[int, int]]:
    """Count the messages of all campaigns that were accepted since a time, by hours from then on.

    Returns:
        The beginning of each hour in seconds since 1970, and the number of messages.
    """
    recent = select(campaign.c.id).where(or_(campaign.c.finished_at.is_(None), campaign.c.finished_at >= since))
    hour = ((delivery.c.answered_at - since) // 3600).label("hour")
    accepted = (
        select(hour, func.count())
        .where(
            delivery.c.campaign_id.in_(recent),
            delivery.c.state == DeliveryState.ACCEPTED.value,
            delivery.c.answered_at >= since,
        )
        .group_by(hour)
    )
    return [(since + 3600 * int(number), count) for number, count in connection.execute(accepted)]


def last_audience(connection: Connection, slug: str) -> int:
    """Count the recipients of the last campaign of another issue, except corrections and welcome mail; 0 if none."""
    other = or_(campaign.c.audience.startswith(CORRECTION), campaign.c.audience == WELCOME)
    last = select(func.max(campaign.c.id)).where(campaign.c.slug != slug, ~other).scalar_subquery()
    number: int = connection.execute(
        select(func.count()).select_from(delivery).where(delivery.c.campaign_id == last)
    ).scalar_one()
    return number


def find(connection: Connection, id: int) -> Campaign | None:
    """Find a campaign by its id. Returns None if it does not exist."""
    row = connection.execute(select(campaign).where(campaign.c.id == id)).one_or_none()
    return None if row is None else _campaign(row)


def list_campaigns(connection: Connection, *slugs: str) -> list[Campaign]:
    """List the campaigns of issues, or all campaigns if none is given, newest first."""
    query = select(campaign).order_by(campaign.c.id.desc())
    return [_campaign(row) for row in connection.execute(query.where(campaign.c.slug.in_(slugs)) if slugs else query)]


def list_finished(connection: Connection, since: int) -> list[str]:
    """List the issues whose campaigns were completed or cancelled since a time, by slug."""
    return list(connection.execute(select(campaign.c.slug).distinct().where(campaign.c.finished_at >= since)).scalars())


def find_last_finish(connection: Connection, created_by: int) -> int | None:
    """Return when the last of the campaigns created up to a time finished, or None if none has finished."""
    query = select(func.max(campaign.c.finished_at)).where(campaign.c.created_at <= created_by)
    end: int | None = connection.execute(query).scalar()
    return end


def _campaign(row: Row[tuple[object, ...]]) -> Campaign:
    values = dict(row._mapping)  # noqa: SLF001 (`_mapping` is public in SQLAlchemy)
    return Campaign(**values | {"state": CampaignState(values["state"])})
