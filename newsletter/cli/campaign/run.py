"""A campaign on the terminal while it runs: its progress, what stops it, and how it ended."""

from collections.abc import Sequence

from newsletter.campaign.service import PostOffice, Wishes
from newsletter.cli.campaign.campaign_format import counted_states
from newsletter.cli.campaign.sending_progress import sending_progress
from newsletter.cli.campaign.stop_signals import stoppable
from newsletter.cli.terminal import tell, tell_error
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import NewsletterError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.deliveries import LedgerWriter
from newsletter.mail.message import Letter

# So many addresses are listed on the terminal.
SOME = 20


def run_campaign(office: PostOffice, writer: LedgerWriter, campaign: Campaign, letter: Letter, wishes: Wishes) -> int:
    """Send a campaign until it ends or is stopped, and say how it ended; returns the exit code.

    Raises:
        NewsletterError: what was in the way; how far it came is said before.
    """
    with stoppable() as stop:
        try:
            with sending_progress(campaign.slug, office.campaigns.counts(campaign), stop) as progress:
                sent = office.run(writer, campaign, letter, wishes, progress, stop)
        except NewsletterError:
            _tell_state(office, campaign, CampaignState.SENDING, "")
            raise
    _tell_state(office, campaign, sent.ending.state, sent.ending.reason)
    if sent.unpublished:
        tell(f"The status of {campaign.slug} could not be set: write `status: published` into its file. Why not:")
        tell_error(sent.unpublished)
    return int(sent.ending.state is not CampaignState.COMPLETE)


def _tell_state(office: PostOffice, campaign: Campaign, state: CampaignState, reason: str) -> None:
    """How a run ended, how many are in which state, and what to do; one that is still `sending` was broken off."""
    counts = office.campaigns.counts(campaign)
    said = "stopped" if state is CampaignState.SENDING else state
    tell(f"Campaign #{campaign.id} of {campaign.slug} is {said}: {counted_states(counts)}.")
    if reason:
        tell(f"Why: {reason}.")
    if state in (CampaignState.SENDING, CampaignState.PAUSED):
        left = counts[DeliveryState.PENDING] + counts[DeliveryState.DEFERRED]
        failed = state is CampaignState.PAUSED and counts[DeliveryState.FAILED] and not left
        tell(f"Go on: `newsletter send {campaign.slug} {'--retry-failed' if failed else '--resume'}`.")
        if failed:
            tell(f"Or end it: `newsletter campaign cancel {campaign.slug}`.")
    elif counts[DeliveryState.FAILED] or counts[DeliveryState.UNCERTAIN]:
        tell(f"Who and why: `newsletter campaign report {campaign.slug}`.")


def tell_doubtful(slug: str, addresses: Sequence[str]) -> None:
    """Say who was under way when the last run of a campaign was broken off."""
    number = len(addresses)
    tell(f"{number:,} {'message was' if number == 1 else 'messages were'} under way when the last run was broken off:")
    for address in addresses[:SOME]:
        tell(f"  {address}")
    if number > SOME:
        tell(f"  and {number - SOME:,} more, which `newsletter campaign report {slug} --csv` has")
    tell("They may have it and are not written to again, unless with `--resume --uncertain retry`.")
