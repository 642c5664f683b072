"""The ledger as the senders of a campaign use it: what they bring at the same time shares a commit."""

from collections.abc import Callable

from newsletter.errors import DatabaseError
from newsletter.ledger.deliveries import Claim, LedgerWriter, Outcome


class Entry:
    """What one sender brings, and what became of it: whether the claim was noted, or why nothing was."""

    __slots__ = ("claim", "claimed", "error", "outcome")

    def __init__(self, outcome: Outcome | None, claim: Claim | None) -> None:
        self.outcome, self.claim = outcome, claim
        self.claimed = False
        self.error: BaseException | None = None


def write(
    writer: LedgerWriter,
    entries: list[Entry],
    locked: Callable[[bool], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Make entries durable, all in one transaction; what fails is told to each of them.

    While another program has the database, which `locked` is told, it is tried again, for what a server has accepted
    must not be forgotten; nothing is claimed any more if the campaign is stopping then.
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
