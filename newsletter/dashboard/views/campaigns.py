"""The view of the campaigns."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import CAMPAIGNS
from newsletter.dashboard.views.view_context import ViewContext


def campaigns_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("campaigns.js", CAMPAIGNS)

    return [Route("/campaigns", page)]
