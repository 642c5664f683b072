"""`newsletter send`: an issue to its subscribers, each once."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument
from newsletter.cli.values import RATE

if TYPE_CHECKING:
    from newsletter.app.sending import PostOffice, Wishes
    from newsletter.delivery.message import Letter
    from newsletter.documents.issue import IssueDocument
    from newsletter.models.campaign import Campaign
    from newsletter.models.delivery import CampaignState
    from newsletter.store.ledger import LedgerWriter


# So many addresses are listed on the terminal.
SOME = 20


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

    from newsletter.app.press import Press
    from newsletter.app.sending import PostOffice, Wishes
    from newsletter.app.store import open_database

    press = Press(Path())
    office = PostOffice(press, open_database(press))
    wishes = Wishes(rate, connections)
    if again:
        ctx.exit(_go_on(office, issue, wishes, retry_uncertain=uncertain == "retry", retry_failed=retry_failed))
    document = press.issue(issue)
    office.rehearsal.require_sound(document)
    letter = office.rehearsal.letter(document)
    if addresses:
        ctx.exit(_test(office, document, letter, addresses))
    sure = _Sure(dry_run, yes, untested, unrecorded)
    ctx.exit(_begin(office, document, letter, audience, wishes, sure))


def _test(office: "PostOffice", document: "IssueDocument", letter: "Letter", addresses: tuple[str, ...]) -> int:
    from newsletter.cli.terminal import tell
    from newsletter.delivery.retry import said
    from newsletter.models.delivery import Verdict

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
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import tell
    from newsletter.errors import CampaignError
    from newsletter.models.issue import Status
    from newsletter.store.sending_lock import sending_lock

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
        return _run(office, writer, campaign, letter, wishes)


def _go_on(
    office: "PostOffice", issue: str | None, wishes: "Wishes", *, retry_uncertain: bool, retry_failed: bool
) -> int:
    from newsletter.models.delivery import DeliveryState
    from newsletter.store.sending_lock import sending_lock

    again = [DeliveryState.UNCERTAIN] if retry_uncertain else [DeliveryState.FAILED] if retry_failed else []
    with sending_lock(office.database) as writer:
        campaign = office.campaigns.waiting(issue, *again)
        letter = office.rehearsal.letter(office.press.issue(campaign.slug), campaign.created_at)
        doubtful = office.take_up(campaign, letter, *again)
        if doubtful and not retry_uncertain:
            _tell_doubtful(campaign.slug, doubtful)
        return _run(office, writer, campaign, letter, wishes)


def _run(office: "PostOffice", writer: "LedgerWriter", campaign: "Campaign", letter: "Letter", wishes: "Wishes") -> int:
    from newsletter.cli.sending_progress import sending_progress
    from newsletter.cli.stopping import stoppable
    from newsletter.cli.terminal import tell, tell_error
    from newsletter.errors import PressError
    from newsletter.models.delivery import CampaignState

    with stoppable() as stop:
        try:
            with sending_progress(campaign.slug, office.campaigns.counts(campaign), stop) as progress:
                sent = office.run(writer, campaign, letter, wishes, progress, stop)
        except PressError:
            _tell_state(office, campaign, CampaignState.SENDING, "")
            raise
    _tell_state(office, campaign, sent.ending.state, sent.ending.reason)
    if sent.unpublished:
        tell(f"The status of {campaign.slug} could not be set: write `status: published` into its file. Why not:")
        tell_error(sent.unpublished)
    return int(sent.ending.state is not CampaignState.COMPLETE)


def _tell_state(office: "PostOffice", campaign: "Campaign", state: "CampaignState", reason: str) -> None:
    """How a run ended, how many are in which state, and what to do; one that is still `sending` was broken off."""
    from newsletter.cli.campaign.words import counted_states
    from newsletter.cli.terminal import tell
    from newsletter.models.delivery import CampaignState, DeliveryState

    counts = office.campaigns.counts(campaign)
    said = "stopped" if state is CampaignState.SENDING else state
    tell(f"Campaign #{campaign.id} of {campaign.slug} is {said}: {counted_states(counts)}.")
    if reason:
        tell(f"Why: {reason}.")
    if state in (CampaignState.SENDING, CampaignState.PAUSED):
        failed = counts[DeliveryState.FAILED] and not (counts[DeliveryState.PENDING] + counts[DeliveryState.DEFERRED])
        tell(f"Go on: `newsletter send {campaign.slug} {'--retry-failed' if failed else '--resume'}`.")
        if failed:
            tell(f"Or end it: `newsletter campaign cancel {campaign.slug}`.")
    elif counts[DeliveryState.FAILED] or counts[DeliveryState.UNCERTAIN]:
        tell(f"Who and why: `newsletter campaign report {campaign.slug}`.")


def _tell_doubtful(slug: str, addresses: list[str]) -> None:
    from newsletter.cli.terminal import tell

    number = len(addresses)
    tell(f"{number:,} {'message was' if number == 1 else 'messages were'} under way when the last run was broken off:")
    for address in addresses[:SOME]:
        tell(f"  {address}")
    if number > SOME:
        tell(f"  and {number - SOME:,} more, which `newsletter campaign report {slug} --csv` has")
    tell("They may have it and are not written to again, unless with `--resume --uncertain retry`.")


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
