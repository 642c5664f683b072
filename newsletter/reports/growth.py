"""How the list grows: how many subscribers joined, confirmed and left in each week, by how they came onto the list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import chain

from sqlalchemy import Connection, true

from newsletter.database.states import EventKind, SubscriberState
from newsletter.reports.growth_queries import CountedSubscribers, count_events, count_joined
from newsletter.subscribers.queries import count_subscribers


class GrowthSource(StrEnum):
    """How a subscriber came onto the list."""

    PAGES = "pages"
    IMPORT = "import"
    AUTHOR = "author"


_SOURCES = {EventKind.ASKED: GrowthSource.PAGES, EventKind.ADDED: GrowthSource.AUTHOR, None: GrowthSource.IMPORT}


@dataclass(frozen=True, slots=True)
class GrowthNumbers:
    """Numbers of subscribers.

    Attributes:
        joined: Those who came onto the list: they signed up, or were imported or added. Sign-ups that are never
            confirmed are deleted after a week, and then not counted.
        confirmed: Those who confirmed a sign-up, or were added again by the author.
        unsubscribed: Those who unsubscribed, or were unsubscribed by an import.
        bounced: Those whose address was suppressed because of bounces.
        complained: Those who marked a message as spam.
    """

    joined: int = 0
    confirmed: int = 0
    unsubscribed: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def left(self) -> int:
        """The number of those who left in any way."""
        return self.unsubscribed + self.bounced + self.complained

    def __add__(self, other: "GrowthNumbers") -> "GrowthNumbers":
        return GrowthNumbers(
            self.joined + other.joined,
            self.confirmed + other.confirmed,
            self.unsubscribed + other.unsubscribed,
            self.bounced + other.bounced,
            self.complained + other.complained,
        )


@dataclass(frozen=True, slots=True)
class GrowthWeek:
    """The growth in a week. `monday` is its first day; `sources` has only those with a number above 0."""

    monday: date
    sources: Mapping[GrowthSource, GrowthNumbers] = field(default_factory=dict)

    @property
    def total(self) -> GrowthNumbers:
        """The sum of all sources."""
        return sum(self.sources.values(), GrowthNumbers())


@dataclass(frozen=True, slots=True)
class SubscriberGrowth:
    """How the list grew.

    Attributes:
        weeks: Each week, the earliest first. The last one is not over yet.
        active: How many subscribers are active now.
    """

    weeks: tuple[GrowthWeek, ...]
    active: int

    @property
    def total(self) -> GrowthNumbers:
        """The sum of all weeks."""
        return sum((week.total for week in self.weeks), GrowthNumbers())

    @property
    def sources(self) -> dict[GrowthSource, GrowthNumbers]:
        """The sum of all weeks by source, in the order of `GrowthSource`, without those that have no numbers."""
        sums: dict[GrowthSource, GrowthNumbers] = defaultdict(GrowthNumbers)
        for week in self.weeks:
            for source, numbers in week.sources.items():
                sums[source] += numbers
        return {source: sums[source] for source in GrowthSource if source in sums}


def read_growth(connection: Connection, now: float, weeks: int, zone: tzinfo) -> SubscriberGrowth:
    """Read the growth of the list. Erased subscribers are not counted, since nothing is stored about them.

    Args:
        connection: A transaction that reads.
        now: Seconds since 1970 (UTC).
        weeks: How many weeks, with the current one.
        zone: The time zone in which weeks begin, on Monday.
    """
    today = datetime.fromtimestamp(now, zone).date()
    last = today - timedelta(days=today.weekday())
    mondays = [last - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    starts = [int(datetime.combine(monday, time(), zone).timestamp()) for monday in mondays]
    counted: list[dict[GrowthSource, GrowthNumbers]] = [defaultdict(GrowthNumbers) for _ in mondays]
    for found in chain(count_joined(connection, starts[0]), count_events(connection, starts[0])):
        week = max(index for index, start in enumerate(starts) if start <= found.at)
        counted[week][_SOURCES[found.first]] += _numbers(found)
    active = count_subscribers(connection, true()).get(SubscriberState.ACTIVE, 0)
    made = (GrowthWeek(monday, dict(sources)) for monday, sources in zip(mondays, counted, strict=True))
    return SubscriberGrowth(tuple(made), active)


def _numbers(found: CountedSubscribers) -> GrowthNumbers:
    number = found.number
    if found.kind is None:
        return GrowthNumbers(joined=number)
    if found.kind in (EventKind.CONFIRMED, EventKind.ADDED):
        return GrowthNumbers(confirmed=number)
    # Whoever an import lowered has the state that it was lowered to.
    match found.state.value if found.kind is EventKind.LOWERED else found.kind.value:
        case EventKind.BOUNCED:
            return GrowthNumbers(bounced=number)
        case EventKind.COMPLAINED:
            return GrowthNumbers(complained=number)
        case _:
            return GrowthNumbers(unsubscribed=number)
