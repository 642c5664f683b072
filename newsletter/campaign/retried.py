"""The uncertain deliveries that a run sends again.

The author requested it, or their server drops a second copy of a message. Their recipients may have the message. So
they stay uncertain in the ledger until a server accepts a message to them, and only this run knows which are left.
"""

import heapq
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.database.states import DeliveryState
from newsletter.ledger.delivery import WaitingDelivery


class RetriedDeliveries:
    """The uncertain deliveries of a run that are not finished.

    Args:
        read: Returns the next uncertain deliveries after an id, at most as many as the last argument says.
    """

    def __init__(self, read: Callable[[Connection, int, int], list[WaitingDelivery]]) -> None:
        self._read, self._after, self._all_read = read, 0, False
        self._left: set[int] = set()
        self._deferred: list[tuple[int, int, WaitingDelivery]] = []

    @property
    def deferred(self) -> int:
        """The number of deliveries that wait for a retry."""
        return len(self._deferred)

    @property
    def next_due(self) -> int | None:
        """When the next deferred delivery is due, in seconds since 1970, or None if there is none."""
        return self._deferred[0][0] if self._deferred else None

    def read(self, connection: Connection, size: int) -> list[WaitingDelivery]:
        """Read the next deliveries. Read them all before others are sent, which may also become uncertain."""
        if self._all_read:
            return []
        found = self._read(connection, self._after, size)
        self._all_read = len(found) < size
        self._after = found[-1].id if found else self._after
        self._left.update(one.id for one in found)
        return found

    def take_due(self, now: int) -> list[WaitingDelivery]:
        """Return the deferred deliveries that are due."""
        found = []
        while self._deferred and self._deferred[0][0] <= now:
            found.append(heapq.heappop(self._deferred)[2])
        return found

    def record(self, recipient: WaitingDelivery, state: DeliveryState, due_at: int) -> None:
        """Record the result of an attempt. `state` is that of a delivery that was not uncertain before."""
        if state is DeliveryState.DEFERRED:
            self.retry(recipient, due_at)
        else:
            self._left.discard(recipient.id)

    def retry(self, recipient: WaitingDelivery, due_at: int) -> None:
        """Send to a recipient again at a time."""
        again = replace(recipient, attempts=recipient.attempts + 1)
        heapq.heappush(self._deferred, (due_at, recipient.id, again))
        self._left.add(recipient.id)

    def drop(self, recipient: WaitingDelivery) -> None:
        """Leave out a recipient who may not get a message any more."""
        self._left.discard(recipient.id)

    @property
    def unfinished(self) -> bool:
        """Whether deliveries may be left that the run would send. It does not read the ledger."""
        return bool(self._left) or not self._all_read

    def any_left(self, connection: Connection) -> bool:
        """Return whether deliveries are left that the run would send."""
        return bool(self._left or self.read(connection, 1))
