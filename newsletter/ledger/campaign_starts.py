"""Finds when campaigns started to send."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, func, select

from newsletter.database.tables import campaign, delivery
from newsletter.ledger.campaign import WELCOME

# The first deliveries of a campaign are attempted first. A retry moves the time of an attempt, but not of all of them.
_FIRST = 50


def find_campaign_starts(connection: Connection, slugs: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Return when the campaigns of each issue made their first attempt, in seconds since 1970 (UTC).

    Welcome mail has no start. An issue of which no campaign has made an attempt is left out.

    Args:
        connection: A transaction.
        slugs: The slugs of the issues.
    """
    found = connection.execute(
        select(campaign.c.id, campaign.c.slug).where(campaign.c.slug.in_(slugs), campaign.c.audience != WELCOME)
    ).all()
    starts: dict[str, list[int]] = defaultdict(list)
    for id, slug in found:
        mine = select(delivery.c.attempted_at).where(delivery.c.campaign_id == id)
        first = mine.order_by(delivery.c.id).limit(_FIRST).subquery()
        begin = connection.execute(select(func.min(first.c.attempted_at))).scalar()
        if begin is not None:
            starts[slug].append(begin)
    return {slug: tuple(times) for slug, times in starts.items()}
