"""Limits on the rate of messages: in total, to a server, and to a domain. Times are those of a monotonic clock."""

from dataclasses import dataclass, field
from typing import Protocol

# A domain is slowed when this many of its recipients are deferred in a row.
CROWD = 3
# A time is reserved at most this many seconds ahead. At a slower rate, a connection could otherwise not be kept open
# until its turn, and each connection would be opened again for each message.
AHEAD = 1.0


@dataclass(slots=True)
class Pace:
    """A limit on the rate of messages, which are evenly spaced.

    Attributes:
        rate: The maximum number of messages per second; 0 sets no limit.
        free: The time at which the next message may be sent.
    """

    rate: float
    free: float = 0.0

    def ask(self, now: float) -> float:
        """Return the time at which to ask again; `now` if `free` can be reserved."""
        return max(now, self.free - AHEAD)

    def reserve(self, at: float) -> None:
        """Reserve a time for a message. It must not be before `free`."""
        if self.rate:
            self.free = at + 1 / self.rate

    def back_off(self, now: float, seconds: float) -> None:
        """Slow other processes after a server ended a session. Each connection of this process waits by itself."""


@dataclass(slots=True)
class DomainPace(Pace):
    """The pace of a recipient domain.

    Attributes:
        shared: The limit that all processes share; None if there is none.
        deferred: The ids of recipients that were deferred since the last accepted message; at most CROWD of them.
        deferrals: How often the domain requested a slower pace since the last accepted message.
    """

    shared: Pace | None = None
    deferred: set[int] = field(default_factory=set)
    deferrals: int = 0

    def is_free(self, at: float) -> bool:
        """Return whether a message may be sent at a time. If not, `free` is the time at which to ask again."""
        if self.free <= at and self.shared:
            self.free = max(self.free, self.shared.ask(at))
            if self.free <= at:
                self.free = max(self.free, self.shared.free)
        return self.free <= at

    def reserve(self, at: float) -> None:
        """Reserve a time for a message."""
        if self.shared:
            self.shared.reserve(at)
        elif self.rate:
            self.free = at + 1 / self.rate

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


class Paces(Protocol):
    """Makes the limits of a campaign."""

    def campaign(self, rate: float) -> Pace:
        """Return the limit of the campaign."""
        ...

    def server(self, name: str, pace: Pace) -> Pace:
        """Return the limit of a server; `pace` is that of this process."""
        ...

    def domain(self, name: str, rate: float) -> Pace | None:
        """Return the limit of a recipient domain that all processes share, or None."""
        ...

    def hold_domain(self, name: str, seconds: float) -> None:
        """Let other processes wait for a domain."""
        ...

    def held_domains(self, now: float) -> list[tuple[str, float]]:
        """Return domains for which to wait, and until when, because they asked another process for a slower pace."""
        ...

    def close(self) -> None:
        """Give back what is not used."""
        ...


class OwnPaces:
    """Limits of one process, in memory."""

    def campaign(self, rate: float) -> Pace:
        """Return the limit of the campaign."""
        return Pace(rate)

    def server(self, name: str, pace: Pace) -> Pace:
        """Return the limit of a server."""
        return pace

    def domain(self, name: str, rate: float) -> Pace | None:
        """Return None: domains have no other limit than their own."""
        return None

    def hold_domain(self, name: str, seconds: float) -> None:
        """Do nothing: there is no other process."""

    def held_domains(self, now: float) -> list[tuple[str, float]]:
        """Return nothing: there is no other process."""
        return []

    def close(self) -> None:
        """Do nothing."""
