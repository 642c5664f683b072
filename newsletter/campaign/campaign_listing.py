"""Campaigns as commands and the dashboard list them."""

from collections.abc import Mapping
from typing import Any

from newsletter.database.states import BounceKind, DeliveryState
from newsletter.ledger.campaign import Campaign
from newsletter.text.timestamps import timestamp

# The kinds of bounces that are recorded.
RECORDED_KINDS = (BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY, BounceKind.COMPLAINT)


def stable_kind(kind: BounceKind) -> str:
    """Return a kind of bounce as JSON and CSV of campaigns spell it: `policy` has its earlier name `refused`."""
    return "refused" if kind is BounceKind.POLICY else kind.value


def campaign_object(
    campaign: Campaign,
    counts: Mapping[DeliveryState, int],
    bounces: Mapping[BounceKind, int],
    *,
    running: bool,
) -> dict[str, Any]:
    """Return a campaign as an object for JSON. `running` is whether a process is sending it."""
    return {
        "campaign": campaign.id,
        "issue": campaign.slug,
        "subject": campaign.subject,
        "state": campaign.displayed_state(running=running),
        "reason": campaign.reason,
        "audience": campaign.audience,
        "content": campaign.content,
        "git_commit": campaign.git_commit or None,
        "git_clean": campaign.git_clean,
        "begun": timestamp(campaign.created_at),
        "finished": None if campaign.finished_at is None else timestamp(campaign.finished_at),
        "recipients": sum(counts.values()),
        "counts": {state.value: number for state, number in counts.items()},
        "bounces": {stable_kind(kind): bounces.get(kind, 0) for kind in RECORDED_KINDS},
    }
