"""Pause or cancel a campaign from any process; the process that sends it notices within a second or so."""

from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import CampaignError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign, Transition

_REASON = "by the author"


def pause_campaign(database: Database, campaign: Campaign, now: int) -> None:
    """Pause a campaign; it can be resumed. `now` is in seconds since 1970.

    Raises:
        CampaignError: The campaign is complete or cancelled.
    """
    _change(database, campaign, Transition.PAUSE, now)


def cancel_campaign(database: Database, campaign: Campaign, now: int) -> None:
    """Cancel a campaign for good. `now` is in seconds since 1970.

    Raises:
        CampaignError: The campaign is complete or cancelled.
    """
    _change(database, campaign, Transition.CANCEL, now)


def finished_error(campaign: Campaign) -> CampaignError:
    """Explain why a complete or cancelled campaign cannot be resumed, paused or cancelled."""
    report = f"what became of each: `newsletter campaign report {campaign.slug}`"
    return CampaignError(
        f"campaign #{campaign.id} of {campaign.slug} is {campaign.state} already",
        report[0].upper() + report[1:] + "."
        if campaign.state is CampaignState.COMPLETE
        else f"Send the issue to the remaining subscribers with `newsletter send {campaign.slug}`; {report}.",
    )


def _change(database: Database, campaign: Campaign, transition: Transition, now: int) -> None:
    with database.write() as connection:
        changed = campaigns.change_state(connection, campaign.id, transition, _REASON, now)
    if not changed:
        raise finished_error(campaign_by_id(database, campaign.id))
