"""Changes the state of campaigns, and finds those that wait for a process."""

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from newsletter.database.states import CampaignState
from newsletter.database.tables import campaign, delivery
from newsletter.ledger.campaign import LEFT_TO_AUTHOR, UNFINISHED, WELCOME, Transition
from newsletter.text.redact import redact


def change_state(
    connection: Connection,
    id: int,
    transition: Transition,
    reason: str,
    now: int,
) -> bool:
    """Change the state of a campaign.

    Args:
        connection: A write transaction.
        id: The campaign.
        transition: The change of the state.
        reason: Why the state changes; may be empty.
        now: Seconds since 1970 (UTC), stored as `finished_at` if the campaign is then finished.

    Returns:
        Whether the state was changed. False if the transition does not start at the state of the campaign, or a
        campaign is to be continued that is left to the author.
    """
    finished_at = None if transition.after in UNFINISHED else now
    values = {"state": transition.after.value, "reason": redact(reason), "finished_at": finished_at}
    mine = [campaign.c.id == id, campaign.c.state.in_([state.value for state in transition.before])]
    if transition is Transition.CONTINUE:
        mine.append(campaign.c.reason.not_in(LEFT_TO_AUTHOR))
    return connection.execute(update(campaign).where(*mine).values(values)).rowcount == 1


def may_continue() -> ColumnElement[bool]:
    """Return the condition that a process may send a campaign that the author did not start; see `Campaign`."""
    return and_(campaign.c.state == CampaignState.SENDING.value, campaign.c.reason.not_in(LEFT_TO_AUTHOR))


def record_reason(connection: Connection, id: int, reason: str) -> None:
    """Record why a campaign in the state `sending` has no process, until a process continues it.

    If it is left to the author, it keeps its reason.
    """
    connection.execute(update(campaign).where(campaign.c.id == id, may_continue()).values(reason=redact(reason)))


def record_start(connection: Connection, id: int, now: int) -> None:
    """Record that the author starts to send a campaign. A process of the author's then begins."""
    connection.execute(update(campaign).where(campaign.c.id == id).values(started_at=now))


def list_interrupted(connection: Connection, since: int, until: int) -> list[int]:
    """List the campaigns in the state `sending` that are not left to the author, oldest first.

    Args:
        connection: A transaction.
        since: They were created or tried to send a message since this time (seconds since 1970), or wait with a reason,
            which a worker recorded.
        until: The author started their sending until this time.
    """
    # Not `exists`, for which PostgreSQL may read the deliveries of all campaigns.
    last = select(func.max(delivery.c.attempted_at)).where(delivery.c.campaign_id == campaign.c.id).scalar_subquery()
    query = select(campaign.c.id).where(
        may_continue(),
        campaign.c.audience != WELCOME,
        func.coalesce(campaign.c.started_at, campaign.c.created_at) <= until,
        or_(campaign.c.created_at >= since, campaign.c.reason != "", last >= since),
    )
    return list(connection.execute(query.order_by(campaign.c.id)).scalars())
