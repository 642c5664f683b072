"""Builders of subscribers and of rows of imported lists."""

from newsletter.database.states import SubscriberState
from newsletter.subscribers.subscriber import ImportedSubscriber, Subscriber

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
