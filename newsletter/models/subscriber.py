"""A subscriber: somebody who may have asked for the newsletter, and what is known of that."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class SubscriberState(StrEnum):
    """Whether somebody is written to: only an active subscriber is."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


# The stronger word holds: what a person has said goes before what a server has.
_STRENGTH = {
    SubscriberState.ACTIVE: 0,
    SubscriberState.PENDING: 0,
    SubscriberState.BOUNCED: 1,
    SubscriberState.UNSUBSCRIBED: 2,
    SubscriberState.COMPLAINED: 3,
}


def lowered(known: SubscriberState, said: SubscriberState) -> SubscriberState:
    """What follows for somebody who is known, when a list says another state: consent only goes down."""
    return said if _STRENGTH[said] > _STRENGTH[known] else known


class EventKind(StrEnum):
    """What happened to a subscriber; an import that says they have left, bounced or complained has `lowered` them."""

    ADDED = "added"
    IMPORTED = "imported"
    LOWERED = "lowered"
    TAGGED = "tagged"
    ASKED = "asked"
    WRITTEN = "written"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard bounce"
    SOFT_BOUNCES = "soft bounces"
    COMPLAINT = "complaint"
    ERASED = "erased"
    AUTHOR = "author"


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
