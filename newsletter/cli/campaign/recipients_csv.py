"""Print the deliveries of campaigns as CSV, each with its worst bounce."""

import csv
import sys
from collections.abc import Iterator, Sequence

from newsletter.campaign.campaign_listing import stable_kind
from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.ledger.campaign import Campaign
from newsletter.text.csv_cells import guard_cell
from newsletter.text.timestamps import timestamp

_COLUMNS = (
    *("address", "state", "attempts", "attempted", "answered", "code", "enhanced", "text", "message_id", "server"),
    *("bounce", "bounced"),
)


def print_recipients(reports: CampaignReports, campaigns: Sequence[Campaign], *, raw: bool = False) -> None:
    """Print one row per recipient, in the order of sending. Several campaigns have a last column with their number.

    Args:
        reports: The reports of the campaigns.
        campaigns: The campaigns.
        raw: Whether to leave text that begins like a formula as it is.
    """
    writer = csv.writer(sys.stdout)
    several = len(campaigns) > 1
    writer.writerow((*_COLUMNS, "campaign") if several else _COLUMNS)
    for campaign in campaigns:
        for unguarded in _rows(reports, campaign):
            row = unguarded if raw else tuple(guard_cell(value) for value in unguarded)
            writer.writerow((*row, campaign.id) if several else row)


def _rows(reports: CampaignReports, campaign: Campaign) -> Iterator[tuple[object, ...]]:
    bounces = reports.bounces(campaign)
    for one in reports.deliveries(campaign):
        bounce = bounces.get(one.subscriber_id) if one.subscriber_id else None
        yield (
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
            stable_kind(bounce.kind) if bounce else "",
            timestamp(bounce.at) if bounce else "",
        )


def _format_time(seconds: int | None) -> str:
    return "" if seconds is None else timestamp(seconds)
