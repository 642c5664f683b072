"""`newsletter campaign pause`: stop a campaign so that it can be resumed."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_campaigns


@click.command(epilog="Example: newsletter campaign pause 029")
@campaign_argument
def pause(name: str) -> None:
    """Pause a campaign, wherever it runs.

    What is under way is finished, within a second or so; `newsletter send --resume` goes on.
    """
    from newsletter.cli.terminal import tell
    from newsletter.database.states import CampaignState

    campaigns = open_campaigns()
    found = campaigns.change_state(campaigns.named(name), CampaignState.PAUSED)
    tell(f"Campaign #{found.id} of {found.slug} is paused.")
