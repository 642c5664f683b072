"""`newsletter send`: test an issue, start its campaign, or resume one."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument
from newsletter.cli.option_types import RATE

if TYPE_CHECKING:
    from newsletter.campaign.preflight import Preflight
    from newsletter.campaign.service import RunOptions
    from newsletter.database.database import Database
    from newsletter.database.states import DeliveryState
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.mail.message import PreparedMessage
    from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True)
class _Confirmed:
    """The options with which the author confirms in advance. Each field has the name of its option."""

    dry_run: bool
    yes: bool
    untested: bool
    unrecorded: bool


@click.command(
    epilog="Examples: newsletter send 029 --test me@example.org; newsletter send 029 --to tag:beta --dry-run;"
    " newsletter send --resume"
)
@issue_argument
@click.option(
    "--test", "addresses", metavar="ADDRESS", multiple=True, help="Send a test to this address only. Repeatable."
)
@click.option(
    "--to",
    "audience",
    metavar="FILTER",
    default="",
    help="Send only to subscribers that match, such as 'tag:beta language:ja'.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing. Show how many subscribers would get the issue.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--untested", is_flag=True, help="Send even if no test of this content was sent.")
@click.option(
    "--unrecorded", is_flag=True, help="Send a published issue even if the database has no record of sending it."
)
@click.option("--rate", type=RATE, metavar="N/s", help="Limit the rate of this run, such as 10/s or 500/h.")
@click.option(
    "--connections",
    type=click.IntRange(1, 500),
    show_default="as in newsletter.yaml",
    help="The number of connections to each server.",
)
@click.option("--resume", is_flag=True, help="Continue a stopped, paused or interrupted campaign.")
@click.option(
    "--uncertain",
    type=click.Choice(("skip", "retry")),
    default="skip",
    show_default=True,
    help="With --resume, skip or retry recipients who may have received it.",
)
@click.option("--retry-failed", is_flag=True, help="Retry the failed recipients of a campaign.")
@click.pass_context
def send(
    ctx: click.Context,
    issue: str | None,
    addresses: tuple[str, ...],
    audience: str,
    dry_run: bool,
    yes: bool,
    untested: bool,
    unrecorded: bool,
    rate: float | None,
    connections: int | None,
    resume: bool,
    uncertain: str,
    retry_failed: bool,
) -> None:
    """Send an issue to the subscribers.

    Before an issue is sent, the checks must pass, you send yourself a test of exactly this content, and you confirm.
    Each subscriber gets the issue once; those who already received it are skipped. Ctrl-C stops the campaign, and
    --resume continues it, even after a crash. ISSUE is a slug, a number or a path. See docs/sending.md for the
    guarantees.
    """
    again = resume or retry_failed
    if again and (addresses or audience or dry_run or unrecorded or (resume and retry_failed)):
        raise click.UsageError(
            "--resume and --retry-failed cannot be combined with each other, --test, --to, --dry-run or --unrecorded."
        )
    if uncertain == "retry" and not resume:
        raise click.UsageError("--uncertain needs --resume.")
    if not again and issue is None:
        raise click.UsageError("ISSUE is missing. Name the issue to send, such as 029.")

    from newsletter.campaign.preflight import Preflight
    from newsletter.campaign.service import RunOptions
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    database = open_database(workspace)
    options = RunOptions(rate, connections)
    if again:
        ctx.exit(
            _resume_campaign(
                workspace, database, issue, options, _states_to_retry(uncertain, retry_failed=retry_failed)
            )
        )
    document = workspace.issue(issue)
    preflight = Preflight(workspace, database)
    preflight.require_checked(document)
    prepared = preflight.compose(document)
    if addresses:
        ctx.exit(_send_test(preflight, document, prepared, addresses))
    confirmed = _Confirmed(dry_run, yes, untested, unrecorded)
    ctx.exit(_start_campaign(workspace, database, document, prepared, audience, options, confirmed))


def _send_test(
    preflight: "Preflight", document: "IssueDocument", prepared: "PreparedMessage", addresses: tuple[str, ...]
) -> int:
    from newsletter.campaign.retry_policy import describe_answer
    from newsletter.cli.terminal import print_status
    from newsletter.transports.base import Verdict

    failed = False
    for address, answer in preflight.send_test(document, prepared, addresses):
        if answer.verdict is Verdict.ACCEPTED:
            print_status(f"Sent a test to {address}.")
        else:
            failed = True
            print_status(f"Could not send a test to {address}: {answer.verdict}: {describe_answer(answer)}.")
    if not failed:
        print_status(f"Check your inbox, then run `newsletter send {document.slug}`.")
    return int(failed)


def _start_campaign(
    workspace: "Workspace",
    database: "Database",
    document: "IssueDocument",
    prepared: "PreparedMessage",
    audience: str,
    options: "RunOptions",
    confirmed: _Confirmed,
) -> int:
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.find_campaign import require_none_unfinished
    from newsletter.campaign.preflight import Preflight
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.campaign.service import CampaignService
    from newsletter.cli.campaign.run import run_campaign
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.errors import CampaignError
    from newsletter.issue.model import Status

    slug = document.slug
    require_none_unfinished(database, slug)
    if not (confirmed.untested or confirmed.dry_run):
        Preflight(workspace, database).require_tested(document, prepared)
    service = CampaignService(workspace, database)
    size = service.audience_size(slug, audience)
    before = f"; {size.received:,} already received it" if size.received else ""
    people = f"{size.recipients:,} {'subscriber' if size.recipients == 1 else 'subscribers'}"
    print_status(f"{slug}: “{prepared.head.subject}” to {people}{before}.")
    if document.issue.status is Status.PUBLISHED and not size.received:
        print_status(
            f"{slug} is already published, but {database.name} has no record of sending it."
            " Anyone who already received it would get it again."
        )
        if confirmed.yes and not (confirmed.unrecorded or confirmed.dry_run):
            raise CampaignError(
                "nothing was sent: the issue may have been sent with another or a newer database",
                "Check `database` in newsletter.yaml and NEWSLETTER_DATABASE. If it was never sent, add --unrecorded.",
            )
    if confirmed.dry_run:
        print_status("Dry run: nothing was sent.")
        return 0
    if not size.recipients:
        raise CampaignError("there are no subscribers to send to", "Run `newsletter subscribers list` to see the list.")
    if not confirmed.yes:
        _require_confirmation(people)
    with sending_lock(database) as writer:
        with count_progress("Adding recipients") as progress:
            campaign = service.start(document, prepared, audience, lambda number: progress(number, size.recipients))
        return run_campaign(service, CampaignReports(database), writer, campaign, prepared, options)


def _states_to_retry(uncertain: str, *, retry_failed: bool) -> "list[DeliveryState]":
    """Return the states of the deliveries that a resumed campaign retries."""
    from newsletter.database.states import DeliveryState

    if retry_failed:
        return [DeliveryState.FAILED]
    return [DeliveryState.UNCERTAIN] if uncertain == "retry" else []


def _resume_campaign(
    workspace: "Workspace",
    database: "Database",
    issue: str | None,
    options: "RunOptions",
    retried: "list[DeliveryState]",
) -> int:
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.find_campaign import find_resumable
    from newsletter.campaign.preflight import Preflight
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.campaign.service import CampaignService
    from newsletter.cli.campaign.run import print_uncertain, run_campaign
    from newsletter.database.states import DeliveryState

    with sending_lock(database) as writer:
        campaign = find_resumable(workspace, database, issue, *retried)
        prepared = Preflight(workspace, database).compose(workspace.issue(campaign.slug), campaign.created_at)
        service = CampaignService(workspace, database)
        uncertain = service.resume(campaign, prepared, *retried)
        if uncertain and DeliveryState.UNCERTAIN not in retried:
            print_uncertain(campaign.slug, uncertain)
        return run_campaign(service, CampaignReports(database), writer, campaign, prepared, options)


def _require_confirmation(people: str) -> None:
    from newsletter.errors import CampaignError

    refusal = CampaignError("nothing was sent: it was not confirmed", "Answer y, or add --yes.")
    if not sys.stdin.isatty():
        raise refusal
    try:
        if not click.confirm(f"Send to {people} now?", err=True):
            raise refusal
    except click.Abort as error:
        raise refusal from error
