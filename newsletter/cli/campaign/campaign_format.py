"""Format campaigns for the terminal."""

from collections.abc import Mapping

from newsletter.campaign.campaign_listing import RECORDED_KINDS
from newsletter.database.states import BounceKind, DeliveryState


def format_counts(counts: Mapping[DeliveryState, int]) -> str:
    """Format counts by state, leaving out zeros: `1,200 accepted, 3 failed`."""
    return ", ".join(f"{number:,} {state}" for state, number in counts.items() if number) or "no recipients"


def format_bounces(bounces: Mapping[BounceKind, int]) -> str:
    """Format counts of bounces: `2 hard, 1 soft, 1 complaint`. Returns "" if there are none."""
    parts = [f"{bounces[kind]:,} {kind}" for kind in RECORDED_KINDS if bounces.get(kind)]
    return ", ".join(parts) + ("s" if bounces.get(BounceKind.COMPLAINT, 0) > 1 else "")
