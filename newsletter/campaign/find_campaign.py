"""Find campaigns by an issue's slug, number or path, or by their own number."""

import time
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection

from newsletter.campaign.receipt_check import require_no_receipt
from newsletter.campaign.sending_lock import count_senders, is_campaign_sending, is_sending
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import CampaignError, NewsletterError, NotFoundError
from newsletter.issue.entry_counts import count_entries
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import CORRECTION, Campaign
from newsletter.ledger.deliveries import count_deliveries
from newsletter.workspace.workspace import Workspace

# Seconds to wait for a process that has just created a campaign, and between the checks.
_START, _POLL = 30.0, 0.1
# The maximum number of digits of a campaign number. More would not fit the database's integers.
_DIGITS = 18
_LIST = "List the campaigns with `newsletter campaigns`."


class UnfinishedError(CampaignError):
    """The issue has an unfinished campaign."""


def campaign_by_id(database: Database, id: int) -> Campaign:
    """Return a campaign by its number.

    Raises:
        CampaignError: It does not exist.
    """
    return _by_number(database, str(id))


def find_campaigns(workspace: Workspace, database: Database, name: str) -> list[Campaign]:
    """Return all campaigns of an issue, newest last, or one campaign by its own number.

    Welcome mail is left out, unless the issue was sent in no other way.

    Args:
        workspace: The publication.
        database: The database of the publication.
        name: The issue's slug, alias, number or path, or the slug that it had at the time of the campaign. Or the
            number of a campaign with `#` before it, which can be omitted if no issue has that number.

    Raises:
        CampaignError, NotFoundError: The campaign or the issue does not exist.
    """
    if name.startswith("#") and name[1:].isdecimal():
        return [_by_number(database, name[1:])]
    try:
        slugs = _slugs(workspace, database, name)
    except NotFoundError:
        if not name.isdecimal():
            raise
        return [_by_number(database, name, f"neither an issue {name[:_DIGITS]} nor a campaign #{{}} exists")]
    with database.read() as connection:
        found = campaigns.list_campaigns(connection, *slugs)
    if not found:
        require_no_receipt(database, workspace.root, slugs)
        raise CampaignError(f"{slugs[0]} has not been sent", _LIST)
    return [campaign for campaign in found if not campaign.is_welcome][::-1] or found[::-1]


def find_campaign(workspace: Workspace, database: Database, name: str) -> Campaign:
    """Return the newest campaign of an issue, or a campaign by its own number; see `find_campaigns`.

    Raises:
        CampaignError, NotFoundError: The campaign or the issue does not exist.
    """
    return find_campaigns(workspace, database, name)[-1]


def find_resumable(workspace: Workspace, database: Database, name: str | None, *states: DeliveryState) -> Campaign:
    """Return the campaign to resume.

    Args:
        workspace: The publication.
        database: The database of the publication.
        name: The issue, or None if only one campaign can be resumed.
        states: A complete campaign can also be resumed if it has deliveries in one of these states.

    Raises:
        CampaignError: No campaign can be resumed, or several can and `name` is None.
    """
    slugs = _slugs(workspace, database, name) if name else ()
    with database.read() as connection:
        found = [
            campaign
            for campaign in campaigns.list_campaigns(connection, *slugs)
            if campaign.unfinished
            or (states and any(count_deliveries(connection, campaign.id)[state] for state in states))
        ]
    found = [
        campaign for campaign in found if campaign.state is not CampaignState.CANCELLED and not campaign.is_welcome
    ]
    if not found:
        if DeliveryState.FAILED in states:
            of = f" of {name}" if name else ""
            raise CampaignError(f"no campaign{of} has failed recipients to retry", _LIST)
        raise CampaignError("no campaign can be resumed", _LIST)
    if len(found) > 1 and not name:
        some = ", ".join(f"{campaign.slug} (#{campaign.id})" for campaign in found[:5])
        raise CampaignError(f"{len(found)} campaigns can be resumed: {some}", "Name the issue to resume.")
    return found[0]


def count_sponsored(workspace: Workspace, slug: str) -> int:
    """Count the sponsored entries in the file of an issue as it is now. Returns 0 if the issue cannot be read."""
    named = (listed for listed in workspace.issues.issues if slug in (listed.slug, *listed.head.aliases))
    with suppress(NewsletterError):
        return sum(count_entries(listed.path).sponsored for listed in named)
    return 0


def find_joinable(database: Database, names: Sequence[str], audience: str, *, correction: bool) -> Campaign | None:
    """Return the campaign of an issue that other processes send now and that this one may join; None in SQLite.

    Args:
        database: The database.
        names: The slug and the aliases of the issue.
        audience: The filter of the requested campaign.
        correction: Whether a correction is requested.
    """
    stored = f"{CORRECTION} {audience}".strip() if correction else audience
    with database.read() as connection:
        found = campaigns.list_campaigns(connection, *names)
    joinable = [one for one in found if one.state is CampaignState.SENDING and one.audience == stored]
    deadline = time.monotonic() + _START
    for campaign in joinable[:1]:
        while not count_senders(database, campaign.id):
            # A process that has just created the campaign has the lock before it has a lease.
            if time.monotonic() > deadline or not is_sending(database):
                return None
            time.sleep(_POLL)
        return campaign
    return None


def require_none_unfinished(database: Database, names: Sequence[str]) -> None:
    """Check that an issue has no unfinished campaign. `names` are its slug and aliases.

    Raises:
        UnfinishedError: It has one.
    """
    with database.read() as connection:
        check_none_unfinished(connection, database, names)


def check_none_unfinished(connection: Connection, database: Database, names: Sequence[str]) -> None:
    """Check within a transaction that an issue has no unfinished campaign; see `require_none_unfinished`.

    Raises:
        UnfinishedError: It has one.
    """
    for campaign in campaigns.list_campaigns(connection, *names):
        if campaign.unfinished:
            state = campaign.displayed_state(running=is_campaign_sending(database, campaign.id))
            raise UnfinishedError(
                f"campaign #{campaign.id} of {names[0]} is not finished: {state}",
                f"Resume it with `newsletter send {names[0]} --resume`, or cancel it with"
                f" `newsletter campaign cancel {names[0]}`.",
            )


def _by_number(database: Database, number: str, missing: str = "campaign #{} does not exist") -> Campaign:
    """Return a campaign by its number. `missing` is the error if there is none; `{}` in it becomes the number."""
    if len(number) > _DIGITS:
        raise CampaignError(missing.format(f"{number[:_DIGITS]}…"), _LIST)
    with database.read() as connection:
        found = campaigns.find(connection, int(number))
    if found is None:
        raise CampaignError(missing.format(int(number)), _LIST)
    return found


def _slugs(workspace: Workspace, database: Database, name: str) -> tuple[str, ...]:
    """Return an issue's slug and aliases, or `name` if a campaign has that slug because the issue was renamed later."""
    try:
        slug = workspace.find(name).stem
        aliases = (listed.head.aliases for listed in workspace.issues.issues if listed.slug == slug)
        return (slug, *next(aliases, ()))
    except NewsletterError:
        with database.read() as connection:
            if campaigns.list_campaigns(connection, name):
                return (name,)
        raise
