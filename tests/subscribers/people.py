"""Subscribers and newcomers for tests."""

from newsletter.database.states import SubscriberState
from newsletter.subscribers.subscriber import Newcomer, Subscriber

NOW = 1_700_000_000


def subscriber(address: str, state: SubscriberState = SubscriberState.ACTIVE, tags: tuple[str, ...] = ()) -> Subscriber:
    """A subscriber to add."""
    return Subscriber(0, address, address.lower(), "", "", tags, state, "asked", NOW, NOW)


def newcomer(
    address: str,
    state: SubscriberState = SubscriberState.ACTIVE,
    *,
    name: str = "",
    language: str = "",
    tags: tuple[str, ...] = (),
) -> Newcomer:
    """A line of another list."""
    return Newcomer(address, address.lower(), name, language, state, "moved", NOW - 1000, tags)
