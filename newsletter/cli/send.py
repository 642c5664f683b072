"""`newsletter send`: an issue to its subscribers, each once."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument
from newsletter.cli.option_types import RATE

if TYPE_CHECKING:
    from newsletter.campaign.service import PostOffice, Wishes
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.mail.message import Letter


@dataclass(frozen=True)
class _Sure:
    """What the author says beforehand, as the options of the same names."""

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

    from newsletter.campaign.service import PostOffice, Wishes
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    office = PostOffice(workspace, open_database(workspace))
    wishes = Wishes(rate, connections)
    if again:
        ctx.exit(_go_on(office, issue, wishes, retry_uncertain=uncertain == "retry", retry_failed=retry_failed))
    document = workspace.issue(issue)
    office.rehearsal.require_sound(document)
    letter = office.rehearsal.letter(document)
    if addresses:
        ctx.exit(_test(office, document, letter, addresses))
    sure = _Sure(dry_run, yes, untested, unrecorded)
    ctx.exit(_begin(office, document, letter, audience, wishes, sure))


def _test(office: "PostOffice", document: "IssueDocument", letter: "Letter", addresses: tuple[str, ...]) -> int:
    from newsletter.campaign.retry_policy import said
    from newsletter.cli.terminal import tell
    from newsletter.transports.base import Verdict

    failed = False
    for address, answer in office.rehearsal.test(document, letter, addresses):
        if answer.verdict is Verdict.ACCEPTED:
            tell(f"{address}: accepted.")
        else:
            failed = True
            tell(f"{address}: {answer.verdict}: {said(answer)}.")
    if not failed:
        tell(f"Look at it, then: `newsletter send {document.slug}`.")
    return int(failed)


def _begin(
    office: "PostOffice",
    document: "IssueDocument",
    letter: "Letter",
    audience: str,
    wishes: "Wishes",
    sure: _Sure,
) -> int:
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.campaign.run import run_campaign
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import tell
    from newsletter.errors import CampaignError
    from newsletter.issue.model import Status

    slug = document.slug
    office.campaigns.require_new(slug)
    if not (sure.untested or sure.dry_run):
        office.rehearsal.require_tested(document, letter)
    reach = office.reach(slug, audience)
    had = f"; {reach.had:,} had it before" if reach.had else ""
    people = f"{reach.recipients:,} {'subscriber' if reach.recipients == 1 else 'subscribers'}"
    tell(f"{slug}: “{letter.head.subject}” to {people}{had}.")
    if document.issue.status is Status.PUBLISHED and not reach.had:
        tell(
            f"{slug} is published already, and {office.database.name} knows of nobody who had it:"
            " whoever had it would get it a second time."
        )
        if sure.yes and not (sure.unrecorded or sure.dry_run):
            raise CampaignError(
                "nothing was sent: the database may be another one than it was sent from, or older",
                "Look at `database` in newsletter.yaml, and NEWSLETTER_DATABASE; if nobody had it, add --unrecorded.",
            )
    if sure.dry_run:
        tell("Nothing was sent.")
        return 0
    if not reach.recipients:
        raise CampaignError("there is nobody to write to", "`newsletter subscribers list` shows who there is.")
    if not sure.yes:
        _require_consent(people)
    with sending_lock(office.database) as writer:
        with following("Noting recipients") as noted:
            campaign = office.begin(document, letter, audience, lambda number: noted(number, reach.recipients))
        return run_campaign(office, writer, campaign, letter, wishes)


def _go_on(
    office: "PostOffice", issue: str | None, wishes: "Wishes", *, retry_uncertain: bool, retry_failed: bool
) -> int:
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.campaign.run import run_campaign, tell_doubtful
    from newsletter.database.states import DeliveryState

    again = [DeliveryState.UNCERTAIN] if retry_uncertain else [DeliveryState.FAILED] if retry_failed else []
    with sending_lock(office.database) as writer:
        campaign = office.campaigns.waiting(issue, *again)
        letter = office.rehearsal.letter(office.workspace.issue(campaign.slug), campaign.created_at)
        doubtful = office.take_up(campaign, letter, *again)
        if doubtful and not retry_uncertain:
            tell_doubtful(campaign.slug, doubtful)
        return run_campaign(office, writer, campaign, letter, wishes)


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
