"""The model: a subscriber, and a subscriber as an imported list describes one."""

from dataclasses import dataclass
from typing import NamedTuple

from newsletter.database.states import SubscriberState


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person on the list.

    `address` is as it was typed, and mail goes to it. `compared` is the form in which two addresses are the same
    person's. `consent_source` says in words where consent came from, `consent_at` when. `language` is empty for the
    publication's. Times are seconds since 1970 (UTC).
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


class ImportedSubscriber(NamedTuple):
    """A row of an imported list; the fields are those of `Subscriber`. A tuple, since an import makes a million."""

    address: str
    compared: str
    name: str
    language: str
    state: SubscriberState
    consent_source: str
    consent_at: int
    tags: tuple[str, ...]
