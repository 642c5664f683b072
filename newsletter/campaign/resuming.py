"""Resumes campaigns: checks that a campaign may go on, and frees the deliveries of a run that was killed."""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from newsletter.campaign.pause_and_cancel import stopped_error
from newsletter.campaign.receipt_check import require_current
from newsletter.campaign.worker_identity import is_gone
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.errors import CampaignError
from newsletter.ledger import campaigns, leases
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.campaign_states import change_state, record_start
from newsletter.ledger.deliveries import reset_to_pending
from newsletter.ledger.final_counts import delete_final_counts
from newsletter.ledger.leased_deliveries import mark_free_uncertain
from newsletter.ledger.recipient_lock import lock_recipients
from newsletter.ledger.uncertain import mark_uncertain
from newsletter.mail.message import PreparedMessage
from newsletter.workspace.workspace import Workspace


def prepare_resume(
    workspace: Workspace,
    database: Database,
    campaign: Campaign,
    prepared: PreparedMessage,
    *,
    retry_failed: bool = False,
    transition: Transition = Transition.RESUME,
    clock: Callable[[], float] = time.time,
) -> list[str]:
    """Prepare a campaign to be resumed.

    Args:
        workspace: The publication.
        database: Its database.
        campaign: The campaign.
        prepared: The message of the issue, from `Preparation.compose_again`.
        retry_failed: Whether failed deliveries become pending again.
        transition: `CONTINUE` if the author must not have paused it in the meantime.
        clock: Returns seconds since 1970.

    Returns:
        The addresses of messages that were in progress when the last run was killed. They are now uncertain. Those
        of other processes that still send the campaign are left alone.

    Raises:
        CampaignError: The content has changed, the ledger is behind its receipts, or the author paused or cancelled
            the campaign in the meantime.
    """
    require_current(database, workspace.root, (campaign.slug, *workspace.issue(campaign.slug).issue.aliases))
    if campaign.content not in prepared.digests:
        raise CampaignError(
            f"{campaign.slug} has changed since campaign #{campaign.id} started",
            "Restore its content"
            + (f" (git commit {campaign.git_commit[:12]})" if campaign.git_commit else "")
            + f", or cancel the campaign with `newsletter campaign cancel {campaign.slug}` and send the"
            " issue again, without those who received it. An update of newsletter may change an email too.",
        )
    with database.write() as connection:
        lock_recipients(connection)
        uncertain = _mark_uncertain(connection, campaign)
        if retry_failed:
            reset_to_pending(connection, campaign, DeliveryState.FAILED)
            if connection.dialect.name == "postgresql":
                leases.lease_again(connection, campaign.id)
        delete_final_counts(connection, campaign.id)
        if not change_state(connection, campaign.id, transition, "", int(clock())):
            raise stopped_error(campaigns.find(connection, campaign.id) or campaign)
        if transition is Transition.RESUME:
            record_start(connection, campaign.id, int(clock()))
    return uncertain


def _mark_uncertain(connection: Connection, campaign: Campaign) -> list[str]:
    if connection.dialect.name != "postgresql":
        return mark_uncertain(connection, campaign.id)
    leases.set_timeouts(connection)
    found = leases.read_shared(connection, campaign.id, leases.DURATION).leases
    gone = [lease.id for lease in found if lease.dead or is_gone(lease.worker)]
    return leases.revoke(connection, campaign.id, gone) + mark_free_uncertain(connection, campaign.id)
