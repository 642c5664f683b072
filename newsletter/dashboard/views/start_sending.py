"""Starts a campaign or stores a schedule in the dashboard, once the author has confirmed the number of recipients."""

from threading import Lock

from pydantic import Field
from sqlalchemy import Connection

from newsletter.campaign.sending_lock import sending_lock
from newsletter.campaign.starting import CampaignStarter
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.dashboard.views.running_processes import refuse_second_process
from newsletter.dashboard.views.sending_checks import CheckedSending, SendingPlan, SendingTime, check_sending
from newsletter.database.database import Database
from newsletter.errors import CampaignError
from newsletter.ledger.deliveries import count_deliveries
from newsletter.preflight.diagnosis import DiagnosisState
from newsletter.schedule.plan_schedule import Schedules
from newsletter.schedule.schedules import SchedulePlan, cancel_replaced
from newsletter.workspace.workspace import Workspace

_AGAIN = "Run the preflight again."


class ConfirmedPlan(SendingPlan):
    """A plan that the author has confirmed.

    Attributes:
        content: The digest of the message that the preflight checked.
        recipients: The number of recipients, as the author typed it.
        unrecorded: Whether the author has confirmed that a published issue was never sent.
    """

    content: str = Field(max_length=100)
    recipients: int
    unrecorded: bool = False


class PassedPreflights:
    """The messages whose preflight had no errors in this dashboard. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._passed: set[tuple[str, str]] = set()

    def record(self, checked: CheckedSending) -> None:
        """Record the result of a preflight."""
        key = (checked.document.slug, checked.prepared.digest)
        with self._lock:
            (self._passed.discard if checked.report.failed else self._passed.add)(key)

    def require(self, checked: CheckedSending, content: str) -> None:
        """Check that the preflight of exactly this message passed.

        Raises:
            CampaignError: It did not, or the issue has changed since.
        """
        slug = checked.document.slug
        if checked.prepared.digest != content:
            raise CampaignError(f"{slug} has changed since the preflight", _AGAIN)
        with self._lock:
            passed = (slug, content) in self._passed
        if not passed:
            raise CampaignError(f"the preflight of {slug} has not passed", _AGAIN)


def start_sending(
    workspace: Workspace,
    database: Database,
    plan: ConfirmedPlan,
    passed: PassedPreflights,
    processes: SendingProcesses,
) -> dict[str, object]:
    """Start a campaign now, or store or move a schedule. Nothing is done unless all that was checked is still true.

    Returns:
        The number of the campaign or of the schedule.

    Raises:
        NewsletterError: Something has changed since the preflight, or the author typed another number.
    """
    checked = _check_again(workspace, database, plan, passed)
    if checked.at:
        return {"schedule": _schedule(workspace, database, checked, checked.at)}
    refuse_second_process(database, processes)
    starter = CampaignStarter(workspace, database)

    def created(connection: Connection, id: int) -> None:
        # A subscriber may have joined or left in this moment.
        _require_number(sum(count_deliveries(connection, id).values()), plan.recipients)
        cancel_replaced(connection, checked.document.names, checked.audience, id)

    with sending_lock(database, shared=True):
        campaign = starter.start(checked.document, checked.prepared, checked.audience, lambda _: None, created=created)
    processes.start(campaign)
    return {"campaign": campaign.id}


def _check_again(
    workspace: Workspace, database: Database, plan: ConfirmedPlan, passed: PassedPreflights
) -> CheckedSending:
    # What is online was checked by the preflight that has passed.
    checked = check_sending(workspace, database, plan.model_copy(update={"offline": True}))
    passed.require(checked, plan.content)
    for found in checked.report.diagnoses:
        if found.state is DiagnosisState.ERROR:
            raise CampaignError(f"the preflight found an error: {found.about}: {found.message}", _AGAIN)
    if checked.unrecorded and not plan.unrecorded:
        raise CampaignError(
            f"{checked.document.slug} is already published, but {database.name} has no record of sending it",
            "If it was never sent, confirm that.",
        )
    _require_number(checked.size.recipients, plan.recipients, "scheduled" if checked.at else "sent")
    return checked


def _schedule(workspace: Workspace, database: Database, checked: CheckedSending, at: SendingTime) -> int:
    schedules = Schedules(workspace, database)
    plan = SchedulePlan(
        checked.document.slug,
        str(at.local),
        at.zone,
        at.late,
        checked.prepared.digest,
        checked.audience,
        checked.correction,
    )
    if checked.moved:
        return schedules.move(checked.moved, plan).id
    return schedules.add(plan, checked.document.names).id


def _require_number(recipients: int, typed: int, done: str = "sent") -> None:
    if recipients != typed:
        raise CampaignError(
            f"nothing was {done}: there are {recipients:,} recipients, and you typed {typed:,}",
            "Type the number of recipients to confirm. If it has changed, run the preflight again.",
        )
