"""The next recipient: read from the ledger in pages, taken as soon as the campaign, a server and its domain allow it.

Memory is bounded: at most a page of recipients is ready, and ASIDE wait for their domains.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.campaign.pacing import DomainPace, Pace
from newsletter.campaign.retry_policy import domain_delay
from newsletter.ledger.deliveries import Waiting

# Recipients in one page, and recipients that wait for their domains before reading stops.
PAGE, ASIDE = 500, 4_000
# Seconds until the ledger is read again after an empty page, and between two looks at messages under way.
PAUSE, GLANCE = 0.05, 0.01
# Domains that are remembered before those without a pace to keep are forgotten.
DOMAINS = 2_000


@dataclass(frozen=True, slots=True)
class Turn:
    """A recipient, and when its message may go; without a recipient, when to ask again."""

    recipient: Waiting | None
    at: float


@dataclass(slots=True)
class _Domain(DomainPace):
    waiting: deque[Waiting] = field(default_factory=deque)


class Queue:
    """The recipients of a campaign that are still to be sent to.

    Args:
        read: Returns the next page of recipients; empty where there are none at the moment.
        next_due: Returns in how many seconds a deferred delivery is due; None where there is none.
        pace: The pace of the campaign.
        domain_rate: Messages per second to one domain; 0 sets no limit.
        longest_wait: The longest wait, in seconds, for a domain that asks for a slower pace.
        chance: Spreads the waits.
    """

    def __init__(
        self,
        read: Callable[[], list[Waiting]],
        next_due: Callable[[], float | None],
        pace: Pace,
        domain_rate: float,
        longest_wait: float,
        chance: random.Random,
    ) -> None:
        self._read, self._next_due = read, next_due
        self._pace, self._domain_rate, self._longest_wait = pace, domain_rate, longest_wait
        self._chance = chance
        self._ready: deque[Waiting] = deque()
        self._domains: dict[str, _Domain] = {}
        self._aside = 0
        self._again = 0.0
        self._taken: set[int] = set()

    def take(self, server: Pace, now: float) -> Turn | None:
        """Take the next recipient and reserve its time. Returns None when no recipient is left."""
        at = max(now, self._pace.free, server.free)
        recipient = self._candidate(at)
        if recipient is None:
            return self._later(now)
        for pace in (self._pace, server):
            pace.take(at)
        if self._domain_rate or recipient.domain in self._domains:
            self._domain(recipient.domain, at).take(at)
        self._taken.add(recipient.id)
        return Turn(recipient, at)

    def ahead(self, number: int) -> Waiting | None:
        """Return the recipient after `number` others in the page, to prepare its message; None if not known."""
        return self._ready[number] if number < len(self._ready) else None

    def settled(self, recipient: Waiting) -> None:
        """Note that the outcome of a recipient is in the ledger."""
        self._taken.discard(recipient.id)

    def put_back(self, recipient: Waiting) -> None:
        """Queue a recipient again whose message was not sent, after those that are read already."""
        self._taken.discard(recipient.id)
        self._ready.append(recipient)

    def answered(self, domain: str, now: float, *, accepted: bool, slower: bool) -> None:
        """Note that a domain accepts messages or asks for a slower pace."""
        if accepted and domain in self._domains:
            self._domains[domain].refusals = 0
        elif slower:
            pace = self._domain(domain, now)
            # Answers to messages that were under way together are one request.
            if pace.free <= now or not pace.refusals:
                pace.refusals += 1
                pace.hold(now + domain_delay(pace.refusals, self._longest_wait, self._chance))

    def hold(self, domain: str, now: float, seconds: float) -> None:
        """Let other domains go first for some seconds."""
        self._domain(domain, now).hold(now + seconds)

    def _candidate(self, at: float) -> Waiting | None:
        if self._aside:
            for domain in self._domains.values():
                if domain.waiting and domain.free <= at:
                    self._aside -= 1
                    return domain.waiting.popleft()
        while self._aside < ASIDE:
            if not self._ready:
                if at < self._again:
                    return None
                self._ready.extend(one for one in self._read() if one.id not in self._taken)
                if not self._ready:
                    self._again = at + PAUSE
                    return None
            recipient = self._ready.popleft()
            pace = self._domains.get(recipient.domain)
            if pace is None or (pace.free <= at and not pace.waiting):
                return recipient
            pace.waiting.append(recipient)
            self._aside += 1
            self._taken.add(recipient.id)
        return None

    def _later(self, now: float) -> Turn | None:
        times = [domain.free for domain in self._domains.values() if domain.waiting]
        if times:
            return Turn(None, min(times))
        if self._taken:
            # A message under way may be deferred or queued again.
            return Turn(None, now + GLANCE)
        due = self._next_due()
        return None if due is None else Turn(None, now + max(due, PAUSE))

    def _domain(self, name: str, now: float) -> _Domain:
        if name not in self._domains:
            if len(self._domains) >= DOMAINS:
                for known in [key for key, pace in self._domains.items() if pace.free <= now and not pace.waiting]:
                    del self._domains[known]
            self._domains[name] = _Domain(self._domain_rate)
        return self._domains[name]
