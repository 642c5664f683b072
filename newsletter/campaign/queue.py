"""The queue of recipients. They are read from the ledger in pages, and taken when the rate limits allow it.

There are limits for the campaign, for each server and for each recipient domain. Memory is bounded: at most one page of
recipients is ready, and ASIDE recipients wait for their domains. Of a domain with more than FEW waiting recipients, the
others are left in the ledger and read when it is their turn, so that they hold up no other domain.
"""

import random
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Protocol

from newsletter.campaign.pacing import DomainPace, OwnPaces, Pace, Paces
from newsletter.campaign.retry_policy import domain_delay
from newsletter.campaign.sending_gate import SendingGate
from newsletter.ledger.delivery import WaitingDelivery

# The number of recipients that wait for their domains at which reading stops.
ASIDE = 10_000
# The most recipients of one domain that wait in memory, and the most domains with others in the ledger.
FEW, FULL = 25, 300
# Seconds until the ledger is read again after an empty page.
EMPTY_PAGE_WAIT = 0.05
# The number of domains in memory at which those that need no pace are removed.
DOMAINS = 2_000


@dataclass(frozen=True, slots=True)
class Turn:
    """A recipient, and when to send its message; or, without a recipient, when to call `take` again.

    Attributes:
        at: A monotonic time; infinity if only a finished message can change the answer.
        early: Whether to call `take` again as soon as a message finishes.
    """

    recipient: WaitingDelivery | None
    at: float
    early: bool = False


class Pages(Protocol):
    """The recipients in the ledger; see `waiting_pages.WaitingPages`."""

    def read(self, without: Collection[str], known: Collection[int]) -> list[WaitingDelivery]:
        """Return the next page, without some domains and without recipients that are known; empty if none is left."""
        ...

    def leave(self, recipient: WaitingDelivery) -> None:
        """Leave a recipient in the ledger until its domain is read."""
        ...

    def read_domain(self, domain: str, most: int, known: Collection[int]) -> tuple[list[WaitingDelivery], bool]:
        """Return recipients of a domain that were left, and whether others are left."""
        ...

    def next_due(self, *, idle: bool) -> float | None:
        """Return in how many seconds a deferred delivery is due; None if there is none."""
        ...


@dataclass(slots=True)
class _Domain(DomainPace):
    """A recipient domain.

    Attributes:
        waiting: The recipients that wait for it in memory.
        full: Whether others were left in the ledger.
        listed: Whether it is in the list of domains that wait.
    """

    waiting: deque[WaitingDelivery] = field(default_factory=deque)
    full: bool = False
    listed: bool = False


class Queue:
    """The recipients of a campaign whose messages have not been sent.

    Args:
        pages: The recipients in the ledger.
        pace: The pace of the campaign.
        domain_rate: Messages per second to one domain; 0 sets no limit.
        longest_wait: The longest wait in seconds for a domain that requests a slower pace.
        chance: The source of randomness for the waits.
        gate: Says when messages may be sent.
        paces: Makes the limits.
    """

    def __init__(
        self,
        pages: Pages,
        pace: Pace,
        domain_rate: float,
        longest_wait: float,
        chance: random.Random,
        gate: SendingGate | None = None,
        paces: Paces | None = None,
    ) -> None:
        self._pages, self._paces = pages, paces or OwnPaces()
        self._pace, self._domain_rate, self._longest_wait = pace, domain_rate, longest_wait
        self._chance, self._gate = chance, gate or SendingGate()
        self._ready: deque[WaitingDelivery] = deque()
        self._domains: dict[str, _Domain] = {}
        self._full: set[str] = set()
        # A heap of domains with recipients that wait, by the time at which to look at them again.
        self._times: list[tuple[float, str]] = []
        self._aside = 0
        # When to read the ledger again: if a message has finished since the last, empty page, and otherwise.
        self._again = self._due = 0.0
        self._finished = False
        self._taken: set[int] = set()
        # Recipients that only one server may get, by its name.
        self._reserved: dict[str, deque[WaitingDelivery]] = {}
        # The number of senders that may still take recipients, by the name of their server.
        self._senders: Counter[str] = Counter()

    def add_sender(self, name: str) -> None:
        """Add a sender that takes recipients. `name` is the one that it gives to `take`."""
        self._senders[name] += 1

    def remove_sender(self, name: str) -> None:
        """Remove a sender that takes no more recipients. Those that are reserved for its server may be left."""
        self._senders[name] -= 1

    def count_senders(self) -> int:
        """Return the number of senders that take recipients."""
        return self._senders.total()

    def take(self, server: Pace, now: float, name: str = "") -> Turn | None:
        """Take the next recipient and reserve its time. Returns None when no recipient is left.

        Args:
            server: The pace of the server that gets the message.
            now: Monotonic seconds.
            name: The name of the server, if it may get recipients that are reserved for it.
        """
        for held, until in self._paces.held_domains(now):
            self._domain(held, now).hold(until)
        reserved = sum(map(len, self._reserved.values()))
        opens = self._gate.opens(now, len(self._taken) - self._aside - reserved)
        again = max(opens, self._pace.ask(now), server.ask(now))
        # If no recipient is left, there is nothing to wait for.
        if again > now and (
            self._ready or self._aside or self._full or self._reserved.get(name) or self._read_page(now)
        ):
            return Turn(None, again, early=again == inf)
        at = max(now, self._pace.free, server.free)
        recipient = self._next_reserved(name, at) or self._next_for(name, at, now)
        if recipient is None:
            return self._next_turn(now, name)
        for pace in (self._pace, server):
            pace.reserve(at)
        if self._domain_rate or recipient.domain in self._domains:
            self._domain(recipient.domain, at).reserve(at)
        self._taken.add(recipient.id)
        self._gate.take()
        return Turn(recipient, at)

    def peek(self, number: int) -> WaitingDelivery | None:
        """Return the recipient after `number` others, to prepare its message; None if it has not been read yet."""
        return self._ready[number] if number < len(self._ready) else None

    def finish(self, recipient: WaitingDelivery) -> None:
        """Record that the outcome of a recipient is in the ledger."""
        self._taken.discard(recipient.id)
        self._finished = True

    def put_back(self, recipient: WaitingDelivery) -> None:
        """Queue a recipient again whose message was not sent. It comes after the recipients that have been read."""
        self._taken.discard(recipient.id)
        self._ready.append(recipient)

    def record_answer(self, recipient: WaitingDelivery, now: float, *, accepted: bool, slower: bool) -> None:
        """Record that a domain accepted a message, or deferred it with a code that requests a slower pace."""
        domain = recipient.domain
        if accepted and domain in self._domains:
            self._domains[domain].accept()
        elif slower:
            pace = self._domain(domain, now)
            # Answers to messages that were in progress at the same time count as one request.
            if pace.defer(recipient.id) and (pace.free <= now or not pace.deferrals):
                pace.deferrals += 1
                delay = domain_delay(pace.deferrals, self._longest_wait, self._chance)
                pace.hold(now + delay)
                self._paces.hold_domain(domain, delay)

    def hold(self, domain: str, now: float, seconds: float) -> None:
        """Delay messages to a domain for some seconds, and send to other domains first."""
        self._domain(domain, now).hold(now + seconds)

    def _next_for(self, name: str, at: float, now: float) -> WaitingDelivery | None:
        """Return the next recipient that a server may get, and keep those that are reserved for others."""
        while (found := self._candidate(at, now)) and found.server not in ("", name):
            self._taken.add(found.id)
            self._reserved.setdefault(found.server, deque()).append(found)
        return found

    def _next_reserved(self, name: str, at: float) -> WaitingDelivery | None:
        waiting = self._reserved.get(name)
        if not waiting:
            return None
        pace = self._domains.get(waiting[0].domain)
        return waiting.popleft() if pace is None or pace.is_free(at) else None

    def _candidate(self, at: float, now: float) -> WaitingDelivery | None:
        while self._times and self._times[0][0] <= at:
            name = heappop(self._times)[1]
            domain = self._domains[name]
            domain.listed = False
            if domain.is_free(at):
                if domain.full and len(domain.waiting) <= FEW // 2:
                    self._read_domain(name, domain)
                if domain.waiting:
                    self._aside -= 1
                    found = domain.waiting.popleft()
                    self._list(name, domain)
                    return found
            self._list(name, domain)
            if domain.full and not domain.waiting:
                # The rest of the ledger is searched in the next turns.
                break
        while self._aside < ASIDE:
            if not self._ready and not self._read_page(now):
                return None
            recipient = self._ready.popleft()
            waits = self._domains.get(recipient.domain)
            if waits is None and self._domain_rate:
                waits = self._domain(recipient.domain, at)
            if waits is None or (not waits.waiting and not waits.full and waits.is_free(at)):
                return recipient
            self._set_aside(recipient, waits)
        return None

    def _set_aside(self, recipient: WaitingDelivery, domain: _Domain) -> None:
        """Let a recipient wait for its domain, in memory or in the ledger."""
        name = recipient.domain
        crowded = domain.full or (len(domain.waiting) >= FEW and len(self._full) < FULL)
        # Only this run knows which uncertain deliveries it sends again.
        if crowded and not (recipient.uncertain or recipient.server):
            self._pages.leave(recipient)
            domain.full = True
            self._full.add(name)
        else:
            domain.waiting.append(recipient)
            self._taken.add(recipient.id)
            self._aside += 1
        self._list(name, domain)

    def _read_domain(self, name: str, domain: _Domain) -> None:
        found, domain.full = self._pages.read_domain(name, FEW - len(domain.waiting), self._taken)
        domain.waiting.extend(found)
        self._taken.update(one.id for one in found)
        self._aside += len(found)
        if not domain.full:
            self._full.discard(name)

    def _list(self, name: str, domain: _Domain) -> None:
        if not domain.listed and (domain.waiting or domain.full):
            heappush(self._times, (domain.free, name))
            domain.listed = True

    def _read_page(self, now: float) -> bool:
        """Read the ledger, unless the last page was empty and nothing has changed. Returns whether a page was read."""
        if now < self._next_reading():
            return False
        self._finished = False
        found = self._pages.read(self._full, self._taken)
        self._ready.extend(read for read in found if read.id not in self._taken)
        if self._ready:
            self._again = self._due = 0.0
            return True
        due = self._pages.next_due(idle=self._is_idle())
        self._again = now + EMPTY_PAGE_WAIT
        self._due = inf if due is None else now + max(due, EMPTY_PAGE_WAIT)
        return False

    def _is_idle(self) -> bool:
        """Return whether no sender can send to the recipients that were taken: their servers cannot be reached."""
        unreachable = sum(len(waiting) for name, waiting in self._reserved.items() if not self._senders[name])
        return len(self._taken) == unreachable

    def _next_reading(self) -> float:
        return self._again if self._finished else self._due

    def _next_turn(self, now: float, name: str) -> Turn | None:
        at = max(now, self._times[0][0]) if self._times else inf
        if mine := self._reserved.get(name):
            pace = self._domains.get(mine[0].domain)
            at = min(at, max(now, pace.free) if pace else now)
        if self._aside < ASIDE:
            at = min(at, self._next_reading())
        # A message in progress may be deferred or queued again.
        busy = len(self._taken) > sum(map(len, self._reserved.values()))
        return Turn(None, at, early=busy) if at < inf or busy else None

    def _domain(self, name: str, now: float) -> _Domain:
        if name not in self._domains:
            if len(self._domains) >= DOMAINS:
                for known in [key for key, pace in self._domains.items() if pace.free <= now and not pace.listed]:
                    del self._domains[known]
            self._domains[name] = _Domain(self._domain_rate, shared=self._paces.domain(name, self._domain_rate))
        return self._domains[name]
