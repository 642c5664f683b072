"""Reads the recipients of a campaign that have not been sent, in pages, and those of a slow domain separately."""

from collections.abc import Callable, Collection
from math import inf
from typing import Protocol, TypeVar

from newsletter.campaign.retried import RetriedDeliveries
from newsletter.database.database import Database
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.waiting_deliveries import (
    count_deferred,
    find_next_due,
    last_delivery_id,
    read_deferred_page,
    read_pending_page,
)

T = TypeVar("T")
# Recipients in one page.
PAGE = 500
# Ids of the ledger among which the pending recipients of one domain are searched at once. This takes about 10 ms.
WINDOW = 20_000


class Patiently(Protocol):
    """Reads the database, and waits while it is locked or away."""

    def __call__(self, read: Callable[[], T], stopped: T) -> T:
        """Return what `read` returns, or `stopped` if the campaign stops first."""
        ...


class WaitingPages:
    """The recipients of a campaign in the ledger that have not been sent.

    Args:
        database: The database.
        campaign_id: The campaign.
        retried: The uncertain deliveries that the run sends again; None if it sends none of them.
        clock: Returns seconds since 1970.
        furthest: The longest possible delay of a retry in seconds.
        patiently: Waits for the database.
        waits: Called if nothing is left but deferred deliveries, with their number and when the next is due in seconds
            since 1970.
    """

    def __init__(
        self,
        database: Database,
        campaign_id: int,
        retried: RetriedDeliveries | None,
        clock: Callable[[], float],
        furthest: int,
        patiently: Patiently,
        waits: Callable[[int, float], None],
    ) -> None:
        self._database, self._id, self._retried = database, campaign_id, retried
        self._clock, self._furthest, self._patiently, self._waits = clock, furthest, patiently, waits
        # The last pending delivery that was read, and the last of all once there are no others.
        self._after, self._all_read = 0, False
        # For each domain of which recipients were left out: the last of its pending deliveries that was read.
        self._domains: dict[str, float] = {}
        self._deferred: frozenset[int] = frozenset()
        self._now = 0

    def read(self, without: Collection[str], known: Collection[int]) -> list[WaitingDelivery]:
        """Read the next page. It is empty if there are none now.

        Args:
            without: Domains to leave out.
            known: The ids of deliveries that were read before and are not finished.
        """
        return self._patiently(lambda: self._read(without, known), [])

    def _read(self, without: Collection[str], known: Collection[int]) -> list[WaitingDelivery]:
        self._now = int(self._clock())
        with self._database.read() as connection:
            if self._retried and (found := self._retried.read(connection, PAGE)):
                return found
            if not self._all_read:
                if found := read_pending_page(connection, self._id, self._after, PAGE, without=without):
                    self._after = found[-1].id
                    return found
                # Those of the domains that were left out are behind.
                self._after, self._all_read = last_delivery_id(connection, self._id), True
            latest = self._now + self._furthest
            skip, full = 0, True
            found = []
            while full and not found:
                page = read_deferred_page(connection, self._id, self._now, latest, PAGE, skip=skip, without=without)
                found = [one for one in page if one.id not in known]
                skip, full = skip + PAGE, len(page) == PAGE
            self._deferred = frozenset(one.id for one in found)
            return found + (self._retried.take_due(self._now) if self._retried else [])

    def leave(self, recipient: WaitingDelivery) -> None:
        """Forget a recipient that was read, because too many of its domain wait. `read_domain` reads it again."""
        if recipient.id in self._deferred:
            self._domains.setdefault(recipient.domain, inf)
        else:
            before = self._domains.get(recipient.domain, inf)
            self._domains[recipient.domain] = min(before, recipient.id - 1)

    def read_domain(self, domain: str, most: int, known: Collection[int]) -> tuple[list[WaitingDelivery], bool]:
        """Read recipients of a domain that `leave` has forgotten or `read` has left out.

        Args:
            domain: The domain.
            most: The largest number to return.
            known: As in `read`.

        Returns:
            The recipients, and whether there may be more of them. If not, `read` must not leave out the domain again.
        """
        stopped: tuple[list[WaitingDelivery], bool] = [], True
        return self._patiently(lambda: self._read_domain(domain, most, known), stopped)

    def _read_domain(self, domain: str, most: int, known: Collection[int]) -> tuple[list[WaitingDelivery], bool]:
        self._now = int(self._clock())
        found: list[WaitingDelivery] = []
        after, latest = self._domains.get(domain, inf), self._now + self._furthest
        with self._database.read() as connection:
            if after < self._after:
                until = min(int(after) + WINDOW, self._after)
                page = read_pending_page(connection, self._id, int(after), most, until=until, domain=domain)
                after = page[-1].id if len(page) == most else until
                found = [one for one in page if one.id not in known]
            full = after < self._after
            if not full:
                page = read_deferred_page(connection, self._id, self._now, latest, PAGE, domain=domain)
                found += [one for one in page if one.id not in known]
                full = len(found) > most or len(page) == PAGE
        if full:
            self._domains[domain] = after
        else:
            self._domains.pop(domain, None)
        return found[:most], full

    def next_due(self, *, idle: bool) -> float | None:
        """Return in how many seconds another deferred delivery is due; None if there is none.

        Args:
            idle: Whether nothing is left but deferred deliveries.
        """
        return self._patiently(lambda: self._next_due(idle=idle), None)

    def _next_due(self, *, idle: bool) -> float | None:
        now, retried = self._clock(), self._retried
        with self._database.read() as connection:
            dues = [find_next_due(connection, self._id, self._now), retried.next_due if retried else None]
            due = min((one for one in dues if one is not None), default=None)
            if due is None:
                return None
            seconds = max(0.0, min(due - now, self._furthest))
            if idle:
                self._waits(count_deferred(connection, self._id) + (retried.deferred if retried else 0), now + seconds)
        return seconds
