"""`newsletter send`: test an issue, start its campaign, or resume one."""

from pathlib import Path
from typing import Any

import click

from newsletter.cli.arguments import issue_argument
from newsletter.cli.option_types import DURATION, RATE


@click.command(
    epilog="Examples: newsletter send 029 --test me@example.org; newsletter send 029 --to tag:beta --dry-run;"
    " newsletter send --resume; newsletter send 029 --correction; newsletter send 029 --at '2026-12-06 09:00'"
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
@click.option("--at", metavar="TIME", help="Send it at this time, such as '2026-12-06 09:00', by `newsletter worker`.")
@click.option("--zone", metavar="ZONE", help="With --at, the time zone, such as Asia/Tokyo.  [default: `timezone`]")
@click.option(
    "--late",
    type=DURATION,
    metavar="DURATION",
    help="With --at, still send it if nothing was running at that time, but only so much later.  [default: 2h]",
)
@click.option("--dry-run", is_flag=True, help="Send nothing. Show how many subscribers would get the issue.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation, even if there are warnings.")
@click.option("--offline", is_flag=True, help="Do not check that images and web pages are online.")
@click.option("--untested", is_flag=True, help="Send even if no test of this content was sent.")
@click.option(
    "--unrecorded", is_flag=True, help="Send a published issue even if the database has no record of sending it."
)
@click.option("--correction", is_flag=True, help="Send a corrected issue to subscribers who received the issue before.")
@click.option("--rate", type=RATE, metavar="N/s", help="Limit the rate of this run, such as 10/s or 500/h.")
@click.option(
    "--connections",
    type=click.IntRange(1, 500),
    show_default="as in newsletter.yaml",
    help="The number of connections to each server.",
)
@click.option("--ignore-hours", is_flag=True, help="Send outside of the delivery hours, too.")
@click.option("--resume", is_flag=True, help="Continue a stopped, paused or interrupted campaign.")
@click.option("--unless-paused", is_flag=True, help="With --resume, leave a campaign alone that you have paused.")
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
    at: str | None,
    zone: str | None,
    late: int | None,
    dry_run: bool,
    yes: bool,
    offline: bool,
    untested: bool,
    unrecorded: bool,
    correction: bool,
    rate: float | None,
    connections: int | None,
    ignore_hours: bool,
    resume: bool,
    unless_paused: bool,
    uncertain: str,
    retry_failed: bool,
) -> None:
    """Send an issue to the subscribers.

    Three things must happen before an issue is sent: the preflight passes, you send yourself a test of exactly this
    content (--untested skips this), and you confirm (--yes skips the question).

    Each subscriber gets the issue once; those who already received it are skipped. Ctrl-C stops the campaign, and
    --resume continues it, even after a crash. --at sends the issue at a later time, if its content is still the same
    then. ISSUE is a slug, a number or a path. See docs/sending.md for the
    guarantees.
    """
    again = resume or retry_failed
    _check_options(ctx.params, again=again)

    from newsletter.campaign.find_campaign import find_joinable, require_none_unfinished
    from newsletter.campaign.preparation import Preparation
    from newsletter.campaign.run_options import RunOptions
    from newsletter.cli.campaign.start import Confirmed, resume_campaign, send_test, start_campaign, states_to_retry
    from newsletter.cli.preflight import print_report
    from newsletter.cli.schedule.schedule_issue import ScheduleTime
    from newsletter.errors import CampaignError
    from newsletter.preflight.diagnosis import DiagnosisState
    from newsletter.preflight.run import run_preflight
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    # Report a time that is not valid before anything else is checked.
    schedule_at = None if at is None else ScheduleTime.check(workspace, at, zone, late)
    database = open_database(workspace)
    ctx.call_on_close(database.close)
    options = RunOptions(rate, connections, ignore_hours=ignore_hours)
    if again:
        retried = states_to_retry(uncertain, retry_failed=retry_failed)
        ctx.exit(resume_campaign(workspace, database, issue, options, retried, unless_paused=unless_paused))
    document = workspace.issue(issue)
    if not (addresses or dry_run) and find_joinable(database, document.names, audience, correction=correction):
        ctx.exit(resume_campaign(workspace, database, issue, options, []))
    if not addresses:
        require_none_unfinished(database, document.names)
    preparation = Preparation(workspace, database)
    prepared = preparation.compose(document, correction=correction)
    needs_test = not (addresses or untested or dry_run)
    candidate = preparation.candidate(
        document, prepared, audience, offline=offline, needs_test=needs_test, correction=correction
    )
    report = run_preflight(schedule_at.candidate(candidate) if schedule_at else candidate)
    print_report(document.slug, report)
    if addresses:
        delivery = workspace.publication.delivery
        ctx.exit(send_test(preparation, document, prepared, addresses, delivery, correction=correction))
    if report.failed:
        raise CampaignError("nothing was sent: the preflight found errors", "Fix them, then send again.")
    confirmed = Confirmed(dry_run, yes, unrecorded, report.count(DiagnosisState.WARNING))
    if schedule_at:
        schedule_at.schedule(
            workspace, database, document, prepared, audience, confirmed, correction=correction, offline=offline
        )
        return
    ctx.exit(
        start_campaign(workspace, database, document, prepared, audience, options, confirmed, correction=correction)
    )


def _check_options(given: dict[str, Any], *, again: bool) -> None:
    """Reject options that cannot be combined. `again` is whether a campaign is continued."""
    if given["at"] is None and (given["zone"] is not None or given["late"] is not None):
        raise click.UsageError("--zone and --late need --at.")
    apart = (given["addresses"], again, given["rate"] is not None, given["connections"] is not None)
    if given["at"] is not None and any(apart):
        raise click.UsageError(
            "--at cannot be combined with --test, --resume, --retry-failed, --rate or --connections."
        )
    new = any(given[name] for name in ("addresses", "audience", "dry_run", "unrecorded", "correction"))
    if again and (new or (given["resume"] and given["retry_failed"])):
        raise click.UsageError(
            "--resume and --retry-failed cannot be combined with each other, --test, --to, --dry-run, --unrecorded or"
            " --correction."
        )
    if given["uncertain"] == "retry" and not given["resume"]:
        raise click.UsageError("--uncertain needs --resume.")
    if given["unless_paused"] and not given["resume"]:
        raise click.UsageError("--unless-paused needs --resume.")
    if not again and given["issue"] is None:
        raise click.UsageError("ISSUE is missing. Name the issue to send, such as 029.")
