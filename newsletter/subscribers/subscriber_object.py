"""Describes subscribers as objects for JSON and CSV."""

from typing import Any

from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.timestamps import timestamp


def subscriber_object(one: Subscriber) -> dict[str, Any]:
    """Return a subscriber as an object for JSON. Its keys are the columns of the CSV export."""
    return {
        "email": one.address,
        "name": one.name,
        "language": one.language,
        "tags": list(one.tags),
        "state": one.state.value,
        "consent_source": one.consent_source,
        "consent_at": timestamp(one.consent_at) if one.consent_at else "",
        "created_at": timestamp(one.created_at),
    }
