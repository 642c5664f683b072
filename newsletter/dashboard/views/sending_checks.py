"""What is checked before an issue is sent or scheduled in the dashboard: the same as by `newsletter send`."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import Field

from newsletter.campaign.find_campaign import require_none_unfinished
from newsletter.campaign.preparation import Preparation
from newsletter.campaign.starting import AudienceSize, CampaignStarter
from newsletter.database.database import Database
from newsletter.errors import CampaignError
from newsletter.fields.base import Model
from newsletter.issue.head import Status
from newsletter.issue.issue_file import IssueDocument
from newsletter.issue.model import Slug
from newsletter.mail.message import PreparedMessage
from newsletter.preflight.run import PreflightReport, run_preflight
from newsletter.publish.progress_file import was_published_here
from newsletter.schedule.local_time import LocalTime, is_too_long, parse_duration
from newsletter.schedule.plan_schedule import Schedules, check_time, local_day
from newsletter.schedule.schedules import Schedule
from newsletter.workspace.workspace import Workspace


class SendingPlan(Model):
    """What the author wants to send.

    Attributes:
        issue: The slug of the issue.
        audience: A filter as `newsletter send --to` takes it; empty for all active subscribers.
        at: The local time at which it is sent; None for now.
        zone: The time zone of `at`; empty for that of the publication.
        late: How late it may still be sent, such as `2h`.
        offline: Whether nothing is requested from the network.
        moves: The number of the schedule that is moved, which decides on issue and audience; None for a new one.
    """

    issue: Slug
    audience: str = Field(default="", max_length=2_000)
    at: str | None = Field(default=None, max_length=100)
    zone: str = Field(default="", max_length=100)
    late: str = Field(default="2h", max_length=20)
    offline: bool = False
    moves: int | None = None


@dataclass(frozen=True, slots=True)
class SendingTime:
    """When an issue is sent: the local time that the author typed, its zone, how late it may be, and its meaning."""

    local: LocalTime
    zone: str
    late: int
    due: datetime

    def __str__(self) -> str:
        """Return it for the author."""
        return f"{self.local} {self.zone} ({self.due:%Y-%m-%d %H:%M} UTC)"


@dataclass(frozen=True, slots=True)
class CheckedSending:
    """What a plan means, and what the preflight found.

    Attributes:
        audience: The filter.
        at: When it is sent; None for now.
        unrecorded: Whether the issue is published, but the database has no record of sending it.
        moved: The schedule that is moved, or None.
    """

    document: IssueDocument
    prepared: PreparedMessage
    audience: str
    report: PreflightReport
    size: AudienceSize
    at: SendingTime | None
    unrecorded: bool
    moved: Schedule | None

    @property
    def correction(self) -> bool:
        """Whether it is sent to those who received the issue before. The dashboard only moves such schedules."""
        return self.moved is not None and self.moved.correction


def check_sending(workspace: Workspace, database: Database, plan: SendingPlan) -> CheckedSending:
    """Run the preflight of a plan, and count its recipients.

    Raises:
        LocalTimeError: The clocks do not show the time exactly once. It has times to choose from.
        NewsletterError: The plan cannot be carried out, or the issue cannot be read or rendered.
    """
    moved = None if plan.moves is None else Schedules(workspace, database).find_open(f"#{plan.moves}")
    slug, audience, correction = (
        (moved.slug, moved.audience, moved.correction) if moved else (plan.issue, plan.audience.strip(), False)
    )
    at = None if plan.at is None and moved is None else _check_time(workspace, plan)
    document = workspace.issue(slug)
    if not moved:
        require_none_unfinished(database, document.names)
    preparation, starter = Preparation(workspace, database), CampaignStarter(workspace, database)
    prepared = preparation.compose(document, correction=correction)
    starter.require_current(document)
    candidate = preparation.candidate(document, prepared, audience, offline=plan.offline, correction=correction)
    if at:
        candidate = replace(candidate, today=local_day(at.zone, at.due.timestamp()))
    report = run_preflight(candidate)
    size = starter.audience_size(document, prepared, audience, correction=correction)
    published = document.issue.status is Status.PUBLISHED
    unrecorded = published and not (size.sent or was_published_here(workspace.root, document.names, database))
    return CheckedSending(document, prepared, audience, report, size, at, unrecorded, moved)


def _check_time(workspace: Workspace, plan: SendingPlan) -> SendingTime:
    zone = plan.zone.strip() or workspace.publication.timezone
    late = parse_duration(plan.late)
    if is_too_long(plan.late):
        raise CampaignError(f"{plan.late} is too long", "The number has at most six digits.")
    if late is None:
        raise CampaignError(f'"{plan.late}" is not a duration', "Write a duration such as 30m or 2h.")
    local, due = check_time(plan.at or "", zone)
    return SendingTime(local, zone, late, due)
