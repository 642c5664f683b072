"""Campaigns as the dashboard shows them, as objects for JSON."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from newsletter.bounces.bounce_queries import count_bounces_by_campaign
from newsletter.campaign.campaign_listing import campaign_object
from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.servers import retry_windows
from newsletter.campaign.worker_identity import is_gone
from newsletter.dashboard.sending_processes import SendingProcess
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.leases import DURATION, read_shared
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.reports.campaign_report import find_sent_entries, read_campaign_report
from newsletter.reports.report_page import report_section
from newsletter.text.timestamps import timestamp
from newsletter.workspace.workspace import Workspace

# A campaign lists at most this many uncertain addresses. Its CSV lists all of them.
_LISTED = 20


def campaign_list(database: Database, started: Collection[int]) -> list[dict[str, Any]]:
    """List all campaigns, newest first, as `newsletter campaigns --json` does.

    Args:
        database: The database.
        started: The campaigns whose processes, which this dashboard has started, are running.
    """
    reports = CampaignReports(database)
    with database.read() as connection:
        bounces = count_bounces_by_campaign(connection)
    shown = [
        campaign_object(
            campaign, reports.counts(campaign), bounces.get(campaign.id, {}), running=reports.is_sending(campaign)
        )
        for campaign in reports.campaigns()
    ]
    return [_with_state(each, starting=each["campaign"] in started) for each in shown]


def campaign_details(
    database: Database, campaign: Campaign, delivery: DeliverySettings, process: SendingProcess | None
) -> dict[str, Any]:
    """Return a campaign with its progress, the replies of servers, the processes that send it, and what can be done.

    Args:
        database: The database.
        campaign: The campaign.
        delivery: The settings.
        process: The process that this dashboard has started for it.
    """
    reports = CampaignReports(database, retry_windows(delivery))
    summary = reports.summary(campaign, _LISTED)
    running = reports.is_sending(campaign)
    retried = reports.retryable(campaign)
    shown = _with_state(
        campaign_object(
            campaign, summary.counts, reports.bounce_counts(campaign).get(campaign.id, {}), running=running
        ),
        starting=process is not None and process.running,
    )
    left = summary.counts[DeliveryState.PENDING] + summary.counts[DeliveryState.DEFERRED]
    return shown | {
        "left": left,
        "welcome": campaign.is_welcome,
        "actions": _actions(campaign, str(shown["state"]), left, summary.counts[DeliveryState.FAILED]),
        "replies": [
            {"state": state.value, "reply": reply, "recipients": number} for state, reply, number in summary.reasons
        ],
        "uncertain": summary.uncertain,
        "retried": {"recipients": retried.number, "until": timestamp(retried.until)} if retried else None,
        "workers": _workers(database, campaign),
        # If a worker was quicker, the process has failed, and the campaign goes on nevertheless.
        "output": process.output if process and process.exit_code and shown["state"] in ("stopped", "paused") else "",
    }


def campaign_report(workspace: Workspace, database: Database, campaign: Campaign) -> dict[str, Any]:
    """Return the report on a campaign, as `newsletter campaign report --html` shows it."""
    entries = find_sent_entries(workspace, campaign)
    with database.read() as connection:
        report = read_campaign_report(connection, campaign, entries)
    section = report_section(report)
    return {
        "columns": section.columns,
        "rows": section.rows,
        "notes": section.notes,
        "warnings": [asdict(warning) for warning in report.warnings],
        "plots": [asdict(plot) for plot in section.plots],
    }


def _with_state(shown: dict[str, Any], *, starting: bool) -> dict[str, Any]:
    """Call a campaign whose process needs a moment to begin `starting`, and not `stopped`."""
    return shown | {"state": "starting"} if starting and shown["state"] == "stopped" else shown


def _actions(campaign: Campaign, state: str, left: int, failed: int) -> list[str]:
    """Return what the author can do with a campaign."""
    if campaign.is_welcome:
        return []
    if state in ("sending", "starting"):
        return ["pause", "cancel"]
    # A complete campaign is continued only for its failed recipients.
    retry = ["retry-failed"] if failed and not left and campaign.state is not CampaignState.CANCELLED else []
    return [*(["resume"] if left or not retry else []), *retry, "cancel"] if campaign.unfinished else retry


def _workers(database: Database, campaign: Campaign) -> list[dict[str, Any]]:
    """List the processes that share in sending a campaign. Empty in SQLite, where only one can send."""
    if database.url.get_backend_name() == "sqlite":
        return []
    with database.read() as connection:
        found = read_shared(connection, campaign.id, DURATION).leases
    return [
        {
            "name": lease.worker.name,
            "held": lease.held,
            "accepted": lease.counts.accepted,
            "failed": lease.counts.failed,
            "uncertain": lease.counts.uncertain,
            "state": "gone" if lease.dead or is_gone(lease.worker) else "stopping" if lease.ending else "sending",
        }
        for lease in found
    ]
