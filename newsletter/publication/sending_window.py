"""When issues may be sent: hours and weekdays by the clocks of a time zone. Times are seconds since 1970 (UTC)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from newsletter.fields.hours import Hours
from newsletter.publication.issue_dates import Weekday

_WHOLE_DAY = Hours(0, 24 * 60)
# A window opens at least once a week. It can be missed once if the clocks skip it.
_DAYS = 15


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """Hours and weekdays in which issues may be sent.

    Attributes:
        hours: The hours; None for the whole day.
        weekdays: The numbers of the days on which a window opens, 0 is Monday. A window that passes midnight ends on
            the next day.
        zone: The time zone.
    """

    hours: Hours | None
    weekdays: frozenset[int]
    zone: tzinfo

    def is_open(self, at: float) -> bool:
        """Return whether issues may be sent at a time."""
        return self._is_open(datetime.fromtimestamp(at, self.zone))

    def next_change(self, at: float) -> float:
        """Return when the window opens or closes next; far in the future if it is always open."""
        now = self.is_open(at)
        changes = sorted(change for change in self._candidates(at) if change > at)
        return next((change for change in changes if self.is_open(change) != now), at + _DAYS * 86_400)

    def _is_open(self, local: datetime) -> bool:
        hours, minute, day = self.hours or _WHOLE_DAY, local.hour * 60 + local.minute, local.weekday()
        if hours.start < hours.end:
            return hours.start <= minute < hours.end and day in self.weekdays
        return (minute >= hours.start and day in self.weekdays) or (
            minute < hours.end and (day - 1) % 7 in self.weekdays
        )

    def _candidates(self, at: float) -> Iterator[float]:
        """Yield the times at which the window may change: its hours, midnight, and changes of the clocks."""
        hours = self.hours or _WHOLE_DAY
        first = datetime.fromtimestamp(at, self.zone).date()
        for number in range(-1, _DAYS):
            day = first + timedelta(days=number)
            for minute in {hours.start, hours.end % (24 * 60), 0}:
                for fold in (0, 1):
                    yield self._instant(day, minute, fold)
            begin, end = (self._instant(day + timedelta(days=offset), 0, 0) for offset in (0, 1))
            yield from self._clock_changes(begin, end)

    def _instant(self, day: date, minute: int, fold: int) -> float:
        wall = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        return wall.replace(fold=fold).timestamp()

    def _clock_changes(self, begin: float, end: float) -> Iterator[float]:
        """Yield the first second after the clocks change, if they do."""
        if self._offset(begin) == self._offset(end):
            return
        low, high = int(begin), int(end)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == self._offset(begin) else (low, middle)
        yield float(high)

    def _offset(self, at: float) -> timedelta | None:
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).utcoffset()


def make_window(hours: Hours | None, weekdays: Sequence[Weekday], zone: tzinfo) -> SendingWindow:
    """Return the window of the settings. Without hours it is open all day, without weekdays every day."""
    numbers = [list(Weekday).index(day) for day in weekdays or Weekday]
    return SendingWindow(hours, frozenset(numbers), zone)
