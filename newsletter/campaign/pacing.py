"""Limits on the rate of messages: in total, to a server, and to a domain. Times are those of a monotonic clock."""

from dataclasses import dataclass, field

# A domain is slowed when this many of its recipients are deferred in a row.
CROWD = 3


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
    """The pace of a recipient domain.

    Attributes:
        deferred: The ids of recipients that were deferred since the last accepted message; at most CROWD of them.
        deferrals: How often the domain requested a slower pace since the last accepted message.
    """

    deferred: set[int] = field(default_factory=set)
    deferrals: int = 0

    def defer(self, id: int) -> bool:
        """Record a deferred recipient. Returns whether it is the domain that requests a slower pace.

        One recipient may have a full mailbox; CROWD different ones in a row suggest the domain.
        """
        if len(self.deferred) < CROWD:
            self.deferred.add(id)
        return len(self.deferred) >= CROWD

    def accept(self) -> None:
        """Record an accepted message."""
        self.deferred.clear()
        self.deferrals = 0

    def hold(self, until: float) -> None:
        """Send no message before a time."""
        self.free = max(self.free, until)
