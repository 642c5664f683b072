"""The view of the schedules: what is sent when, what was not sent, and cancelling it."""

import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.live_updates import live_updates
from newsletter.dashboard.navigation import SCHEDULE
from newsletter.dashboard.views.view_context import ViewContext
from newsletter.schedule.listing import schedule_object
from newsletter.schedule.plan_schedule import Schedules
from newsletter.workspace.open_database import open_database


def schedule_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("schedule.js", SCHEDULE)

    def read() -> object:
        """List the schedules as `newsletter schedule list --json` does."""
        workspace = context.workspace()
        with open_database(workspace, writes=False) as database:
            return [schedule_object(found, time.time()) for found in Schedules(workspace, database).list()]

    def schedules(_: Request) -> Response:
        return JSONResponse(read())

    async def follow_schedules(_: Request) -> Response:
        return live_updates(context.changes, read)

    def cancel(request: Request) -> Response:
        workspace = context.workspace()
        with open_database(workspace, writes=False) as database:
            schedules = Schedules(workspace, database)
            schedules.cancel(schedules.find_open(f"#{request.path_params['id']}"))
        return JSONResponse(read())

    return [
        Route("/schedule", page),
        Route("/api/schedules", schedules),
        Route("/api/schedules/live", follow_schedules),
        Route("/api/schedules/{id:int}/cancel", cancel, methods=["POST"]),
    ]
