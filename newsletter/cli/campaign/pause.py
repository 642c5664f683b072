"""`newsletter campaign pause`: stop a campaign so that it can be resumed."""

import time

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign


@click.command(epilog="Example: newsletter campaign pause 029")
@campaign_argument
def pause(name: str) -> None:
    """Pause a campaign, wherever it runs.

    What is under way is finished, within a second or so; `newsletter send --resume` goes on.
    """
    from newsletter.campaign.pause_and_cancel import pause_campaign
    from newsletter.cli.terminal import print_status

    database, found = open_named_campaign(name)
    pause_campaign(database, found, int(time.time()))
    print_status(f"Campaign #{found.id} of {found.slug} is paused.")
