"""Starts the campaigns of due schedules. A schedule that must not be sent is paused, with the reason.

A schedule changes its state in the transaction that creates its campaign. After a kill it is therefore either due, or
started once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from newsletter.campaign.preparation import Preparation
from newsletter.campaign.starting import CampaignStarter
from newsletter.database.database import Database
from newsletter.database.states import ScheduleState
from newsletter.errors import CampaignError, DatabaseError, DocumentError, NewsletterError, NotFoundError
from newsletter.issue.issue_file import IssueDocument
from newsletter.ledger.receipt_positions import database_id
from newsletter.preflight.diagnosis import DiagnosisState
from newsletter.preflight.run import run_preflight
from newsletter.schedule.local_time import format_duration
from newsletter.schedule.plan_schedule import due_time, local_day
from newsletter.schedule.schedules import Schedule, list_schedules, pause_schedule, start_schedule
from newsletter.workspace.workspace import Workspace

# A start within this many seconds is on time.
PUNCTUAL = 60


class _ChangedError(CampaignError):
    """A schedule was cancelled or moved while its campaign was prepared."""


@dataclass(frozen=True, slots=True)
class DueResult:
    """What became of due schedules.

    Attributes:
        started: The schedules that started, with their campaigns.
        paused: The schedules that were paused, with the reasons.
        next_due: When the next schedule is due, in seconds since 1970 (UTC); None if none is waiting.
    """

    started: tuple[Schedule, ...] = ()
    paused: tuple[Schedule, ...] = ()
    next_due: float | None = None


def start_due(
    folder: Path,
    database: Database,
    clock: Callable[[], float] = time.time,
    created: Callable[[Connection, int], None] = lambda *_: None,
) -> DueResult:
    """Start the campaigns of due schedules, or pause those that must not be sent.

    Args:
        folder: The folder of the publication. It is read only if a schedule is due.
        database: The database.
        clock: Returns seconds since 1970 (UTC).
        created: Called with the id of each campaign in the transaction that creates it and starts its schedule.

    Raises:
        DatabaseError: The database fails. Schedules that were not started are still due.
    """
    with database.read() as connection:
        waiting = list_schedules(connection, ScheduleState.WAITING)[::-1]
    result = DueResult()
    for schedule in waiting:
        try:
            due_at = due_time(schedule).timestamp()
            if due_at > clock():
                result = replace(result, next_due=min(due_at, result.next_due or due_at))
                continue
            started = _start(folder, database, schedule, due_at, clock, created)
            result = replace(result, started=(*result.started, started))
        except (DatabaseError, _ChangedError) as error:
            if isinstance(error, DatabaseError):
                raise
        except NewsletterError as error:
            reason = _first_line(error)
            with database.write() as connection:
                if pause_schedule(connection, schedule, reason):
                    paused = replace(schedule, state=ScheduleState.PAUSED, reason=reason, unreported=True)
                    result = replace(result, paused=(*result.paused, paused))
    return result


def _start(
    folder: Path,
    database: Database,
    schedule: Schedule,
    due_at: float,
    clock: Callable[[], float],
    created: Callable[[Connection, int], None],
) -> Schedule:
    """Start the campaign of a schedule. Returns the started schedule.

    Raises:
        NewsletterError: It must not be sent.
        DatabaseError: The database fails.
        _ChangedError: It is no longer waiting for this time.
    """
    reason = _check_punctual(schedule, due_at, clock())
    with database.read() as connection:
        if database_id(connection) != schedule.database_id:
            raise CampaignError("it was scheduled in another database")
    workspace = Workspace(folder)
    document = _find_issue(workspace, schedule)
    preparation = Preparation(workspace, database, clock)
    prepared = preparation.compose(document, correction=schedule.correction)
    if not preparation.recall(
        document, prepared, schedule.content, schedule.created_at, correction=schedule.correction
    ):
        raise CampaignError("its content has changed since it was scheduled")
    starter = CampaignStarter(workspace, database, clock)
    starter.require_current(document)
    candidate = preparation.candidate(
        # The content is what the author tested, or chose not to test.
        document,
        prepared,
        schedule.audience,
        needs_test=False,
        correction=schedule.correction,
    )
    report = run_preflight(replace(candidate, today=local_day(schedule.zone, clock())))
    for diagnosis in report.diagnoses:
        if diagnosis.state is DiagnosisState.ERROR:
            raise CampaignError(f"the preflight found an error: {diagnosis.about}: {diagnosis.message}")

    def start(connection: Connection, id: int) -> None:
        if not start_schedule(connection, schedule, id, reason):
            raise _ChangedError(f"schedule #{schedule.id} has changed")
        created(connection, id)

    campaign = starter.start(
        document, prepared, schedule.audience, lambda _: None, correction=schedule.correction, created=start
    )
    return replace(schedule, state=ScheduleState.STARTED, reason=reason, campaign_id=campaign.id)


def _check_punctual(schedule: Schedule, due_at: float, now: float) -> str:
    """Return that a schedule is sent late, or "" if it is on time.

    Raises:
        CampaignError: It is later than the author allowed.
    """
    lateness = now - due_at
    if lateness <= PUNCTUAL:
        return ""
    late = format_duration(lateness)
    if lateness > schedule.late:
        allowed = format_duration(schedule.late)
        raise CampaignError(f"nothing was running at its time, and it would be {late} late; `--late` allows {allowed}")
    return f"sent {late} late, because nothing was running at its time"


def _find_issue(workspace: Workspace, schedule: Schedule) -> IssueDocument:
    """Read the issue of a schedule, by its slug or by an alias.

    Raises:
        NotFoundError: Its file does not exist.
    """
    missing = NotFoundError(f"the file of {schedule.slug} does not exist")
    try:
        document = workspace.issue(schedule.slug)
    except NotFoundError as error:
        raise missing from error
    # Another issue may have the slug as its number.
    if schedule.slug not in document.names:
        raise missing
    return document


def _first_line(error: NewsletterError) -> str:
    if isinstance(error, DocumentError):
        return error.message.splitlines()[0]
    return error.message
