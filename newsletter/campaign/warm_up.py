"""The warm-up of a new domain: how many messages a day may be accepted while providers do not know it yet.

Providers advise to begin with few messages, and to send at most twice as many in a day as before. So the limit of a day
follows from the ledger: it is `growth` times the most messages that were accepted in a day before, and does not rise on
days without a campaign.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from newsletter.database.database import Database
from newsletter.ledger import campaigns
from newsletter.publication.delivery_settings import WarmUpSettings

# Providers forget a domain that sends nothing for about a month.
_REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DayLimit:
    """The limit of a day.

    Attributes:
        limit: The largest number of accepted messages.
        accepted: The number of accepted messages so far.
        ends: When the next day begins, in seconds since 1970.
    """

    limit: int
    accepted: int
    ends: float


class WarmUp:
    """The warm-up of a publication's domain. Days are those of a time zone. `clock` returns seconds since 1970."""

    def __init__(
        self, settings: WarmUpSettings, zone: tzinfo, database: Database, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._database, self.zone, self._clock = settings, database, zone, clock
        self._limited: tuple[date, int] | None = None

    def today(self) -> DayLimit:
        """Return the limit of today, over all campaigns.

        Raises:
            DatabaseError: The ledger cannot be read.
        """
        today = datetime.fromtimestamp(self._clock(), self.zone).date()
        if self._limited is None or self._limited[0] != today:
            self._limited = today, self._limit(today)
        accepted = self._accepted(today)[today]
        return DayLimit(self._limited[1], accepted, self._midnight(today + timedelta(days=1)))

    def _limit(self, today: date) -> int:
        before = self._accepted(max(self._settings.start, today - _REMEMBERED))
        best = max((number for day, number in before.items() if day < today), default=0)
        return max(self._settings.first_day, int(best * self._settings.growth))

    def _accepted(self, first: date) -> Counter[date]:
        """Count the accepted messages of each day, from a day on."""
        since = int(self._midnight(first))
        days: Counter[date] = Counter()
        with self._database.read() as connection:
            for begin, number in campaigns.count_accepted_by_hour(connection, since):
                days[datetime.fromtimestamp(begin, UTC).astimezone(self.zone).date()] += number
        return days

    def _midnight(self, day: date) -> float:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()
