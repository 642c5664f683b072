"""The models: a subscriber, and a row of an imported list."""

from dataclasses import dataclass
from typing import NamedTuple

from newsletter.database.states import SubscriberState


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person on the list. Times are seconds since 1970 (UTC).

    Attributes:
        address: The address as it was typed; mail is sent to it.
        compared: The normalised address, which is the same for all spellings of an address.
        language: Empty for the publication's language.
        consent_source: The source of consent, in words.
        consent_at: The time of consent; 0 if it is not known.
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
    """A row of an imported list. The fields are those of `Subscriber`.

    A named tuple, because an import creates up to a million of them.
    """

    address: str
    compared: str
    name: str
    language: str
    state: SubscriberState
    consent_source: str
    consent_at: int
    tags: tuple[str, ...]
