"""Builders of subscribers and of rows of imported lists, and readers of the list."""

import json

from newsletter.database.states import SubscriberState
from newsletter.subscribers.subscriber import ImportedSubscriber, Subscriber
from tests.conftest import Run

NOW = 1_700_000_000


def subscriber(address: str, state: SubscriberState = SubscriberState.ACTIVE, tags: tuple[str, ...] = ()) -> Subscriber:
    """Build a subscriber."""
    return Subscriber(0, address, address.lower(), "", "", tags, state, "asked", NOW, NOW)


def imported(
    address: str,
    state: SubscriberState = SubscriberState.ACTIVE,
    *,
    name: str = "",
    language: str = "",
    tags: tuple[str, ...] = (),
) -> ImportedSubscriber:
    """Build a row of an imported list."""
    return ImportedSubscriber(address, address.lower(), name, language, state, "moved", NOW - 1000, tags)


def people(run: Run) -> list[dict[str, object]]:
    """Return all subscribers."""
    listed: list[dict[str, object]] = json.loads(run("subscribers", "list", "--json", code=0).stdout)
    return listed


def states(run: Run) -> dict[str, object]:
    """Return the states, by the part of the address before the @."""
    return {str(one["email"]).partition("@")[0]: one["state"] for one in people(run)}
