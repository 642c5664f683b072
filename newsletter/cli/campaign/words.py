"""What commands say of campaigns: counts, times and states in words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from newsletter.models.campaign import Campaign
from newsletter.models.delivery import DeliveryState


def counted_states(counts: Mapping[DeliveryState, int]) -> str:
    """How many are in each state, those without any left out: `1,200 accepted, 3 failed`."""
    return ", ".join(f"{number:,} {state}" for state, number in counts.items() if number) or "nobody in it"


def moment(seconds: int | None) -> str:
    """A time as ISO 8601 says it, in UTC; nothing where there is none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def as_json(campaign: Campaign, counts: Mapping[DeliveryState, int]) -> dict[str, Any]:
    """A campaign for a program to read."""
    return {
        "campaign": campaign.id,
        "issue": campaign.slug,
        "subject": campaign.subject,
        "state": campaign.state.value,
        "reason": campaign.reason,
        "audience": campaign.audience,
        "content": campaign.content,
        "git_commit": campaign.git_commit or None,
        "git_clean": campaign.git_clean,
        "begun": moment(campaign.created_at),
        "finished": moment(campaign.finished_at) or None,
        "recipients": sum(counts.values()),
        "counts": {state.value: number for state, number in counts.items()},
    }
