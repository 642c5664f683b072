"""`newsletter campaign cancel`: cancel a campaign."""

import time

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign


@click.command(epilog="Example: newsletter campaign cancel 029")
@campaign_argument
def cancel(name: str) -> None:
    """Cancel a campaign.

    Recipients who are still pending are not mailed. A cancelled campaign cannot be resumed.
    """
    from newsletter.campaign.pause_and_cancel import cancel_campaign
    from newsletter.cli.terminal import print_status

    database, found = open_named_campaign(name)
    cancel_campaign(database, found, int(time.time()))
    print_status(f"Cancelled campaign #{found.id} of {found.slug}.")
