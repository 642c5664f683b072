"""The view of deliverability: the checks of `newsletter doctor`, in groups, and the suppression list."""

import os
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import DELIVERABILITY
from newsletter.dashboard.views.view_context import ViewContext
from newsletter.doctor.dns_lookup import NameServer
from newsletter.doctor.examination import examine
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.fields.base import Model
from newsletter.ledger.campaigns import list_campaigns
from newsletter.preflight.diagnosis import Diagnosis
from newsletter.reports.campaign_report import read_campaign_report
from newsletter.subscribers.suppressions import count_suppressions
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace

# The groups of the results, in their order, and the subjects of each. Other subjects are problems in `newsletter.yaml`.
_GROUPS = {
    "Settings": (),
    "Mail servers": ("transport", "warm-up", "message"),
    "Bounces, complaints and unsubscribing": ("bounces", "webhook", "unsubscribe"),
    "Authentication": ("DKIM", "DNS", "DMARC"),
    "Database": ("database",),
}
# The campaigns whose reports are read.
_CAMPAIGNS = 3
# What the messages of the command name, and what the page has for it.
_WORDS = (
    ("use --connect to test it", "connect to test it"),
    ("Try again, or use --nameserver.", "Try again."),
    (" `--dns` checks whether", " The lookup in DNS checks whether"),
)


class RunChecks(Model):
    """What the checks may do beyond this machine: look up DNS records, and connect to the servers."""

    dns: bool = False
    connect: bool = False


def deliverability_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""

    def page(_: Request) -> Response:
        return context.page("deliverability.js", DELIVERABILITY)

    def found(_: Request) -> Response:
        return JSONResponse(run_checks(context.workspace(), RunChecks()))

    async def run(request: Request) -> Response:
        options = RunChecks.model_validate_json(await request.body())
        return JSONResponse(await run_in_threadpool(run_checks, context.workspace(), options))

    def suppressions(_: Request) -> Response:
        with open_database(context.workspace(), writes=False) as database, database.read() as connection:
            return JSONResponse(count_suppressions(connection))

    def campaigns(_: Request) -> Response:
        return JSONResponse(campaign_warnings(context.workspace()))

    return [
        Route("/deliverability", page),
        Route("/api/deliverability", found),
        # A request that leaves the machine needs the token.
        Route("/api/deliverability", run, methods=["POST"]),
        Route("/api/deliverability/suppressions", suppressions),
        Route("/api/deliverability/campaigns", campaigns),
    ]


def run_checks(workspace: Workspace, options: RunChecks, name_server: NameServer | None = None) -> dict[str, Any]:
    """Run the checks of `newsletter doctor`.

    Args:
        workspace: The publication.
        options: What the checks may do beyond this machine.
        name_server: The DNS server to use; None uses the resolver of the system.

    Returns:
        Their results in groups, and the DNS records to publish.
    """
    found = examine(ExaminedPublication(workspace, os.environ, options.connect, options.dns, name_server))
    groups: dict[str, list[dict[str, Any]]] = {title: [] for title in _GROUPS}
    for diagnosis in found.diagnoses:
        groups[_group_of(diagnosis)].append(_result(diagnosis))
    return {
        "groups": [{"title": title, "results": results} for title, results in groups.items() if results],
        "records": [
            {"kind": each.kind, "name": each.name, "value": each.value, "why": _in_page_words(each.why)}
            for each in found.records
        ],
    }


def campaign_warnings(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the last campaigns, each with what its report warns of.

    Raises:
        DatabaseError: The database cannot be opened or read.
    """
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = list_campaigns(connection)[:_CAMPAIGNS]
        reports = [read_campaign_report(connection, campaign) for campaign in found]
    return [
        {
            "id": report.campaign.id,
            "issue": report.campaign.slug,
            "warnings": [asdict(warning) for warning in report.warnings],
        }
        for report in reports
    ]


def _group_of(diagnosis: Diagnosis) -> str:
    return next((title for title, subjects in _GROUPS.items() if diagnosis.about.startswith(subjects)), "Settings")


def _result(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a result with what the page offers instead of the options of the command."""
    message, advice = _in_page_words(diagnosis.message), _in_page_words(diagnosis.advice)
    return asdict(diagnosis) | {"message": message, "advice": advice, "action": ""}


def _in_page_words(text: str) -> str:
    for words, instead in _WORDS:
        text = text.replace(words, instead)
    return text
