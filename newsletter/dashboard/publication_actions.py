"""What the author can do in the browser besides editing: start an issue, run the preflight, and send a test."""

from datetime import date

from pydantic import Field

from newsletter.campaign.preparation import Preparation, where_to_look
from newsletter.campaign.retry_policy import describe_answer
from newsletter.dashboard.preflight_results import PreflightResult, preflight_result
from newsletter.fields.address import EmailAddress
from newsletter.fields.base import Model
from newsletter.fields.text import Date, Line
from newsletter.issue.model import Slug
from newsletter.issue.scaffold import plan_issue
from newsletter.preflight.run import run_preflight
from newsletter.transports.base import Verdict
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace


class StartIssue(Model):
    """Starts an issue with a slug, a title and a date. If `from_inbox`, it gets the entries of the inbox."""

    slug: Slug
    title: Line
    date: Date
    from_inbox: bool = False


class RunPreflight(Model):
    """Runs the preflight. If `offline`, nothing is requested from the network."""

    offline: bool = False


class SendTest(Model):
    """Sends a test to an address."""

    address: EmailAddress = Field(max_length=320)


def planned_issue(workspace: Workspace, today: date) -> dict[str, str]:
    """Return slug, title and date of the next issue, as `newsletter new-issue` plans it.

    Raises:
        NewsletterError: The next issue cannot be planned.
    """
    new = plan_issue(workspace.basics, workspace.issues, today)
    return {"slug": new.slug, "title": new.title, "date": new.date.isoformat()}


def start_issue(workspace: Workspace, start: StartIssue, today: date) -> str:
    """Start an issue. Returns its slug.

    Raises:
        NewsletterError: The slug is used already, the inbox has no entries, or the file cannot be written.
    """
    new = plan_issue(workspace.basics, workspace.issues, today, slug=start.slug, day=start.date, title=start.title)
    editor = WorkspaceEditor(workspace)
    return (editor.begin_from_inbox(new) if start.from_inbox else editor.begin(new)).stem


def preflight(workspace: Workspace, slug: str, options: RunPreflight) -> list[PreflightResult]:
    """Run the preflight of an issue. Returns its results.

    Raises:
        NewsletterError: The issue cannot be read or rendered, or the database cannot be opened.
    """
    document = workspace.issue(slug)
    with open_database(workspace) as database:
        preparation = Preparation(workspace, database)
        candidate = preparation.candidate(document, preparation.compose(document), "", offline=options.offline)
        return [preflight_result(found) for found in run_preflight(candidate).diagnoses]


def send_test(workspace: Workspace, slug: str, test: SendTest) -> dict[str, object]:
    """Send a test of an issue.

    Returns:
        Whether it was accepted, and a message about it.

    Raises:
        NewsletterError: The issue cannot be read or rendered, or no server can be reached.
    """
    document = workspace.issue(slug)
    with open_database(workspace) as database:
        preparation = Preparation(workspace, database)
        ((_, answer),) = preparation.send_test(document, preparation.compose(document), [test.address])
    if answer.verdict is Verdict.ACCEPTED:
        return {
            "sent": True,
            "message": f"Sent a test to {test.address}",
            "advice": f"{where_to_look(workspace.publication.delivery)}.",
        }
    reason = f"{answer.verdict}: {describe_answer(answer)}"
    return {"sent": False, "message": f"Could not send a test to {test.address}", "advice": f"{reason}."}
