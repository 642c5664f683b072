"""Database queries for reports on campaigns. Only `count_by_domain` reads the whole campaign in the ledger."""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, case, distinct, func, select

from newsletter.database.states import BounceKind, DeliveryState, EventKind
from newsletter.database.tables import bounce, campaign, click_count, delivery, event
from newsletter.ledger.campaign import WELCOME

_PAGE = 2_000
# The bounces of a message that was not delivered. A complaint is about a delivered message.
UNDELIVERED = (BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY)


def count_by_domain(connection: Connection, campaign_id: int) -> Iterator[tuple[str, dict[DeliveryState, int]]]:
    """Yield the deliveries of a campaign to each recipient domain by state, the largest domain first.

    Reads each delivery once.
    """
    states = [func.sum(case((delivery.c.state == state.value, 1), else_=0)) for state in DeliveryState]
    query = (
        select(delivery.c.domain, *states)
        .where(delivery.c.campaign_id == campaign_id)
        .group_by(delivery.c.domain)
        .order_by(func.count().desc(), delivery.c.domain)
    )
    for domain, *numbers in connection.execute(query, execution_options={"yield_per": _PAGE}):
        yield domain, {state: int(number) for state, number in zip(DeliveryState, numbers, strict=True)}


def count_returned_by_domain(connection: Connection, campaign_id: int) -> dict[str, int]:
    """Count the recipients of a campaign by domain whose message was accepted and bounced later."""
    mine = (bounce.c.subscriber_id == delivery.c.subscriber_id) & (bounce.c.campaign_id == delivery.c.campaign_id)
    query = (
        select(delivery.c.domain, func.count(distinct(delivery.c.id)))
        .select_from(bounce.join(delivery, mine))
        .where(
            bounce.c.campaign_id == campaign_id,
            bounce.c.kind.in_([kind.value for kind in UNDELIVERED]),
            delivery.c.state != DeliveryState.FAILED.value,
        )
        .group_by(delivery.c.domain)
    )
    return {str(domain): int(number) for domain, number in connection.execute(query)}


def count_unsubscribed(connection: Connection, campaign_ids: Collection[int]) -> dict[int, int]:
    """Count the subscribers who unsubscribed through a link in each of these campaigns."""
    query = (
        select(event.c.campaign_id, func.count(distinct(event.c.subscriber_id)))
        .where(event.c.campaign_id.in_(campaign_ids), event.c.kind == EventKind.UNSUBSCRIBED.value)
        .group_by(event.c.campaign_id)
    )
    found = {int(id): int(number) for id, number in connection.execute(query)}
    return {id: found.get(id, 0) for id in campaign_ids}


def count_unattributed(connection: Connection, since: int, until: int | None) -> int:
    """Count the unsubscribes without a campaign from a time until another, in seconds since 1970; None for no end."""
    query = select(func.count()).where(
        event.c.kind == EventKind.UNSUBSCRIBED.value, event.c.campaign_id.is_(None), event.c.at >= since
    )
    number: int = connection.execute(query if until is None else query.where(event.c.at < until)).scalar_one()
    return number


def find_next_start(connection: Connection, campaign_id: int) -> int | None:
    """Return when the next campaign was started, in seconds since 1970, or None. Welcome mail does not count."""
    query = select(func.min(campaign.c.created_at)).where(campaign.c.id > campaign_id, campaign.c.audience != WELCOME)
    at: int | None = connection.execute(query).scalar()
    return at


def count_certain_clicks(connection: Connection, slugs: Collection[str]) -> dict[str, int]:
    """Count the certain clicks on the entries of issues, by slug. Issues without clicks are left out."""
    query = (
        select(click_count.c.slug, func.sum(click_count.c.certain))
        .where(click_count.c.slug.in_(slugs))
        .group_by(click_count.c.slug)
    )
    return {str(slug): int(number) for slug, number in connection.execute(query)}
