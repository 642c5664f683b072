"""A campaign's recipients as CSV: what became of each, and what came back."""

import csv
import sys

from newsletter.campaign.campaigns import Campaigns
from newsletter.cli.timestamps import timestamp
from newsletter.ledger.campaign import Campaign

_COLUMNS = (
    *("address", "state", "attempts", "attempted", "answered", "code", "enhanced", "text", "message_id", "server"),
    *("bounce", "bounced"),
)


def print_recipients(campaigns: Campaigns, campaign: Campaign) -> None:
    """Print a line for each recipient, in the order in which they were to be written to."""
    bounced = campaigns.bounced(campaign)
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    for one in campaigns.deliveries(campaign.id):
        back = bounced.get(one.subscriber_id) if one.subscriber_id else None
        writer.writerow(
            (
                one.address,
                one.state.value,
                one.attempts,
                _optional(one.attempted_at),
                _optional(one.answered_at),
                one.code or "",
                one.enhanced,
                one.text,
                one.message_id,
                one.server,
                back.kind.value if back else "",
                timestamp(back.at) if back else "",
            )
        )


def _optional(seconds: int | None) -> str:
    return "" if seconds is None else timestamp(seconds)
