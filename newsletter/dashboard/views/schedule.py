"""The view of the schedules."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import SCHEDULE
from newsletter.dashboard.views.view_context import ViewContext


def schedule_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("schedule.js", SCHEDULE)

    return [Route("/schedule", page)]
