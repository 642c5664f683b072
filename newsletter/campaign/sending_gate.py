"""When a campaign may send: within the delivery hours, and until the day's limit of a new domain is reached."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from math import inf

from newsletter.campaign.tally import Pause
from newsletter.campaign.warm_up import DayLimit, WarmUp
from newsletter.database.database import Database
from newsletter.fields.zone import find_zone
from newsletter.publication.sending_window import SendingWindow, make_window
from newsletter.publication.settings import Publication

# The longest time in seconds until the system's clock is read again while a campaign waits: it may be set.
_CLOCK_CHECK = 60.0
# The part of the messages left for a day, and the most, that are sent before the accepted ones are counted again.
_PART, _MOST = 10, 100


@dataclass(slots=True)
class SendingGate:
    """Says when the next message of a campaign may be sent.

    Attributes:
        window: The delivery hours; None if there are none.
        clock: Returns seconds since 1970.
        day: Returns the limit of today; None if days have no limit.
        zone: The time zone of the publication.
        waits: Called with the reason why the campaign waits, or None if it does not.
    """

    window: SendingWindow | None = None
    clock: Callable[[], float] = lambda: 0.0
    waits: Callable[[Pause | None], None] = lambda _: None
    day: Callable[[], DayLimit] | None = None
    zone: tzinfo = UTC
    _left: int = 0
    _from: float = inf
    _until: float = 0.0

    def opens(self, now: float, in_progress: int) -> float:
        """Return the monotonic time at which to ask again; `now` if a message may be sent now.

        Args:
            now: The time, by the monotonic clock.
            in_progress: The number of messages in progress. If too many of them may be accepted, the time is infinity:
                ask again when one of them has finished.
        """
        if self.window and (opens := self._window_opens(self.window, now)) > now:
            return opens
        if self.day and not self._left:
            return self._day_opens(self.day(), now, in_progress)
        return now

    def closed(self) -> Pause | None:
        """Return why no message may be sent now, or None if one may.

        Raises:
            DatabaseError: The accepted messages of the day cannot be counted.
        """
        found: list[Pause | None] = []
        replace(self, waits=found.append).opens(0.0, 0)
        return found[-1]

    def take(self) -> None:
        """Count a message that is sent."""
        self._left = max(0, self._left - 1)

    def _window_opens(self, window: SendingWindow, now: float) -> float:
        wall = self.clock()
        if self._from <= wall < self._until:
            return now
        change = window.next_change(wall)
        if window.is_open(wall):
            self._from, self._until = wall, change
            self.waits(None)
            return now
        return self._close("outside the delivery hours", change, now)

    def _day_opens(self, day: DayLimit, now: float, in_progress: int) -> float:
        left = day.limit - day.accepted - in_progress
        if left > 0:
            self._left = max(1, min(left // _PART, _MOST))
            self.waits(None)
            return now
        if in_progress:
            return inf
        messages = "message" if day.limit == 1 else "messages"
        return self._close(f"the day's limit of {day.limit:,} {messages} is reached", day.ends, now)

    def _close(self, reason: str, until: float, now: float) -> float:
        self.waits(Pause(reason, until, self.zone))
        return now + min(max(0.0, until - self.clock()), _CLOCK_CHECK)


def make_gate(
    publication: Publication, database: Database, clock: Callable[[], float], *, ignore_hours: bool = False
) -> SendingGate | None:
    """Return the gate of a publication's campaigns, or None if it has no delivery hours and no warm-up.

    Args:
        publication: The settings.
        database: The database.
        clock: Returns seconds since 1970.
        ignore_hours: Whether to send outside of the delivery hours, too.

    Raises:
        CampaignError: The system does not know the time zone.
    """
    settings, window = publication.delivery, None
    timed = bool(settings.hours or settings.weekdays) and not ignore_hours
    if not (timed or settings.warmup):
        return None
    zone = find_zone(publication.timezone)
    if timed:
        window = make_window(settings.hours, settings.weekdays, zone)
    warm_up = WarmUp(settings.warmup, zone, database, clock) if settings.warmup else None
    return SendingGate(window, clock, day=warm_up.today if warm_up else None, zone=zone)
