"""Pages of recipients in memory, for tests of the queue alone."""

from collections.abc import Collection

from newsletter.ledger.delivery import WaitingDelivery


class ListedPages:
    """Recipients that are read in pages of `size`. `due` is when a deferred one is due, or None."""

    def __init__(self, recipients: list[WaitingDelivery], size: int = 50, due: float | None = None) -> None:
        self._recipients, self._size, self._due = recipients, size, due
        self._left: list[WaitingDelivery] = []
        self.most_left = 0

    def read(self, without: Collection[str], known: Collection[int]) -> list[WaitingDelivery]:
        """Return the next page, and keep the recipients of the domains to leave out."""
        found: list[WaitingDelivery] = []
        while self._recipients and len(found) < self._size:
            recipient = self._recipients.pop(0)
            (self._left if recipient.domain in without else found).append(recipient)
        return found

    def leave(self, recipient: WaitingDelivery) -> None:
        """Keep a recipient."""
        self._left.append(recipient)
        self.most_left = max(self.most_left, len(self._left))

    def read_domain(self, domain: str, most: int, known: Collection[int]) -> tuple[list[WaitingDelivery], bool]:
        """Return recipients that were kept."""
        mine = [one for one in self._left if one.domain == domain]
        self._left = [one for one in self._left if one.domain != domain] + mine[most:]
        return mine[:most], len(mine) > most

    def next_due(self, *, idle: bool) -> float | None:
        """Return when a deferred delivery is due."""
        return self._due
