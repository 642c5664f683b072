"""Pace: when the next message may go, to anybody, to a server, to a domain. Times are of a clock that never jumps."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """At most `rate` messages a second, at even distances; 0 sets no limit. `free` is when the next may go."""

    rate: float
    free: float = 0.0

    def take(self, at: float) -> None:
        """A message goes at this time, which is not before `free`."""
        if self.rate:
            self.free = at + 1 / self.rate


@dataclass(slots=True)
class DomainPace(Pace):
    """A recipient domain's pace, with the rest that it asked for; `refusals` counts since one was accepted."""

    refusals: int = 0

    def hold(self, until: float) -> None:
        """Nothing goes before this time."""
        self.free = max(self.free, until)
