"""A campaign while it runs: as many senders as there are connections, until nobody is left or something stops it."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.pace import Pace
from newsletter.delivery.queue import PAGE, Queue
from newsletter.delivery.sender import Addressed, Rules, Run, Sender, Server
from newsletter.delivery.tally import SUSPECTS, Tally
from newsletter.models.delivery import CampaignState, DeliveryState
from newsletter.store import campaigns
from newsletter.store.database import Database
from newsletter.store.ledger import LedgerWriter, Waiting, deferred_page, next_due, pending_page, put_back

# How often the ledger is asked whether somebody has paused or cancelled the campaign, and progress is told, in seconds.
LOOK, TELL = 1.0, 0.1
# With more connections than a few, the ledger waits so many seconds for more to write at once.
FEW, PATIENCE = 3, 0.0003


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second, to anybody and to one recipient domain; 0 sets no limit."""

    rate: float = 0
    domain_rate: float = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and why, where it did not come to its end.

    `told` says that another command had noted the state already, which ended the run.
    """

    state: CampaignState
    reason: str = ""
    told: bool = False


class Sending:
    """One run of a campaign, with the writer that is the right to send; see `sending_lock`."""

    def __init__(
        self,
        database: Database,
        writer: LedgerWriter,
        campaign_id: int,
        letter: Addressed,
        servers: Sequence[Server],
        rules: Rules,
        limits: Limits,
        *,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._id, self._servers = database, campaign_id, servers
        self._clock, self._after = clock, 0
        self._furthest = max((*rules.delays, 0)) * 2
        chance = chance or random.Random()  # noqa: S311 (spreads retries, hides nothing)
        longest = rules.delays[0] if rules.delays else 60
        queue = Queue(self._page, self._due, Pace(limits.rate), limits.domain_rate, longest, chance)
        self.tally = Tally()
        many = sum(server.connections for server in servers) > FEW
        ledger = Ledger(writer, PATIENCE if many else 0)
        self._run = Run(letter, queue, ledger, self.tally, rules, chance, clock)
        self._trouble = ""

    def run(self, progress: Callable[[Tally], None]) -> Ending:
        """Send until it ends; Ctrl-C (KeyboardInterrupt) lets what is under way be finished.

        How the campaign ended is for the caller to note.

        Raises:
            DatabaseError: the ledger cannot be read or written; what is under way is uncertain.
        """
        threads = [
            threading.Thread(target=Sender(self._run, server, self._given_up).work, daemon=True)
            for server in self._servers
            for _ in range(server.connections)
        ]
        ending = Ending(CampaignState.COMPLETE)
        try:
            try:
                for thread in threads:
                    thread.start()
                ending = self._follow(threads, progress)
            except KeyboardInterrupt:
                self._run.pause("stopped by the author")
                self._join(threads, progress)
        finally:
            self._run.pause("")
            self._join(threads, progress)
        if self._run.faults:
            raise self._run.faults[0]
        return self._ended(ending)

    def _follow(self, threads: Sequence[threading.Thread], progress: Callable[[Tally], None]) -> Ending:
        looked = time.monotonic()
        for thread in threads:
            while thread.is_alive():
                thread.join(TELL)
                progress(self.tally)
                if time.monotonic() - looked >= LOOK:
                    looked = time.monotonic()
                    if (told := self._told()) is not CampaignState.SENDING:
                        self._run.pause("paused by the author")
                        return Ending(told, "by the author", told=True)
        return Ending(CampaignState.COMPLETE)

    def _join(self, threads: Sequence[threading.Thread], progress: Callable[[Tally], None]) -> None:
        for thread in threads:
            while thread.is_alive():
                thread.join(TELL)
                progress(self.tally)

    def _told(self) -> CampaignState:
        with self._database.read() as connection:
            found = campaigns.find(connection, self._id)
        return found.state if found else CampaignState.CANCELLED

    def _ended(self, ending: Ending) -> Ending:
        run = self._run
        if len(self.tally.suspects) >= SUSPECTS:
            with self._database.write() as connection:
                put_back(connection, self.tally.suspects)
        if ending.state is CampaignState.COMPLETE and self._open():
            return Ending(CampaignState.PAUSED, run.reason or self._trouble)
        return ending

    def _open(self) -> int:
        with self._database.read() as connection:
            counted = campaigns.counts(connection, self._id)
        return counted[DeliveryState.PENDING] + counted[DeliveryState.DEFERRED]

    def _given_up(self, why: str) -> None:
        """A connection cannot be had; when none is left, this is why the campaign pauses."""
        self._trouble = self._trouble or why

    def _page(self) -> list[Waiting]:
        now = int(self._clock())
        with self._database.read() as connection:
            found = pending_page(connection, self._id, self._after, PAGE)
            if found:
                self._after = found[-1].id
                return found
            return deferred_page(connection, self._id, now, now + self._furthest, PAGE)

    def _due(self) -> float | None:
        now = self._clock()
        with self._database.read() as connection:
            due = next_due(connection, self._id)
        return None if due is None else max(0.0, min(due - now, self._furthest))
