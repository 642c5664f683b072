"""Find campaigns by what the author calls them: an issue's slug, number or path, or the number of a campaign."""

from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import CampaignError, NewsletterError, NotFoundError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.workspace.workspace import Workspace

# The number of a campaign has fewer digits than this: a longer one would not fit the database's integers.
_DIGITS = 18
_LIST = "`newsletter campaigns` lists all."


def campaign_by_id(database: Database, id: int) -> Campaign:
    """Return a campaign by its number.

    Raises:
        CampaignError: There is none.
    """
    with database.read() as connection:
        found = campaigns.find(connection, id)
    if found is None:
        raise CampaignError(f"there is no campaign #{id}", _LIST)
    return found


def find_campaign(workspace: Workspace, database: Database, name: str) -> Campaign:
    """Return the newest campaign of an issue, or a campaign by its own number.

    Args:
        workspace: The publication.
        database: Its database.
        name: The issue's slug, number or path, or the slug it had before it was renamed. The number of a campaign has
            `#` before it; the `#` may be left out where no issue has that number.

    Raises:
        CampaignError, NotFoundError: There is none.
    """
    if name.startswith("#") and name[1:].isdecimal():
        return _by_number(database, name[1:])
    try:
        slug = _slug(workspace, database, name)
    except NotFoundError:
        if name.isdecimal():
            return _by_number(database, name)
        raise
    with database.read() as connection:
        found = campaigns.list_campaigns(connection, slug)
    if not found:
        raise CampaignError(f"{slug} has not been sent", "`newsletter campaigns` lists all campaigns.")
    return found[0]


def find_resumable(workspace: Workspace, database: Database, name: str | None, *states: DeliveryState) -> Campaign:
    """Return the campaign to resume.

    Args:
        workspace: The publication.
        database: Its database.
        name: The issue; None where only one campaign can be resumed.
        states: A complete campaign can be resumed, too, if it has deliveries in one of these.

    Raises:
        CampaignError: There is none, or no issue is named and there are several.
    """
    slug = _slug(workspace, database, name) if name else None
    with database.read() as connection:
        found = [
            campaign
            for campaign in campaigns.list_campaigns(connection, slug)
            if campaign.unfinished
            or (states and any(campaigns.counts(connection, campaign.id)[state] for state in states))
        ]
    found = [campaign for campaign in found if campaign.state is not CampaignState.CANCELLED]
    if not found:
        raise CampaignError("there is no campaign to go on with", _LIST)
    if len(found) > 1 and not name:
        some = ", ".join(f"{campaign.slug} (#{campaign.id})" for campaign in found[:5])
        raise CampaignError(f"{len(found)} campaigns can go on: {some}", "Name the issue.")
    return found[0]


def require_none_unfinished(database: Database, slug: str) -> None:
    """Refuse to start a campaign of an issue that has an unfinished one.

    Raises:
        CampaignError: There is one.
    """
    with database.read() as connection:
        for campaign in campaigns.list_campaigns(connection, slug):
            if campaign.unfinished:
                raise CampaignError(
                    f"campaign #{campaign.id} of {slug} is not finished: {campaign.state}",
                    f"Go on: `newsletter send {slug} --resume`; or end it: `newsletter campaign cancel {slug}`.",
                )


def _by_number(database: Database, number: str) -> Campaign:
    if len(number) > _DIGITS:
        raise CampaignError(f"there is no campaign #{number[:_DIGITS]}…", _LIST)
    return campaign_by_id(database, int(number))


def _slug(workspace: Workspace, database: Database, name: str) -> str:
    """Return the slug of an issue, or `name` itself if a campaign has it: the issue was renamed since."""
    try:
        return workspace.find(name).stem
    except NewsletterError:
        with database.read() as connection:
            if campaigns.list_campaigns(connection, name):
                return name
        raise
