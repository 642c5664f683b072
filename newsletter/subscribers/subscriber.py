"""A subscriber: somebody who may have asked for the newsletter, and what is known of that."""

from dataclasses import dataclass
from typing import NamedTuple

from newsletter.database.states import SubscriberState

# The stronger word holds: what a person has said goes before what a server has.
_STRENGTH = {
    SubscriberState.ACTIVE: 0,
    SubscriberState.PENDING: 1,
    SubscriberState.BOUNCED: 2,
    SubscriberState.UNSUBSCRIBED: 3,
    SubscriberState.COMPLAINED: 4,
}


def lowest(one: SubscriberState, other: SubscriberState) -> SubscriberState:
    """What holds where one list says two states of a person, in whatever order."""
    return max(one, other, key=lambda state: _STRENGTH[state])


def lowered(known: SubscriberState, said: SubscriberState) -> SubscriberState:
    """What follows for somebody who is known, when another list says a state: consent only goes down.

    Who has confirmed here has done so, whatever they left open elsewhere.
    """
    return known if said is SubscriberState.PENDING else lowest(known, said)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One person of the list.

    `address` is as it was typed and is what is written to; `compared` is the form in which two
    addresses are one person's. `consent_source` says in words where consent came from, and
    `consent_at` when, in seconds since 1970 (UTC); so is `created_at`.
    """

    id: int
    address: str
    compared: str
    name: str
    language: str
    tags: tuple[str, ...]
    state: SubscriberState
    consent_source: str
    consent_at: int
    created_at: int


class Newcomer(NamedTuple):
    """One person as another list knows them; the fields are those of `Subscriber`."""

    address: str
    compared: str
    name: str
    language: str
    state: SubscriberState
    consent_source: str
    consent_at: int
    tags: tuple[str, ...]
