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
    """What the author confirms in advance, by the options of the same names."""

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
    "--test", "addresses", metavar="ADDRESS", multiple=True, help="Send it to this address alone; repeatable."
)
@click.option("--to", "audience", metavar="FILTER", default="", help="A part of the subscribers: tag:beta language:ja.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent to how many, and send nothing.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option("--untested", is_flag=True, help="Send although no test of this content was sent.")
@click.option(
    "--unrecorded", is_flag=True, help="Send a published issue although the database knows of nobody who had it."
)
@click.option("--rate", type=RATE, metavar="N/s", help="The most messages of this run, such as 10/s or 500/h.")
@click.option(
    "--connections", type=click.IntRange(1, 500), help="How many connections to each server, in place of the settings'."
)
@click.option("--resume", is_flag=True, help="Go on with a campaign that was stopped, paused or killed.")
@click.option(
    "--uncertain",
    type=click.Choice(("skip", "retry")),
    default="skip",
    show_default=True,
    help="With --resume: whether those who may have it already are written to again.",
)
@click.option("--retry-failed", is_flag=True, help="Try those again whom a campaign failed to reach.")
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
    """Send an issue to its subscribers, each once.

    ISSUE is a slug, a number or a path. It is checked first, a test of exactly this content must have been sent, and
    you are asked. Whoever has had the issue is left out. Ctrl-C stops cleanly; `--resume` goes on, after a kill too.
    docs/sending.md says what is guaranteed.
    """
    again = resume or retry_failed
    if again and (addresses or audience or dry_run or unrecorded or (resume and retry_failed)):
        raise click.UsageError("--resume and --retry-failed go on with a campaign as it was begun: each stands alone.")
    if uncertain == "retry" and not resume:
        raise click.UsageError("--uncertain says what --resume does.")
    if not again and issue is None:
        raise click.UsageError("Name the issue to send, such as 029.")

    from newsletter.campaign.preflight import Preflight
    from newsletter.campaign.service import RunOptions
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    database = open_database(workspace)
    options = RunOptions(rate, connections)
    if again:
        ctx.exit(_resume(workspace, database, issue, options, _retried(uncertain, retry_failed=retry_failed)))
    document = workspace.issue(issue)
    preflight = Preflight(workspace, database)
    preflight.require_checked(document)
    prepared = preflight.compose(document)
    if addresses:
        ctx.exit(_test(preflight, document, prepared, addresses))
    confirmed = _Confirmed(dry_run, yes, untested, unrecorded)
    ctx.exit(_start(workspace, database, document, prepared, audience, options, confirmed))


def _test(
    preflight: "Preflight", document: "IssueDocument", prepared: "PreparedMessage", addresses: tuple[str, ...]
) -> int:
    from newsletter.campaign.retry_policy import describe_answer
    from newsletter.cli.terminal import print_status
    from newsletter.transports.base import Verdict

    failed = False
    for address, answer in preflight.send_test(document, prepared, addresses):
        if answer.verdict is Verdict.ACCEPTED:
            print_status(f"{address}: accepted.")
        else:
            failed = True
            print_status(f"{address}: {answer.verdict}: {describe_answer(answer)}.")
    if not failed:
        print_status(f"Look at it, then: `newsletter send {document.slug}`.")
    return int(failed)


def _start(
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
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import print_status
    from newsletter.errors import CampaignError
    from newsletter.issue.model import Status

    slug = document.slug
    require_none_unfinished(database, slug)
    if not (confirmed.untested or confirmed.dry_run):
        Preflight(workspace, database).require_tested(document, prepared)
    service = CampaignService(workspace, database)
    size = service.audience_size(slug, audience)
    before = f"; {size.received:,} had it before" if size.received else ""
    people = f"{size.recipients:,} {'subscriber' if size.recipients == 1 else 'subscribers'}"
    print_status(f"{slug}: “{prepared.head.subject}” to {people}{before}.")
    if document.issue.status is Status.PUBLISHED and not size.received:
        print_status(
            f"{slug} is published already, and {database.name} knows of nobody who had it:"
            " whoever had it would get it a second time."
        )
        if confirmed.yes and not (confirmed.unrecorded or confirmed.dry_run):
            raise CampaignError(
                "nothing was sent: the database may be another one than it was sent from, or older",
                "Look at `database` in newsletter.yaml, and NEWSLETTER_DATABASE; if nobody had it, add --unrecorded.",
            )
    if confirmed.dry_run:
        print_status("Nothing was sent.")
        return 0
    if not size.recipients:
        raise CampaignError("there is nobody to write to", "`newsletter subscribers list` shows who there is.")
    if not confirmed.yes:
        _require_consent(people)
    with sending_lock(database) as writer:
        with following("Noting recipients") as noted:
            campaign = service.start(document, prepared, audience, lambda number: noted(number, size.recipients))
        return run_campaign(service, CampaignReports(database), writer, campaign, prepared, options)


def _retried(uncertain: str, *, retry_failed: bool) -> "list[DeliveryState]":
    """The deliveries that a resumed campaign tries again."""
    from newsletter.database.states import DeliveryState

    if retry_failed:
        return [DeliveryState.FAILED]
    return [DeliveryState.UNCERTAIN] if uncertain == "retry" else []


def _resume(
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


def _require_consent(people: str) -> None:
    from newsletter.errors import CampaignError

    refusal = CampaignError("nothing was sent: nobody confirmed it", "Answer y, or say --yes.")
    if not sys.stdin.isatty():
        raise refusal
    try:
        if not click.confirm(f"Send it to {people} now?", err=True):
            raise refusal
    except click.Abort as error:
        raise refusal from error
