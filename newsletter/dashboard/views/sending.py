"""The view that sends or schedules an issue: the preflight, its results, and the confirmation."""

from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import CAMPAIGNS
from newsletter.dashboard.preflight_results import preflight_result
from newsletter.dashboard.views.running_processes import refuse_started_issue
from newsletter.dashboard.views.sending_checks import CheckedSending, SendingPlan, check_sending
from newsletter.dashboard.views.start_sending import ConfirmedPlan, PassedPreflights, start_sending
from newsletter.dashboard.views.view_context import ViewContext
from newsletter.database.database import Database
from newsletter.preflight.diagnosis import DiagnosisState
from newsletter.schedule.local_time import write_duration
from newsletter.schedule.plan_schedule import Schedules
from newsletter.schedule.zones import LocalTimeError
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace


def sending_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""
    view = _SendingView(context)
    return [
        Route("/campaigns/new", view.page),
        Route("/api/sending", view.choices),
        Route("/api/sending/preflight", view.preflight, methods=["POST"]),
        Route("/api/sending", view.start, methods=["POST"]),
    ]


class _SendingView:
    def __init__(self, context: ViewContext) -> None:
        self._context = context
        self._passed = PassedPreflights()

    def page(self, _: Request) -> Response:
        return self._context.page("send.js", CAMPAIGNS)

    def choices(self, request: Request) -> Response:
        """Return what can be sent: the issues, newest first, or the schedule that is moved."""
        workspace = self._context.workspace()
        issues = [
            {"slug": listed.slug, "title": listed.head.title, "status": listed.head.status.value}
            for listed in reversed(workspace.issues.issues)
        ]
        body: dict[str, object] = {"issues": issues, "zone": workspace.publication.timezone}
        if moves := request.query_params.get("schedule"):
            body["schedule"] = _open_schedule(workspace, moves)
        return JSONResponse(body)

    async def preflight(self, request: Request) -> Response:
        plan = SendingPlan.model_validate_json(await request.body())
        return await run_in_threadpool(self._preflight, plan)

    def _preflight(self, plan: SendingPlan) -> Response:
        workspace = self._context.workspace()
        with open_database(workspace) as database:
            self._refuse_started(database, plan)
            try:
                checked = check_sending(workspace, database, plan)
            except LocalTimeError as error:
                choices = [str(choice) for choice in error.choices]
                body = {"message": error.message, "advice": "Choose one of these times.", "choices": choices}
                return JSONResponse(body, 422)
            self._passed.record(checked)
            return JSONResponse(_results(checked, database.name))

    async def start(self, request: Request) -> Response:
        plan = ConfirmedPlan.model_validate_json(await request.body())
        return JSONResponse(await run_in_threadpool(self._start, plan))

    def _start(self, plan: ConfirmedPlan) -> dict[str, object]:
        workspace = self._context.workspace()
        with open_database(workspace) as database:
            self._refuse_started(database, plan)
            return start_sending(workspace, database, plan, self._passed, self._context.processes)

    def _refuse_started(self, database: Database, plan: SendingPlan) -> None:
        if plan.moves is None:
            refuse_started_issue(database, self._context.processes, plan.issue)


def _open_schedule(workspace: Workspace, number: str) -> dict[str, object]:
    with open_database(workspace, writes=False) as database:
        found = Schedules(workspace, database).find_open(f"#{number}")
    return {
        "id": found.id,
        "issue": found.slug,
        "audience": found.audience,
        "at": found.local_time,
        "zone": found.zone,
        "late": write_duration(found.late),
        "correction": found.correction,
    }


def _results(checked: CheckedSending, database: str) -> dict[str, object]:
    return {
        "results": [asdict(preflight_result(found)) for found in checked.report.diagnoses],
        "failed": checked.report.failed,
        "warnings": checked.report.count(DiagnosisState.WARNING),
        "issue": checked.document.slug,
        "subject": checked.prepared.head.subject,
        "content": checked.prepared.digest,
        "recipients": checked.size.recipients,
        "received": 0 if checked.correction else checked.size.received,
        "unrecorded": database if checked.unrecorded else "",
        "at": str(checked.at) if checked.at else "",
    }
