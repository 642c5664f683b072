"""Print the deliveries of a campaign as CSV, each with its worst bounce."""

import csv
import sys

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.cli.timestamps import timestamp
from newsletter.ledger.campaign import Campaign

_COLUMNS = (
    *("address", "state", "attempts", "attempted", "answered", "code", "enhanced", "text", "message_id", "server"),
    *("bounce", "bounced"),
)


def print_recipients(reports: CampaignReports, campaign: Campaign) -> None:
    """Print one row per recipient, in the order of sending."""
    bounces = reports.bounces(campaign)
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    for one in reports.deliveries(campaign):
        bounce = bounces.get(one.subscriber_id) if one.subscriber_id else None
        writer.writerow(
            (
                one.address,
                one.state.value,
                one.attempts,
                _format_time(one.attempted_at),
                _format_time(one.answered_at),
                one.code or "",
                one.enhanced,
                one.text,
                one.message_id,
                one.server,
                bounce.kind.value if bounce else "",
                timestamp(bounce.at) if bounce else "",
            )
        )


def _format_time(seconds: int | None) -> str:
    return "" if seconds is None else timestamp(seconds)
