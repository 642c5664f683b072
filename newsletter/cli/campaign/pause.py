"""`newsletter campaign pause`: pause a campaign."""

import time

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign


@click.command(epilog="Example: newsletter campaign pause 029")
@campaign_argument
def pause(name: str) -> None:
    """Pause a campaign.

    The process that sends it may run on another machine. It finishes the messages in progress, within about a second,
    and stops. Continue with `newsletter send --resume`.
    """
    from newsletter.campaign.pause_and_cancel import pause_campaign
    from newsletter.cli.terminal import print_status

    database, found = open_named_campaign(name)
    pause_campaign(database, found, int(time.time()))
    print_status(f"Paused campaign #{found.id} of {found.slug}.")
