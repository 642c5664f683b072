"""Limits that several processes share: token buckets in PostgreSQL, and domains and servers that want a slower pace.

A process takes a block of tokens, at most those of a quarter second. Each token has a time, and the times of all
processes are evenly spaced by the database's clock. A token expires a quarter second after its time, so no second
exceeds a limit by more than one block, whatever processes do with their tokens. A process that dies takes its tokens
with it, and time brings new ones.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.campaign.pacing import Pace
from newsletter.ledger.shared_limits import Grant

# The seconds of a block, and how long before its time a token may be taken.
BLOCK = 0.25
# If the database answers as late as tokens expire, one of them is still valid for this many seconds.
_GRACE = 0.05


class Buckets(Protocol):
    """The token buckets; see `ledger.shared_limits.SharedLimits`."""

    def take(self, key: str, rate: float, tokens: int, ahead: float) -> Grant:
        """Take tokens."""
        ...

    def give_back(self, key: str, rate: float, tokens: int, end: float) -> None:
        """Give back the last tokens of a block."""
        ...

    def hold(self, key: str, seconds: float) -> None:
        """Let no process take tokens for some seconds."""
        ...

    def held(self) -> dict[str, float]:
        """Return the keys that are held, and for how many seconds."""
        ...


@dataclass(frozen=True, slots=True)
class _Token:
    at: float
    expires: float


@dataclass(slots=True)
class SharedPace(Pace):
    """A limit that several processes share.

    Attributes:
        key: Its key in the database.
        buckets: The token buckets.
        clock: Returns monotonic seconds.
        held: The time until which no message may be sent.
    """

    key: str = field(kw_only=True)
    buckets: Buckets = field(kw_only=True)
    clock: Callable[[], float] = field(default=time.monotonic, kw_only=True)
    held: float = field(default=0.0, kw_only=True)
    _tokens: deque[_Token] = field(default_factory=deque, kw_only=True)
    _end: float = field(default=0.0, kw_only=True)
    _size: int = field(default=1, kw_only=True)
    _again: float = field(default=0.0, kw_only=True)

    def ask(self, now: float) -> float:
        """Return the time at which to ask again; `now` if a token is there, whose time is `free`."""
        if now < self.held:
            return self.held
        if not self.rate:
            return now
        while self._tokens and self._tokens[0].expires < now:
            # Next time, take only as many as were used.
            self._size = max(1, self._size - 1)
            self._tokens.popleft()
        if not self._tokens and now >= self._again:
            self._take()
        if not self._tokens:
            return max(self._again, now)
        self.free = self._tokens[0].at
        return now

    def reserve(self, at: float) -> None:
        """Use a token."""
        if self._tokens:
            self._tokens.popleft()
            if not self._tokens:
                self._size = min(self._size * 2, max(1, int(self.rate * BLOCK)))

    def back_off(self, now: float, seconds: float) -> None:
        """Let no process send for some seconds."""
        self.held = max(self.held, now + seconds)
        self.buckets.hold(self.key, seconds)

    def close(self) -> None:
        """Give back unused tokens, unless another process has taken tokens since."""
        if self._tokens:
            self.buckets.give_back(self.key, self.rate, len(self._tokens), self._end)
            self._tokens.clear()

    def _take(self) -> None:
        asked = self.clock()
        grant = self.buckets.take(self.key, self.rate, self._size, BLOCK)
        answered = self.clock()
        if not grant.tokens:
            self._again = answered + max(grant.wait, 0.001)
            return
        self._end = grant.end
        # It is not known when between the two the database answered. So a token is used later, and expires earlier.
        lives = max(BLOCK, 1 / self.rate) - (answered - asked)
        number = grant.tokens if lives > _GRACE else 1
        times = [answered + max(0.0, grant.wait) + token / self.rate for token in range(number)]
        self._tokens.extend(_Token(at, at + max(lives, _GRACE)) for at in times)


class SharedPaces:
    """The limits of a campaign that several processes send.

    Args:
        buckets: The token buckets.
        campaign_id: The campaign.
        clock: Returns monotonic seconds.
    """

    def __init__(self, buckets: Buckets, campaign_id: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets, self._id, self._clock = buckets, campaign_id, clock
        self._paces: dict[str, SharedPace] = {}
        self._looked_at = -math.inf

    def campaign(self, rate: float) -> Pace:
        """Return the limit of the campaign."""
        return self._pace(f"campaign:{self._id}", rate)

    def server(self, name: str, pace: Pace) -> Pace:
        """Return the limit of a server, also for other campaigns."""
        return self._pace(f"server:{name}", pace.rate)

    def domain(self, name: str, rate: float) -> Pace | None:
        """Return the limit of a domain, also for other campaigns."""
        return SharedPace(rate, key=f"domain:{name}", buckets=self._buckets, clock=self._clock) if rate else None

    def hold_domain(self, name: str, seconds: float) -> None:
        """Let other processes wait for a domain."""
        self._buckets.hold(f"domain:{name}", seconds)

    def held_domains(self, now: float) -> list[tuple[str, float]]:
        """Return domains for which to wait. The database is read once in a quarter second."""
        if now < self._looked_at + BLOCK:
            return []
        self._looked_at = now
        found = []
        for key, seconds in self._buckets.held().items():
            kind, _, name = key.partition(":")
            if kind == "domain":
                found.append((name, now + seconds))
            elif key in self._paces:
                self._paces[key].held = max(self._paces[key].held, now + seconds)
        return found

    def close(self) -> None:
        """Give back unused tokens."""
        for pace in self._paces.values():
            pace.close()

    def _pace(self, key: str, rate: float) -> SharedPace:
        self._paces[key] = SharedPace(rate, key=key, buckets=self._buckets, clock=self._clock)
        return self._paces[key]
