"""`newsletter campaign cancel`: end a campaign for good."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_campaigns


@click.command(epilog="Example: newsletter campaign cancel 029")
@campaign_argument
def cancel(name: str) -> None:
    """End a campaign for good.

    Whoever is still pending is not written to by it.
    """
    from newsletter.cli.terminal import tell
    from newsletter.database.states import CampaignState

    campaigns = open_campaigns()
    found = campaigns.change_state(campaigns.named(name), CampaignState.CANCELLED)
    tell(f"Campaign #{found.id} of {found.slug} is cancelled.")
