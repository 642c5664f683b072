"""Test, start and resume a campaign on the terminal; `newsletter send` and `newsletter publish` use it."""

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.campaign.preparation import Preparation
    from newsletter.campaign.run_options import RunOptions
    from newsletter.campaign.starting import AudienceSize
    from newsletter.database.database import Database
    from newsletter.database.states import DeliveryState
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.mail.message import PreparedMessage
    from newsletter.publication.delivery_settings import DeliverySettings
    from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True)
class Confirmed:
    """The options that confirm a send in advance, and the number of warnings to confirm.

    `how_unrecorded` says how to confirm that a published issue was never sent, for the advice of an error.
    """

    dry_run: bool
    yes: bool
    unrecorded: bool
    warnings: int
    how_unrecorded: str = "add --unrecorded"


def send_test(
    preparation: "Preparation",
    document: "IssueDocument",
    prepared: "PreparedMessage",
    addresses: tuple[str, ...],
    delivery: "DeliverySettings",
    *,
    correction: bool,
) -> int:
    """Send a test and print the answers. Returns the exit code."""
    from newsletter.campaign.preparation import where_to_look
    from newsletter.campaign.retry_policy import describe_answer
    from newsletter.cli.terminal import print_status
    from newsletter.transports.base import Verdict

    failed = False
    for address, answer in preparation.send_test(document, prepared, addresses):
        if answer.verdict is Verdict.ACCEPTED:
            print_status(f"Sent a test to {address}.")
        else:
            failed = True
            print_status(f"Could not send a test to {address}: {answer.verdict}: {describe_answer(answer)}.")
    if not failed:
        option = " --correction" if correction else ""
        print_status(f"{where_to_look(delivery)}, then run `newsletter send {document.slug}{option}`.")
    return int(failed)


def start_campaign(
    workspace: "Workspace",
    database: "Database",
    document: "IssueDocument",
    prepared: "PreparedMessage",
    audience: str,
    options: "RunOptions",
    confirmed: Confirmed,
    *,
    correction: bool = False,
) -> int:
    """Ask for confirmation, and send a new campaign. Returns the exit code.

    A correction is confirmed twice, since everybody in its audience gets a second message about the same issue.
    """
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.find_campaign import UnfinishedError, find_joinable
    from newsletter.campaign.running import CampaignRunner
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.campaign.starting import CampaignStarter
    from newsletter.cli.campaign.run import run_campaign
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.publish.progress_file import forget_sent
    from newsletter.schedule.schedules import cancel_replaced

    size = check_audience(workspace, database, document, prepared, audience, confirmed, correction=correction)
    if confirmed.dry_run:
        print_status("Dry run: nothing was sent.")
        return 0
    confirm_audience(document, size, "Send to {people} now", confirmed, correction=correction)

    def created(connection: "Connection", id: int) -> None:
        if not correction:
            cancel_replaced(connection, document.names, audience, id)

    try:
        with sending_lock(database, shared=True) as writer:
            with count_progress("Adding recipients") as progress:
                campaign = CampaignStarter(workspace, database).start(
                    document,
                    prepared,
                    audience,
                    lambda number: progress(number, size.recipients),
                    correction=correction,
                    created=created,
                )
            runner, reports = CampaignRunner(workspace, database), CampaignReports(database)
            code = run_campaign(runner, reports, writer, campaign, prepared, options)
            forget_sent(workspace.root, database, campaign.slug)
            return code
    except UnfinishedError:
        # Another process has started it since the preflight.
        if find_joinable(database, document.names, audience, correction=correction) is None:
            raise
    return resume_campaign(workspace, database, document.slug, options, [])


def check_audience(
    workspace: "Workspace",
    database: "Database",
    document: "IssueDocument",
    prepared: "PreparedMessage",
    audience: str,
    confirmed: Confirmed,
    *,
    correction: bool,
) -> "AudienceSize":
    """Print the audience of a campaign. Returns its size.

    Raises:
        CampaignError: The issue may have been sent with another or a newer database.
    """
    from newsletter.campaign.starting import CampaignStarter
    from newsletter.cli.terminal import print_status
    from newsletter.errors import CampaignError
    from newsletter.issue.head import Status
    from newsletter.publish.progress_file import was_published_here

    slug, starter = document.slug, CampaignStarter(workspace, database)
    if not confirmed.dry_run:
        starter.require_current(document)
    size = starter.audience_size(document, prepared, audience, correction=correction)
    before = f"; {size.received:,} already received it" if size.received and not correction else ""
    print_status(f"{slug}: “{prepared.head.subject}” to {_people(size)}{before}.")
    if document.issue.status is Status.PUBLISHED and not (
        size.sent or confirmed.unrecorded or was_published_here(workspace.root, document.names, database)
    ):
        print_status(
            f"{slug} is already published, but {database.name} has no record of sending it."
            " Anyone who already received it would get it again."
        )
        if confirmed.yes and not confirmed.dry_run:
            raise CampaignError(
                "nothing was sent: the issue may have been sent with another or a newer database",
                "Check `database` in newsletter.yaml and NEWSLETTER_DATABASE."
                f" If it was never sent, {confirmed.how_unrecorded}.",
            )
    return size


def confirm_audience(
    document: "IssueDocument", size: "AudienceSize", question: str, confirmed: Confirmed, *, correction: bool
) -> None:
    """Ask the author to confirm, unless they did with `--yes`. `{people}` in the question is the number of recipients.

    Raises:
        CampaignError: The answer is no, or there is none.
    """
    if confirmed.yes:
        return
    warnings = f"{confirmed.warnings:,} {'warning' if confirmed.warnings == 1 else 'warnings'}"
    despite = f" despite {warnings}" if confirmed.warnings else ""
    _require_confirmation(f"{question.replace('{people}', _people(size))}{despite}?")
    if correction:
        _require_confirmation(f"They already received {document.slug}. Send them the correction as another message?")


def _people(size: "AudienceSize") -> str:
    return f"{size.recipients:,} {'subscriber' if size.recipients == 1 else 'subscribers'}"


def states_to_retry(uncertain: str, *, retry_failed: bool) -> "list[DeliveryState]":
    """Return the states of the deliveries that a resumed campaign retries."""
    from newsletter.database.states import DeliveryState

    if retry_failed:
        return [DeliveryState.FAILED]
    return [DeliveryState.UNCERTAIN] if uncertain == "retry" else []


def resume_campaign(
    workspace: "Workspace",
    database: "Database",
    issue: str | None,
    options: "RunOptions",
    retried: "list[DeliveryState]",
    *,
    unless_paused: bool = False,
) -> int:
    """Continue a campaign. Returns the exit code.

    Raises:
        CampaignError: It cannot be continued, or the author paused it and `unless_paused` is given.
    """
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.find_campaign import find_resumable
    from newsletter.campaign.preparation import Preparation
    from newsletter.campaign.resuming import prepare_resume
    from newsletter.campaign.running import CampaignRunner
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.campaign.run import format_others, print_uncertain, run_campaign
    from newsletter.cli.terminal import print_status
    from newsletter.database.states import DeliveryState
    from newsletter.ledger.campaign import Transition
    from newsletter.publish.progress_file import forget_sent

    transition = Transition.CONTINUE if unless_paused else Transition.RESUME
    with sending_lock(database, shared=True) as writer:
        campaign = find_resumable(workspace, database, issue, *retried)
        document = workspace.issue(campaign.slug)
        preparation = Preparation(workspace, database)
        prepared = preparation.compose_again(document, campaign)
        runner, reports = CampaignRunner(workspace, database), CampaignReports(database)
        others = reports.count_others(campaign)
        retry_failed = DeliveryState.FAILED in retried
        uncertain = prepare_resume(
            workspace, database, campaign, prepared, retry_failed=retry_failed, transition=transition
        )
        options = replace(options, retry_uncertain=DeliveryState.UNCERTAIN in retried)
        if not options.retry_uncertain:
            print_uncertain(campaign.slug, uncertain, runner.retryable(campaign))
        if others:
            print_status(f"Joining campaign #{campaign.id} of {campaign.slug}, sent by {format_others(others)}.")
        code = run_campaign(runner, reports, writer, campaign, prepared, options)
        forget_sent(workspace.root, database, campaign.slug)
        return code


def _require_confirmation(question: str) -> None:
    from newsletter.cli.terminal import require_yes
    from newsletter.errors import CampaignError

    refusal = CampaignError("nothing was sent, because you did not confirm", "Answer y, or add --yes.")
    if not sys.stdin.isatty():
        raise refusal
    try:
        require_yes(question)
    except click.Abort as error:
        raise refusal from error
