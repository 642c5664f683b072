"""When the next message may go: overall, to a server, to a domain. Times are those of a monotonic clock."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """At most `rate` messages per second, evenly spaced; 0 sets no limit. `free` is when the next one may go."""

    rate: float
    free: float = 0.0

    def take(self, at: float) -> None:
        """Reserve a time, not before `free`, for a message."""
        if self.rate:
            self.free = at + 1 / self.rate


@dataclass(slots=True)
class DomainPace(Pace):
    """The pace of a recipient domain. `refusals` counts its requests for a slower pace since an accepted message."""

    refusals: int = 0

    def hold(self, until: float) -> None:
        """Let no message go before a time."""
        self.free = max(self.free, until)
