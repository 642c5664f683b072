"""Refusals of what the processes that this dashboard has started make impossible, before they have the sending lock."""

from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.sending_lock import is_campaign_sending, require_shareable
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import CampaignError


def refuse_started_issue(database: Database, processes: SendingProcesses, slug: str) -> None:
    """Refuse to send an issue that a process of this dashboard sends already.

    Raises:
        CampaignError: One sends it. Without a lock, its campaign would be called stopped.
    """
    for started in processes.sending():
        found = campaign_by_id(database, started.id)
        if found.slug == slug and found.state is CampaignState.SENDING:
            state = "sending" if is_campaign_sending(database, found.id) else "starting"
            raise CampaignError(
                f"campaign #{found.id} of {slug} is not finished: {state}", "Follow it in the view of the campaigns."
            )


def refuse_second_process(database: Database, processes: SendingProcesses, campaign_id: int | None = None) -> None:
    """Refuse to start a process that could not send, because one for another campaign is running or starting.

    Args:
        database: The database.
        processes: The processes of this dashboard.
        campaign_id: The campaign to send; None for a new one.

    Raises:
        SendingLockError: One process at a time sends from this database, and another one does.
    """
    if any(started.id != campaign_id for started in processes.sending()):
        require_shareable(database)
