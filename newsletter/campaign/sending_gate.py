"""When a campaign may send: within the delivery hours, and until the day's limit of a new domain is reached."""

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from zoneinfo import ZoneInfo

from newsletter.campaign.tally import Pause
from newsletter.errors import CampaignError
from newsletter.publication.sending_window import SendingWindow

# The longest time in seconds until the system's clock is read again while a campaign waits: it may be set.
_CLOCK_CHECK = 60.0


@dataclass(slots=True)
class SendingGate:
    """Says when the next message of a campaign may be sent.

    Attributes:
        window: The delivery hours; None if there are none.
        clock: Returns seconds since 1970.
        waits: Called with the reason why the campaign waits, or None if it does not.
    """

    window: SendingWindow | None = None
    clock: Callable[[], float] = lambda: 0.0
    waits: Callable[[Pause | None], None] = lambda _: None
    _from: float = inf
    _until: float = 0.0

    def opens(self, now: float) -> float:
        """Return the monotonic time at which to ask again; `now` if a message may be sent now.

        Args:
            now: The time, by the monotonic clock.
        """
        if self.window is None:
            return now
        wall = self.clock()
        if self._from <= wall < self._until:
            return now
        change = self.window.next_change(wall)
        if self.window.is_open(wall):
            self._from, self._until = wall, change
            self.waits(None)
            return now
        self.waits(Pause("outside the delivery hours", change, self.window.zone))
        return now + min(change - wall, _CLOCK_CHECK)


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        CampaignError: The system does not know it.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        advice = "Use a name such as Asia/Tokyo, Europe/Berlin or UTC for `timezone` in newsletter.yaml."
        raise CampaignError(f"unknown time zone `{name}`", advice) from error
