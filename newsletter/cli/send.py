"""`newsletter send`: an issue to its subscribers, each once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.arguments import issue_argument

if TYPE_CHECKING:
    from newsletter.app.sending import PostOffice, Wishes
    from newsletter.delivery.message import Letter
    from newsletter.documents.issue import IssueDocument
    from newsletter.models.campaign import Campaign
    from newsletter.store.ledger import LedgerWriter


class RateType(click.ParamType[float]):
    """A rate, as 10/s, 600/m or 5000/h; a bare number is a second's."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Messages a second."""
        number, _, unit = str(value).partition("/")
        seconds = {"": 1, "s": 1, "m": 60, "h": 3600}.get(unit.strip())
        try:
            rate = float(number)
            if seconds and 0 < rate < 1_000_000:
                return rate / seconds
        except ValueError:
            pass
        return self.fail(f"{value!r} is no rate; write one such as 10/s or 600/m.", param, ctx)


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
@click.option("--rate", type=RateType(), metavar="N/s", help="The most messages a second, in place of the settings'.")
@click.option("--connections", type=click.IntRange(1, 500), help="The most connections to each server.")
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
    if again and (addresses or audience or dry_run or (resume and retry_failed)):
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
    office.require_sound(document)
    letter = office.letter(document)
    if addresses:
        ctx.exit(_test(office, document, letter, addresses))
    ctx.exit(_begin(office, document, letter, audience, wishes, dry_run=dry_run, yes=yes, untested=untested))


def _test(office: "PostOffice", document: "IssueDocument", letter: "Letter", addresses: tuple[str, ...]) -> int:
    from newsletter.cli.terminal import tell
    from newsletter.delivery.retry import said
    from newsletter.models.delivery import Verdict

    failed = False
    for address, answer in office.test(document, letter, addresses):
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
    *,
    dry_run: bool,
    yes: bool,
    untested: bool,
) -> int:
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import tell
    from newsletter.errors import CampaignError
    from newsletter.store.sending_lock import sending_lock

    slug = document.slug
    office.require_new(slug)
    if not (untested or dry_run):
        office.require_tested(document, letter)
    reach = office.reach(slug, audience)
    had = f"; {reach.had:,} had it before" if reach.had else ""
    people = f"{reach.recipients:,} {'subscriber' if reach.recipients == 1 else 'subscribers'}"
    tell(f"{slug}: “{letter.head.subject}” to {people}{had}.")
    if dry_run:
        tell("Nothing was sent.")
        return 0
    if not reach.recipients:
        raise CampaignError("there is nobody to write to", "`newsletter subscribers list` shows who there is.")
    if not yes:
        _require_consent(people)
    with sending_lock(office.database) as writer:
        with following("Noting recipients") as noted:
            campaign = office.begin(document, letter, audience, lambda number: noted(number, reach.recipients))
        return _run(office, writer, campaign, letter, wishes)


def _go_on(
    office: "PostOffice", issue: str | None, wishes: "Wishes", *, retry_uncertain: bool, retry_failed: bool
) -> int:
    from newsletter.cli.terminal import tell
    from newsletter.models.delivery import DeliveryState
    from newsletter.store.sending_lock import sending_lock

    again = [DeliveryState.UNCERTAIN] if retry_uncertain else [DeliveryState.FAILED] if retry_failed else []
    with sending_lock(office.database) as writer:
        campaign = office.waiting(issue, *again)
        letter = office.letter(office.press.issue(campaign.slug), campaign.created_at)
        doubtful = office.take_up(campaign, letter, *again)
        if doubtful and not retry_uncertain:
            tell(f"{doubtful:,} {'message was' if doubtful == 1 else 'messages were'} under way when it was killed:")
            for address in office.uncertain(campaign, 20):
                tell(f"  {address}")
            tell("They may have it and are not written to again, unless with `--resume --uncertain retry`.")
        return _run(office, writer, campaign, letter, wishes)


def _run(office: "PostOffice", writer: "LedgerWriter", campaign: "Campaign", letter: "Letter", wishes: "Wishes") -> int:
    import signal

    from newsletter.cli.campaign.words import counted_states
    from newsletter.cli.sending_progress import sending_progress
    from newsletter.cli.terminal import tell
    from newsletter.models.delivery import CampaignState, DeliveryState

    # A polite end of the process is one by Ctrl-C: what is under way is finished.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with sending_progress(office.counts(campaign)) as progress:
            ending = office.run(writer, campaign, letter, wishes, progress)
    finally:
        signal.signal(signal.SIGTERM, before)
    counts = office.counts(campaign)
    tell(f"Campaign #{campaign.id} of {campaign.slug} is {ending.state}: {counted_states(counts)}.")
    if ending.reason:
        tell(f"Why: {ending.reason}.")
    if ending.state is CampaignState.PAUSED:
        tell(f"Go on: `newsletter send {campaign.slug} --resume`.")
    elif counts[DeliveryState.FAILED] or counts[DeliveryState.UNCERTAIN]:
        tell(f"Who and why: `newsletter campaign report {campaign.slug}`.")
    return int(ending.state is not CampaignState.COMPLETE)


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
