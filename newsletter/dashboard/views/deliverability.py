"""The view of deliverability."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import DELIVERABILITY
from newsletter.dashboard.views.view_context import ViewContext


def deliverability_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("deliverability.js", DELIVERABILITY)

    return [Route("/deliverability", page)]
