"""Group commits of the ledger: entries that senders add at about the same time share a commit."""

import asyncio
import time
from collections.abc import Callable, Iterator
from math import inf

from newsletter.errors import DatabaseError, NewsletterError
from newsletter.ledger.delivery import DeliveryClaim, DeliveryOutcome
from newsletter.ledger.ledger_writer import LedgerWriter

# A commit starts after this many iterations of the event loop without a new entry. A reply that arrives in one
# iteration becomes an entry in the next, so fewer iterations leave entries for another commit. Measured: with one
# iteration, ten connections send a tenth less.
_QUIET_ROUNDS = 3
# Seconds before a failed access to the database is repeated. Each wait is twice as long, up to the longest.
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0


class LedgerEntry:
    """The outcome of a sender's last message and the claim of its next.

    Attributes:
        claimed: Whether the row was claimed; set when the entry is written.
        error: The error if the entry could not be written.
    """

    __slots__ = ("claim", "claimed", "error", "outcome")

    def __init__(self, outcome: DeliveryOutcome | None, claim: DeliveryClaim | None) -> None:
        self.outcome, self.claim = outcome, claim
        self.claimed = False
        self.error: BaseException | None = None


class GroupCommit:
    """Makes entries durable. Entries that are added at about the same time share a commit.

    A commit waits while more entries are added, but no longer than the last commits took. So a slow disk gets large
    commits and a fast disk small ones. It does not wait if every task has added an entry, as a single task always has.

    Args:
        write: Makes entries durable. It blocks the event loop, and stores an error in each entry if it fails.
        clock: Returns monotonic seconds.
        tasks: Returns the number of tasks that add entries.
    """

    def __init__(
        self,
        write: Callable[[list[LedgerEntry]], None],
        clock: Callable[[], float] = time.monotonic,
        tasks: Callable[[], float] = lambda: inf,
    ) -> None:
        self._write, self._clock, self._tasks = write, clock, tasks
        self._waiting: list[tuple[LedgerEntry, asyncio.Future[None]]] = []
        self._started_at = 0.0
        # The average duration of the last commits in seconds.
        self._duration = 0.0

    async def settle(self, entry: LedgerEntry) -> None:
        """Make an entry durable.

        Raises:
            DatabaseError: The entry could not be written.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((entry, done))
        if len(self._waiting) == 1:
            self._started_at = self._clock()
            loop.call_soon(self._wait_for_others, 1, _QUIET_ROUNDS)
        await done
        if entry.error:
            raise entry.error

    def _wait_for_others(self, known: int, rounds: int) -> None:
        """Commit after `rounds` more iterations of the event loop without a new entry."""
        number = len(self._waiting)
        rounds = _QUIET_ROUNDS if number > known else rounds - 1
        if rounds and number < self._tasks() and self._clock() - self._started_at < self._duration:
            asyncio.get_running_loop().call_soon(self._wait_for_others, number, rounds)
        else:
            self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        started_at = self._clock()
        self._write([entry for entry, _ in waiting])
        self._duration = (self._duration + self._clock() - started_at) / 2
        for _, done in waiting:
            if not done.done():
                done.set_result(None)


def waits() -> Iterator[float]:
    """Yield the seconds before each attempt to reach a database that is away. There is no last one."""
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(wait * 2, _LONGEST_WAIT)


def write(
    writer: LedgerWriter,
    entries: list[LedgerEntry],
    failing: Callable[[DatabaseError | None], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    cover: Callable[[list[DeliveryClaim]], None] = lambda _: None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Make entries durable in one transaction. An error is stored in each entry.

    Retry as long as the error may pass, so that no answer of a server is lost while the database is locked or away.
    Once the campaign is stopping, a retry makes no claims.

    Args:
        writer: The writer to the ledger.
        entries: The outcomes and claims.
        failing: Called with each error that may pass, and with None when the database works.
        stopping: Returns whether the campaign is stopping.
        cover: Makes a receipt of claims durable before they are written. If it fails, only outcomes are written.
        sleep: Waits for some seconds.
    """
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    claims = [entry.claim for entry in entries if entry.claim]
    dropped: list[DeliveryClaim] = []
    not_covered: NewsletterError | None = None
    try:
        for wait in waits():
            try:
                if claims and (not_covered := _cover(cover, claims)):
                    claims, dropped = [], dropped + claims
                rejected = writer.write(outcomes, claims, dropped)
                break
            except DatabaseError as error:
                if not error.transient:
                    raise
                failing(error)
                # For a lock, the driver has already waited.
                if not error.busy:
                    sleep(wait)
                if stopping():
                    claims, dropped = [], dropped + claims
        failing(None)
    except BaseException as error:  # noqa: BLE001 (each sender raises it)
        for entry in entries:
            entry.error = error
        return
    claimed = {claim.id for claim in claims} - rejected
    for entry in entries:
        entry.claimed = entry.claim is not None and entry.claim.id in claimed
        entry.error = not_covered if entry.claim else None


def _cover(cover: Callable[[list[DeliveryClaim]], None], claims: list[DeliveryClaim]) -> NewsletterError | None:
    """Make a receipt of claims durable. Returns the error if it failed, but raises it if it may pass."""
    try:
        cover(claims)
    except NewsletterError as error:
        if isinstance(error, DatabaseError) and error.transient:
            raise
        return error
    return None
