"""The view of the subscribers."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import SUBSCRIBERS
from newsletter.dashboard.views.view_context import ViewContext


def subscribers_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("subscribers.js", SUBSCRIBERS)

    return [Route("/subscribers", page)]
