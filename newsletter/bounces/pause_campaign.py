"""Pause a campaign that is being sent when bounces from many servers are about the sender."""

from sqlalchemy import Connection, distinct, func, select

from newsletter.database.states import BounceKind, DeliveryState
from newsletter.database.tables import bounce, delivery
from newsletter.ledger.campaign import Transition
from newsletter.ledger.campaign_states import change_state
from newsletter.ledger.deliveries import count_deliveries

# So many domains, and at least one bounce for each SHARE accepted messages. A single domain may have its own policy.
DOMAINS, SHARE = 5, 20


def pause_if_rejected(connection: Connection, campaign_id: int, subscriber_id: int, reply: str, now: int) -> str:
    """Pause a campaign if bounces about the sender come from many domains.

    Call it after each such bounce was recorded. A campaign that the author has resumed is paused again only when the
    number of domains has doubled.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        subscriber_id: The subscriber of the bounce.
        reply: The reply in the bounce.
        now: Seconds since 1970 (UTC).

    Returns:
        The reason in one sentence, or "" if the campaign was not paused, for example because it is complete.
    """
    mine = (delivery.c.campaign_id == campaign_id, delivery.c.subscriber_id == subscriber_id)
    domain = connection.execute(select(delivery.c.domain).where(*mine)).scalar()
    bounced = (
        select(delivery.c.domain)
        .join(bounce, (bounce.c.subscriber_id == delivery.c.subscriber_id) & (bounce.c.campaign_id == campaign_id))
        .where(delivery.c.campaign_id == campaign_id, bounce.c.kind == BounceKind.POLICY.value)
        .subquery()
    )
    number = select(func.count(), func.count(distinct(bounced.c.domain))).select_from(bounced)
    bounces, domains = connection.execute(number).one()
    same = connection.execute(select(func.count()).where(bounced.c.domain == domain)).scalar_one()
    if same != 1 or not _is_step(domains):
        return ""
    accepted = count_deliveries(connection, campaign_id)[DeliveryState.ACCEPTED]
    if bounces * SHARE < accepted:
        return ""
    reason = f"the servers of {domains} domains reject the sender or the message, the last one with: {reply}"
    return reason if change_state(connection, campaign_id, Transition.STOP, reason, now) else ""


def _is_step(domains: int) -> bool:
    """Return whether a number is DOMAINS, or that doubled any number of times."""
    steps, rest = divmod(domains, DOMAINS)
    return rest == 0 and steps > 0 and steps & (steps - 1) == 0
