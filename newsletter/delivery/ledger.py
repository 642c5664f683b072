"""The ledger as many threads use it: what they bring at the same time shares a commit."""

import threading
import time

from newsletter.store.ledger import Claim, LedgerWriter, Outcome


class _Entry:
    """What one thread brings, and what became of it."""

    __slots__ = ("claim", "claimed", "error", "outcome", "written")

    def __init__(self, outcome: Outcome | None, claim: Claim | None) -> None:
        self.outcome, self.claim = outcome, claim
        self.written = self.claimed = False
        self.error: BaseException | None = None


class Ledger:
    """Claims and outcomes, each durable when `settle` returns.

    Whoever comes first writes for all who came meanwhile. With several connections it waits `patience` seconds for
    more of them: a commit for six costs little more than one.
    """

    def __init__(self, writer: LedgerWriter, patience: float = 0.0) -> None:
        self._writer, self._patience = writer, patience
        self._writing, self._entering = threading.Lock(), threading.Lock()
        self._entries: list[_Entry] = []

    def settle(self, outcome: Outcome | None = None, claim: Claim | None = None) -> bool:
        """Note what became of a connection's last message, and that it is about to send the next.

        Returns whether that one was claimed; if not, nothing of it may be sent.

        Raises:
            DatabaseError: the ledger cannot be written; nothing was claimed.
        """
        entry = _Entry(outcome, claim)
        with self._entering:
            self._entries.append(entry)
        with self._writing:
            if not entry.written:
                if self._patience:
                    time.sleep(self._patience)
                with self._entering:
                    entries, self._entries = self._entries, []
                self._write(entries)
        if entry.error:
            raise entry.error
        return entry.claimed

    def _write(self, entries: list[_Entry]) -> None:
        outcomes = [entry.outcome for entry in entries if entry.outcome]
        claims = [entry.claim for entry in entries if entry.claim]
        try:
            refused = self._writer.write(outcomes, claims)
        except BaseException as error:
            for entry in entries:
                entry.written, entry.error = True, error
            raise
        for entry in entries:
            entry.written = True
            entry.claimed = entry.claim is not None and entry.claim.id not in refused
