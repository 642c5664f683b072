"""Pause or cancel a campaign from any process. The sending process stops after about a second."""

from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import CampaignError
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.campaign_states import change_state


def pause_campaign(database: Database, campaign: Campaign, now: int) -> None:
    """Pause a campaign, which can be resumed. `now` is in seconds since 1970.

    Raises:
        CampaignError: The campaign is complete or cancelled.
    """
    _change(database, campaign, Transition.PAUSE, "paused by the author", now)


def cancel_campaign(database: Database, campaign: Campaign, now: int) -> None:
    """Cancel a campaign permanently. `now` is in seconds since 1970.

    Raises:
        CampaignError: The campaign is complete or cancelled.
    """
    _change(database, campaign, Transition.CANCEL, "cancelled by the author", now)


def finished_error(campaign: Campaign) -> CampaignError:
    """Return the error that a complete or cancelled campaign cannot be resumed, paused or cancelled."""
    report = f"`newsletter campaign report {campaign.slug}`"
    return CampaignError(
        f"campaign #{campaign.id} of {campaign.slug} is already {campaign.state}",
        f"See its deliveries with {report}."
        if campaign.state is CampaignState.COMPLETE
        else f"See its deliveries with {report}, or send to the remaining subscribers with"
        f" `newsletter send {campaign.slug}`.",
    )


def stopped_error(campaign: Campaign) -> CampaignError:
    """Return the error that a campaign is not continued, because it was stopped or finished meanwhile."""
    if not campaign.unfinished:
        return finished_error(campaign)
    return CampaignError(
        f"campaign #{campaign.id} of {campaign.slug} is {campaign.displayed_state(running=False)}",
        f"Continue it with `newsletter send {campaign.slug} --resume`.",
    )


def _change(database: Database, campaign: Campaign, transition: Transition, reason: str, now: int) -> None:
    with database.write() as connection:
        changed = change_state(connection, campaign.id, transition, reason, now)
    if not changed:
        raise finished_error(campaign_by_id(database, campaign.id))
