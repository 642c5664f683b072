"""Run a campaign on the terminal: show its progress, stop it on signals, and print the result."""

from collections.abc import Sequence

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.running import CampaignRunner
from newsletter.cli.campaign.campaign_format import format_counts
from newsletter.cli.campaign.sending_progress import sending_progress
from newsletter.cli.campaign.stop_signals import stoppable
from newsletter.cli.terminal import print_error, print_status
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.uncertain import Retryable
from newsletter.mail.message import PreparedMessage

# The number of uncertain addresses to print.
_LISTED = 20


def run_campaign(
    runner: CampaignRunner,
    reports: CampaignReports,
    writer: LedgerWriter,
    campaign: Campaign,
    prepared: PreparedMessage,
    options: RunOptions,
) -> int:
    """Send a campaign and print the result. Returns the exit code.

    Raises:
        NewsletterError: The run failed. The state of the campaign has been printed.
    """
    with stoppable() as stop:
        try:
            counts = reports.counts(campaign)
            if options.retry_uncertain:
                counts[DeliveryState.PENDING] += counts.pop(DeliveryState.UNCERTAIN)
                counts[DeliveryState.UNCERTAIN] = 0
            elif retryable := runner.retryable(campaign):
                counts[DeliveryState.PENDING] += retryable.number
                counts[DeliveryState.UNCERTAIN] -= retryable.number
            with sending_progress(campaign.slug, counts, stop) as progress:
                result = runner.run(writer, campaign, prepared, options, progress, stop)
        except NewsletterError:
            _print_state_or_command(reports, campaign, "")
            raise
    if result.ending.others:
        shown, others = format_counts(reports.counts(campaign)), format_others(result.ending.others)
        print_status(
            f"This process has stopped. Campaign #{campaign.id} of {campaign.slug} goes on in {others}: {shown}."
        )
        if result.ending.reason:
            print_status(f"Reason: {result.ending.reason}.")
        return 1
    if result.ending.state is CampaignState.SENDING:
        _print_state_or_command(reports, campaign, result.ending.reason)
        if result.ending.warning:
            print_status(f"Warning: {result.ending.warning}.")
        return 1
    _print_state(reports, campaign, result.ending.state, result.ending.reason)
    if result.ending.warning:
        print_status(f"Warning: {result.ending.warning}.")
    if result.publish_error:
        print_status(f"Could not set the status of {campaign.slug}. Write `status: published` in its file.")
        print_error(result.publish_error)
    return int(result.ending.state is not CampaignState.COMPLETE)


def _print_state_or_command(reports: CampaignReports, campaign: Campaign, reason: str) -> None:
    """Print the state of a stopped campaign; only how to continue if the database is away."""
    try:
        _print_state(reports, campaign, CampaignState.SENDING, reason)
    except DatabaseError as error:
        print_status(f"Campaign #{campaign.id} of {campaign.slug} is stopped. {error.message}.")
        print_status(f"To continue when the database works again: `newsletter send {campaign.slug} --resume`.")


def _print_state(reports: CampaignReports, campaign: Campaign, state: CampaignState, reason: str) -> None:
    """Print the state of a campaign, its counts, and what to do next."""
    counts = reports.counts(campaign)
    shown = "stopped" if state is CampaignState.SENDING else state
    print_status(f"Campaign #{campaign.id} of {campaign.slug} is {shown}: {format_counts(counts)}.")
    if reason:
        print_status(f"Reason: {reason}.")
    if state in (CampaignState.SENDING, CampaignState.PAUSED):
        left = counts[DeliveryState.PENDING] + counts[DeliveryState.DEFERRED]
        failed = state is CampaignState.PAUSED and counts[DeliveryState.FAILED] and not left
        print_status(f"To continue: `newsletter send {campaign.slug} {'--retry-failed' if failed else '--resume'}`.")
        if failed:
            print_status(f"To cancel it: `newsletter campaign cancel {campaign.slug}`.")
    elif counts[DeliveryState.FAILED] or counts[DeliveryState.UNCERTAIN]:
        print_status(f"For details: `newsletter campaign report {campaign.slug}`.")


def format_others(number: int) -> str:
    """Format the number of other processes that send a campaign."""
    return f"{number:,} other {'process' if number == 1 else 'processes'}"


def print_uncertain(slug: str, addresses: Sequence[str], retried: Retryable | None = None) -> None:
    """Print the addresses whose messages were in progress when the last run was interrupted.

    Args:
        slug: The slug of the issue.
        addresses: The addresses.
        retried: The uncertain recipients who are sent the message again, because their server drops a second copy.
    """
    number = len(addresses)
    messages = "message was" if number == 1 else "messages were"
    if addresses:
        print_status(f"{number:,} {messages} in progress when the last run was interrupted:")
    for address in addresses[:_LISTED]:
        print_status(f"  {address}")
    if number > _LISTED:
        print_status(f"  and {number - _LISTED:,} more, listed by `newsletter campaign report {slug} --csv`")
    if retried:
        print_status(
            f"{retried.number:,} uncertain {'recipient is' if retried.number == 1 else 'recipients are'} retried. The"
            " server drops a second copy."
        )
    if addresses and (retried is None or retried.number < number):
        print_status(
            f"{'The other' if retried else 'These'} recipients may have received it and are skipped. To retry them:"
            " `--resume --uncertain retry`."
        )
