"""Limits on the rate of messages: in total, to a server, and to a domain. Times are those of a monotonic clock."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """A limit on the rate of messages, which are evenly spaced.

    Attributes:
        rate: The maximum number of messages per second; 0 sets no limit.
        free: The time at which the next message may be sent.
    """

    rate: float
    free: float = 0.0

    def reserve(self, at: float) -> None:
        """Reserve a time for a message. It must not be before `free`."""
        if self.rate:
            self.free = at + 1 / self.rate


@dataclass(slots=True)
class DomainPace(Pace):
    """The pace of a recipient domain. `deferrals` counts the domain's deferrals since the last accepted message."""

    deferrals: int = 0

    def hold(self, until: float) -> None:
        """Send no message before a time."""
        self.free = max(self.free, until)
