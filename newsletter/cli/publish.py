"""`newsletter publish`: take a finished issue to the web and to its readers."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.campaign.preparation import Preparation
    from newsletter.database.database import Database
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.mail.message import PreparedMessage
    from newsletter.publish.steps import WebPublication


@click.command(
    epilog="Examples: newsletter publish 029; newsletter publish 029 --no-send; newsletter publish 029 --dry-run"
)
@issue_argument
@click.option("--no-send", is_flag=True, help="Stop after the issue is on the web.")
@click.option("--dry-run", is_flag=True, help="List the steps, and what each would do.")
@click.option(
    "--test",
    "address",
    metavar="ADDRESS",
    show_default="`reply_to`, or the sender's address",
    help="Send the test to this address.",
)
@click.option("--to", "audience", metavar="FILTER", default="", help="Send only to subscribers that match.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation, even if there are warnings.")
@click.pass_context
def publish(
    ctx: click.Context,
    issue: str | None,
    no_send: bool,
    dry_run: bool,
    address: str | None,
    audience: str,
    yes: bool,
) -> None:
    """Publish a finished issue on the web and by email.

    Checks the issue, builds the archive with it, runs `archive.deploy` of newsletter.yaml, verifies that the pages are
    online, writes `status: published`, and sends a test. After your confirmation, it sends the issue. If a step fails,
    fix the problem and run the command again: finished steps are skipped. ISSUE is a slug, a number or a path. The
    default is the newest issue.
    """
    from newsletter.cli.progress import stage_progress
    from newsletter.publish.steps import WebPublication
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    slug = workspace.find(issue).stem
    with open_database(workspace) as database, stage_progress() as progress:
        web = WebPublication(workspace.root, slug, database, progress)
        if dry_run:
            _print_plan(web, database, slug, no_send=no_send)
            return
        _publish_on_the_web(web, slug, no_send=no_send)
        if not no_send:
            ctx.exit(_send(web, database, slug, address, audience, yes=yes))


def _publish_on_the_web(web: "WebPublication", slug: str, *, no_send: bool) -> None:
    """Run the steps up to the published status, and print each.

    Raises:
        NewsletterError: A step failed. What was done and how to continue has been printed.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.errors import DeployError, NewsletterError
    from newsletter.publish.steps import Step, describe_failure

    def deploy() -> str:
        if not web.command:
            return "skipped: `archive.deploy` is not set in newsletter.yaml"
        if web.is_deployed():
            return "already deployed"
        web.deploy()
        return "done"

    def status() -> str:
        if web.is_published():
            return "already published"
        web.mark_published()
        return f"{slug} is published"

    steps: list[tuple[Step, Callable[[], str]]] = [
        (Step.CHECK, lambda: web.check(sends=not no_send)),
        (Step.BUILD, lambda: _build(web)),
        (Step.DEPLOY, deploy),
        (Step.VERIFY, web.verify),
        (Step.STATUS, status),
    ]
    command = f"newsletter publish {slug}{' --no-send' if no_send else ''}"
    names = [step for step, _ in steps] + ([] if no_send else [Step.TEST, Step.SEND])
    for number, (step, run) in enumerate(steps):
        if step is Step.DEPLOY and web.command and not web.is_deployed():
            print_status(f"{step}: {web.command}")
        try:
            result = run()
        except NewsletterError as error:
            if isinstance(error, DeployError) and step is Step.VERIFY and not web.command:
                error.advice = "Upload build/site/, or set `archive.deploy` in newsletter.yaml."
            print_status(describe_failure(step, names[:number], names[number + 1 :], command))
            raise
        print_status(f"{step}: {result}")


def _build(web: "WebPublication") -> str:
    """Build the archive, and warn of links in sent mail that break. Returns the result as text."""
    from newsletter.cli.sent_slugs import warn_of_sent_slugs

    report = web.build()
    warn_of_sent_slugs(web.workspace.root, report.names)
    if not report.written:
        return "up to date"
    return f"{report.written:,} {'file' if report.written == 1 else 'files'} written"


def _send(
    web: "WebPublication", database: "Database", slug: str, address: str | None, audience: str, *, yes: bool
) -> int:
    """Send a test and the campaign, or continue the campaign. Returns the exit code.

    Raises:
        NewsletterError: A step failed. What was done and how to continue has been printed.
    """
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.preparation import Preparation
    from newsletter.campaign.run_options import RunOptions
    from newsletter.cli.campaign.start import resume_campaign
    from newsletter.cli.terminal import print_status
    from newsletter.errors import NewsletterError
    from newsletter.ledger.campaign import UNFINISHED
    from newsletter.publish.steps import Step, describe_failure

    workspace = web.workspace
    earlier = CampaignReports(database).campaigns(slug)
    if earlier and earlier[0].state in UNFINISHED:
        print_status(f"{Step.SEND}: continuing campaign #{earlier[0].id}")
        return resume_campaign(workspace, database, slug, RunOptions(), [])
    step, done, left = Step.TEST, list(Step)[:-2], [Step.SEND]
    try:
        document = workspace.issue(slug)
        preparation = Preparation(workspace, database)
        prepared = preparation.compose(document)
        publication = workspace.publication
        to = address or publication.reply_to or publication.sender.email
        _send_test_once(preparation, document, prepared, to)
        step, done, left = Step.SEND, [*done, Step.TEST], []
        return _send_issue(web, database, preparation, document, prepared, audience, yes=yes)
    except NewsletterError:
        print_status(describe_failure(step, done, left, f"newsletter publish {slug}"))
        raise


def _send_issue(
    web: "WebPublication",
    database: "Database",
    preparation: "Preparation",
    document: "IssueDocument",
    prepared: "PreparedMessage",
    audience: str,
    *,
    yes: bool,
) -> int:
    """Run the preflight, ask for confirmation, and send. Returns the exit code.

    Raises:
        NewsletterError: The preflight found errors, or the author did not confirm.
    """
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.run_options import RunOptions
    from newsletter.cli.campaign.start import Confirmed, start_campaign
    from newsletter.cli.preflight import print_report
    from newsletter.cli.terminal import print_status
    from newsletter.errors import CampaignError
    from newsletter.preflight.diagnosis import DiagnosisState
    from newsletter.preflight.run import run_preflight
    from newsletter.publish.steps import Step

    slug = document.slug
    report = run_preflight(preparation.candidate(document, prepared, audience))
    print_report(slug, report)
    errors = {each.about for each in report.diagnoses if each.state is DiagnosisState.ERROR}
    if errors == {"audience"} and CampaignReports(database).campaigns(slug):
        print_status(f"{Step.SEND}: all subscribers already received {slug}")
        return 0
    if errors:
        raise CampaignError("nothing was sent: the preflight found errors", "Fix them first.")
    to = f" --to {quote(audience)}" if audience else ""
    confirmed = Confirmed(
        dry_run=False,
        yes=yes,
        unrecorded=False,
        warnings=report.count(DiagnosisState.WARNING),
        how_unrecorded=f"run `newsletter send {slug}{to} --yes --unrecorded`",
    )
    return start_campaign(web.workspace, database, document, prepared, audience, RunOptions(), confirmed)


def _send_test_once(
    preparation: "Preparation", document: "IssueDocument", prepared: "PreparedMessage", address: str
) -> None:
    """Send a test, unless one of this content was sent.

    Raises:
        CampaignError: It was not accepted.
    """
    from newsletter.campaign.retry_policy import describe_answer
    from newsletter.cli.terminal import print_status
    from newsletter.errors import CampaignError
    from newsletter.publish.steps import Step
    from newsletter.transports.base import Verdict

    if preparation.is_tested(document, prepared):
        print_status(f"{Step.TEST}: a test of this content was sent before")
        return
    ((_, answer),) = preparation.send_test(document, prepared, [address])
    if answer.verdict is not Verdict.ACCEPTED:
        message = f"the test to {address} was not accepted: {describe_answer(answer)}"
        raise CampaignError(message, "Choose another address with --test, or correct the mail server's settings.")
    print_status(f"{Step.TEST}: sent to {address}. Look at it before you confirm.")


def _print_plan(web: "WebPublication", database: "Database", slug: str, *, no_send: bool) -> None:
    """Print what each step would do."""
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.cli.terminal import print_status
    from newsletter.publish.steps import ARCHIVE, Step

    site_url = web.workspace.publication.site_url
    plan = [
        (Step.CHECK, f"check {slug} for problems"),
        (Step.BUILD, f"build the archive into {ARCHIVE}/ with {slug} as published"),
        (Step.DEPLOY, web.command or "skipped: `archive.deploy` is not set in newsletter.yaml"),
        (Step.VERIFY, f"request {site_url}{slug}/, its images and {site_url}"),
        (Step.STATUS, "already published" if web.is_published() else f"write `status: published` in {slug}.yaml"),
    ]
    if not no_send:
        sent = CampaignReports(database).campaigns(slug)
        plan += [
            (Step.TEST, "send a test, unless one of this content was sent"),
            (Step.SEND, "send to subscribers who did not receive it" if sent else "ask, then send to the subscribers"),
        ]
    for step, text in plan:
        print_status(f"{step}: {text}")
    print_status("Dry run: nothing was done.")
