"""Group commits of the ledger: entries of several senders that come at about the same time share a commit."""

import asyncio
import time
from collections.abc import Callable

from newsletter.errors import DatabaseError
from newsletter.ledger.deliveries import DeliveryClaim, DeliveryOutcome, LedgerWriter

# Rounds of the event loop without a further entry after which a commit begins. A reply that one round finds has its
# task bring an entry in the next, so that fewer rounds leave entries for another commit: with one round, ten
# connections send a tenth less.
_QUIET_ROUNDS = 3


class LedgerEntry:
    """An outcome and a claim of one sender, and the result: whether the row was claimed, or the error."""

    __slots__ = ("claim", "claimed", "error", "outcome")

    def __init__(self, outcome: DeliveryOutcome | None, claim: DeliveryClaim | None) -> None:
        self.outcome, self.claim = outcome, claim
        self.claimed = False
        self.error: BaseException | None = None


class GroupCommit:
    """Makes entries durable; those that come at about the same time share a commit.

    A commit waits while further entries come, but no longer than the last commits took. So a slow disk gets large
    commits and a quick one small ones, and a single task does not wait for others.

    Args:
        write: Makes entries durable. It blocks the event loop, and puts an error into each entry.
        clock: Seconds that only go forward.
    """

    def __init__(self, write: Callable[[list[LedgerEntry]], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._waiting: list[tuple[LedgerEntry, asyncio.Future[None]]] = []
        self._begun = 0.0
        # How many seconds the last commits took.
        self._taken = 0.0

    async def settle(self, entry: LedgerEntry) -> None:
        """Return when an entry is durable.

        Raises:
            DatabaseError: it could not be written.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((entry, done))
        if len(self._waiting) == 1:
            self._begun = self._clock()
            loop.call_soon(self._await_others, 1, _QUIET_ROUNDS)
        await done
        if entry.error:
            raise entry.error

    def _await_others(self, known: int, rounds: int) -> None:
        """Commit after so many more rounds of the event loop, unless tasks bring further entries."""
        number = len(self._waiting)
        rounds = _QUIET_ROUNDS if number > known else rounds - 1
        if rounds and self._clock() - self._begun < self._taken:
            asyncio.get_running_loop().call_soon(self._await_others, number, rounds)
        else:
            self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        begun = self._clock()
        self._write([entry for entry, _ in waiting])
        self._taken = (self._taken + self._clock() - begun) / 2
        for _, done in waiting:
            if not done.done():
                done.set_result(None)


def write(
    writer: LedgerWriter,
    entries: list[LedgerEntry],
    locked: Callable[[bool], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Make entries durable in one transaction. An error is put into each of them.

    While another program has locked the database, it is tried again, since an accepted message must not be forgotten.
    If the campaign is stopping then, nothing is claimed any more.

    Args:
        writer: The writer to the ledger.
        entries: The outcomes and claims.
        locked: Called with whether the database is locked.
        stopping: Returns whether the campaign is stopping.
    """
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    claims = [entry.claim for entry in entries if entry.claim]
    try:
        while True:
            try:
                refused = writer.write(outcomes, claims)
                break
            except DatabaseError as error:
                if not error.busy:
                    raise
                locked(True)
                claims = [] if stopping() else claims
        locked(False)
    except BaseException as error:  # noqa: BLE001 (each sender raises it)
        for entry in entries:
            entry.error = error
        return
    claimed = {claim.id for claim in claims} - refused
    for entry in entries:
        entry.claimed = entry.claim is not None and entry.claim.id in claimed
