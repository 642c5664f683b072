"""Run a campaign on the terminal: its progress, what stops it, and how it ended."""

from collections.abc import Sequence

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.service import CampaignService, RunOptions
from newsletter.cli.campaign.campaign_format import counted_states
from newsletter.cli.campaign.sending_progress import sending_progress
from newsletter.cli.campaign.stop_signals import stoppable
from newsletter.cli.terminal import print_error, print_status
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import NewsletterError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.deliveries import LedgerWriter
from newsletter.mail.message import PreparedMessage

# Addresses that are listed on the terminal.
SOME = 20


def run_campaign(
    service: CampaignService,
    reports: CampaignReports,
    writer: LedgerWriter,
    campaign: Campaign,
    prepared: PreparedMessage,
    options: RunOptions,
) -> int:
    """Send a campaign and print how the run ended. Returns the exit code.

    Raises:
        NewsletterError: The run failed; the state of the campaign is printed before.
    """
    with stoppable() as stop:
        try:
            with sending_progress(campaign.slug, reports.counts(campaign), stop) as progress:
                result = service.run(writer, campaign, prepared, options, progress, stop)
        except NewsletterError:
            _tell_state(reports, campaign, CampaignState.SENDING, "")
            raise
    _tell_state(reports, campaign, result.ending.state, result.ending.reason)
    if result.publish_error:
        print_status(
            f"The status of {campaign.slug} could not be set: write `status: published` into its file. Why not:"
        )
        print_error(result.publish_error)
    return int(result.ending.state is not CampaignState.COMPLETE)


def _tell_state(reports: CampaignReports, campaign: Campaign, state: CampaignState, reason: str) -> None:
    """Print the state of a campaign, its counts, and what to do next."""
    counts = reports.counts(campaign)
    shown = "stopped" if state is CampaignState.SENDING else state
    print_status(f"Campaign #{campaign.id} of {campaign.slug} is {shown}: {counted_states(counts)}.")
    if reason:
        print_status(f"Why: {reason}.")
    if state in (CampaignState.SENDING, CampaignState.PAUSED):
        left = counts[DeliveryState.PENDING] + counts[DeliveryState.DEFERRED]
        failed = state is CampaignState.PAUSED and counts[DeliveryState.FAILED] and not left
        print_status(f"Go on: `newsletter send {campaign.slug} {'--retry-failed' if failed else '--resume'}`.")
        if failed:
            print_status(f"Or end it: `newsletter campaign cancel {campaign.slug}`.")
    elif counts[DeliveryState.FAILED] or counts[DeliveryState.UNCERTAIN]:
        print_status(f"Who and why: `newsletter campaign report {campaign.slug}`.")


def print_uncertain(slug: str, addresses: Sequence[str]) -> None:
    """Print the addresses whose messages were under way when the last run was killed."""
    number = len(addresses)
    print_status(
        f"{number:,} {'message was' if number == 1 else 'messages were'} under way when the last run was broken off:"
    )
    for address in addresses[:SOME]:
        print_status(f"  {address}")
    if number > SOME:
        print_status(f"  and {number - SOME:,} more, which `newsletter campaign report {slug} --csv` has")
    print_status("They may have it and are not written to again, unless with `--resume --uncertain retry`.")
