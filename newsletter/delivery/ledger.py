"""The ledger as the senders of a campaign use it: what they bring at the same time shares a commit."""

from newsletter.store.ledger import Claim, LedgerWriter, Outcome


class Entry:
    """What one sender brings, and what became of it: whether the claim was noted, or why nothing was."""

    __slots__ = ("claim", "claimed", "error", "outcome")

    def __init__(self, outcome: Outcome | None, claim: Claim | None) -> None:
        self.outcome, self.claim = outcome, claim
        self.claimed = False
        self.error: BaseException | None = None


def write(writer: LedgerWriter, entries: list[Entry]) -> None:
    """Make entries durable, all in one transaction; what fails is told to each of them."""
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    claims = [entry.claim for entry in entries if entry.claim]
    try:
        refused = writer.write(outcomes, claims)
    except BaseException as error:  # noqa: BLE001 (each sender raises it)
        for entry in entries:
            entry.error = error
        return
    for entry in entries:
        entry.claimed = entry.claim is not None and entry.claim.id not in refused
