"""The recipients that a process leases; see `shared_campaign`. For the queue, they are like `waiting_pages`."""

from collections import deque
from collections.abc import Callable, Collection

from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.shared_campaign import ReadRules, SharedCampaign
from newsletter.campaign.waiting_pages import Patiently
from newsletter.ledger.delivery import WaitingDelivery

# How many leased recipients wait for their domains at most. Then no others are leased until some are sent.
MOST_LEFT = 20_000


class SharedPages:
    """The recipients that this process leases.

    Those of a slow domain stay leased, in memory: if they were given back, other processes would lease them again.

    Args:
        shared: The share of this process.
        retried: The uncertain deliveries that the run sends again; None if it sends none of them.
        clock: Returns seconds since 1970.
        furthest: The longest possible delay of a retry in seconds.
        patiently: Waits for the database.
        waits: Called if nothing is left but deferred deliveries, with their number and when the next is due in seconds
            since 1970.
    """

    def __init__(
        self,
        shared: SharedCampaign,
        retried: RetriedDeliveries | None,
        clock: Callable[[], float],
        furthest: int,
        patiently: Patiently,
        waits: Callable[[int, float], None],
    ) -> None:
        self._shared, self._clock, self._patiently = shared, clock, patiently
        self._rules = ReadRules(retried, furthest, waits)
        self._left: dict[str, deque[WaitingDelivery]] = {}
        self._number = 0

    def read(self, without: Collection[str], known: Collection[int]) -> list[WaitingDelivery]:
        """Lease the next recipients. It is empty if there are none now."""
        if self._number >= MOST_LEFT:
            return []
        return self._patiently(lambda: self._shared.page(self._rules, self._clock()), [])

    def leave(self, recipient: WaitingDelivery) -> None:
        """Keep a recipient until `read_domain`, because too many of its domain wait."""
        self._left.setdefault(recipient.domain, deque()).append(recipient)
        self._number += 1

    def read_domain(self, domain: str, most: int, known: Collection[int]) -> tuple[list[WaitingDelivery], bool]:
        """Return recipients of a domain that `leave` has kept, and whether there are more of them."""
        waiting = self._left.get(domain, deque())
        found = [waiting.popleft() for _ in range(min(max(most, 0), len(waiting)))]
        self._number -= len(found)
        if not waiting:
            self._left.pop(domain, None)
        return [one for one in found if one.id not in known], bool(waiting)

    def next_due(self, *, idle: bool) -> float | None:
        """Return in how many seconds to lease again; None if the campaign is complete."""
        left = idle and not self._number
        return self._patiently(lambda: self._shared.due(self._rules, self._clock(), idle=left), None)
