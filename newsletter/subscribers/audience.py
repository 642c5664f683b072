"""An audience: which subscribers are meant, as conditions that all hold."""

from dataclasses import dataclass
from enum import StrEnum


class Trait(StrEnum):
    """What a condition looks at."""

    TAG = "tag"
    LANGUAGE = "language"
    DOMAIN = "domain"
    STATE = "state"
    SINCE = "since"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Condition:
    """A trait that has one of the values, or, where `negated`, none of them.

    The values of `since` and `before` are days as YYYY-MM-DD.
    """

    trait: Trait
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Audience:
    """Subscribers for whom all conditions hold; without one, everybody."""

    conditions: tuple[Condition, ...] = ()


EVERYBODY = Audience()
