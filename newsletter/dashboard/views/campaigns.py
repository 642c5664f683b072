"""The view of the campaigns: their list, and one campaign with its progress and what became of it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.campaign.find_campaign import find_campaign
from newsletter.dashboard.live_updates import live_updates
from newsletter.dashboard.navigation import CAMPAIGNS
from newsletter.dashboard.views.campaign_actions import CAMPAIGN_ACTIONS
from newsletter.dashboard.views.campaign_objects import campaign_details, campaign_list, campaign_report
from newsletter.dashboard.views.view_context import ViewContext
from newsletter.database.database import Database
from newsletter.ledger.campaign import Campaign
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace


def campaigns_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""
    view = _CampaignsView(context)
    return [
        Route("/campaigns", view.list_page),
        Route("/campaigns/{id:int}", view.campaign_page),
        Route("/api/campaigns", view.campaigns),
        Route("/api/campaigns/live", view.follow_campaigns),
        Route("/api/campaigns/{id:int}", view.campaign),
        Route("/api/campaigns/{id:int}/live", view.follow_campaign),
        Route("/api/campaigns/{id:int}/report", view.report),
        Route("/api/campaigns/{id:int}/{action}", view.change, methods=["POST"]),
    ]


class _CampaignsView:
    def __init__(self, context: ViewContext) -> None:
        self._context = context

    def list_page(self, _: Request) -> Response:
        return self._context.page("campaigns.js", CAMPAIGNS)

    def campaign_page(self, _: Request) -> Response:
        return self._context.page("campaign.js", CAMPAIGNS)

    def campaigns(self, _: Request) -> Response:
        return JSONResponse(self._read_list())

    async def follow_campaigns(self, _: Request) -> Response:
        return live_updates(self._context.changes, self._read_list)

    def campaign(self, request: Request) -> Response:
        return JSONResponse(self._read_campaign(request))

    async def follow_campaign(self, request: Request) -> Response:
        return live_updates(self._context.changes, lambda: self._read_campaign(request))

    def report(self, request: Request) -> Response:
        workspace = self._context.workspace()
        with open_database(workspace, writes=False) as database:
            return JSONResponse(campaign_report(workspace, database, self._find(workspace, database, request)))

    def change(self, request: Request) -> Response:
        action = CAMPAIGN_ACTIONS.get(request.path_params["action"])
        if action is None:
            return Response(status_code=404)
        workspace = self._context.workspace()
        with open_database(workspace, writes=False) as database:
            action(workspace, database, self._find(workspace, database, request), self._context.processes)
        return JSONResponse(self._read_campaign(request))

    def _read_list(self) -> object:
        with open_database(self._context.workspace(), writes=False) as database:
            return campaign_list(database, {campaign.id for campaign in self._context.processes.sending()})

    def _read_campaign(self, request: Request) -> object:
        workspace = self._context.workspace()
        with open_database(workspace, writes=False) as database:
            campaign = self._find(workspace, database, request)
            process = self._context.processes.find(campaign.id)
            return campaign_details(database, campaign, workspace.publication.delivery, process)

    @staticmethod
    def _find(workspace: Workspace, database: Database, request: Request) -> Campaign:
        return find_campaign(workspace, database, f"#{request.path_params['id']}")
