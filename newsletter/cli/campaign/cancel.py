"""`newsletter campaign cancel`: cancel a campaign."""

import time

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign


@click.command(epilog="Example: newsletter campaign cancel 029")
@campaign_argument
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def cancel(name: str, yes: bool) -> None:
    """Cancel a campaign.

    Recipients who are still pending are not mailed. A cancelled campaign cannot be resumed.
    """
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.pause_and_cancel import cancel_campaign, finished_error
    from newsletter.cli.terminal import print_status, require_yes
    from newsletter.database.states import DeliveryState

    database, found = open_named_campaign(name)
    if not found.unfinished:
        raise finished_error(found)
    if not yes:
        counts = CampaignReports(database).counts(found)
        left = counts[DeliveryState.PENDING] + counts[DeliveryState.DEFERRED]
        recipients = "1 recipient is" if left == 1 else f"{left:,} recipients are"
        question = f"Cancel campaign #{found.id} of {found.slug} permanently? {recipients} still pending."
        require_yes(question)
    cancel_campaign(database, found, int(time.time()))
    print_status(f"Cancelled campaign #{found.id} of {found.slug}.")
