"""What the author can do with a campaign in the dashboard: pause, resume and cancel it."""

import time
from collections.abc import Callable

from newsletter.campaign.find_campaign import campaign_by_id, find_resumable
from newsletter.campaign.pause_and_cancel import cancel_campaign, pause_campaign
from newsletter.campaign.preparation import Preparation
from newsletter.campaign.resuming import prepare_resume
from newsletter.campaign.sending_lock import sending_lock
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.dashboard.views.running_processes import refuse_second_process
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.errors import CampaignError
from newsletter.ledger.campaign import Campaign
from newsletter.workspace.workspace import Workspace

# Changes a campaign, given the publication and its database.
CampaignAction = Callable[[Workspace, Database, Campaign, SendingProcesses], None]


def _pause(_: Workspace, database: Database, campaign: Campaign, __: SendingProcesses) -> None:
    pause_campaign(database, campaign, int(time.time()))


def _cancel(_: Workspace, database: Database, campaign: Campaign, __: SendingProcesses) -> None:
    cancel_campaign(database, campaign, int(time.time()))


def _resume(workspace: Workspace, database: Database, campaign: Campaign, processes: SendingProcesses) -> None:
    _continue(workspace, database, campaign, processes, retry_failed=False)


def _retry_failed(workspace: Workspace, database: Database, campaign: Campaign, processes: SendingProcesses) -> None:
    _continue(workspace, database, campaign, processes, retry_failed=True)


def _continue(
    workspace: Workspace, database: Database, campaign: Campaign, processes: SendingProcesses, *, retry_failed: bool
) -> None:
    """Prepare a campaign to be continued, so that its errors are known at once, and start a process that sends it."""
    retried = [DeliveryState.FAILED] if retry_failed else []
    refuse_second_process(database, processes, campaign.id)
    with sending_lock(database, shared=True):
        resumable = find_resumable(workspace, database, campaign.slug, *retried)
        if resumable.id != campaign.id:
            raise CampaignError(
                f"campaign #{resumable.id} of {campaign.slug} must be continued first", "Open it, and resume it there."
            )
        document = workspace.issue(campaign.slug)
        preparation = Preparation(workspace, database)
        prepared = preparation.compose_again(document, campaign)
        prepare_resume(workspace, database, campaign, prepared, retry_failed=retry_failed)
    processes.start(campaign_by_id(database, campaign.id))


CAMPAIGN_ACTIONS: dict[str, CampaignAction] = {
    "pause": _pause,
    "resume": _resume,
    "retry-failed": _retry_failed,
    "cancel": _cancel,
}
"""The actions by their names in URLs."""
