"""A campaign while it runs: as many senders as there are connections, until nobody is left or something stops it."""

import gc
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from newsletter.delivery.ledger import write
from newsletter.delivery.loop import Loop, Work
from newsletter.delivery.pace import Pace
from newsletter.delivery.queue import PAGE, Queue
from newsletter.delivery.run import Addressed, Rules, Run, Server
from newsletter.delivery.sender import Sender
from newsletter.delivery.tally import SUSPECTS, Tally
from newsletter.models.delivery import CampaignState, DeliveryState
from newsletter.store import campaigns
from newsletter.store.database import Database
from newsletter.store.ledger import LedgerWriter, Waiting, deferred_page, next_due, pending_page, put_back

# How often the ledger is asked whether somebody has paused or cancelled the campaign, and progress is told, in seconds.
LOOK, TELL = 1.0, 0.1


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
    """One run of a campaign. The process must have the right to send; see `sending_lock`."""

    def __init__(
        self,
        database: Database,
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
        self._writer = LedgerWriter(database)
        self.tally = Tally()
        self._run = Run(letter, queue, self.tally, rules, chance, clock)
        self._loop = Loop(partial(write, self._writer), self._run.prepare, self._run.stopping)
        self._trouble = ""
        self._over = threading.Event()

    def run(self, progress: Callable[[Tally], None]) -> Ending:
        """Send until it ends; Ctrl-C (KeyboardInterrupt) lets what is under way be finished.

        How the campaign ended is for the caller to note.

        Raises:
            DatabaseError: the ledger cannot be read or written; what is under way is uncertain.
        """
        senders = [
            Sender(self._run, server, self._given_up).work()
            for server in self._servers
            for _ in range(server.connections)
        ]
        ending = Ending(CampaignState.COMPLETE)
        # It is not joined: Python takes a thread for ended that is joined when Ctrl-C comes.
        threading.Thread(target=self._work, args=(senders,), daemon=True).start()
        try:
            try:
                ending = self._follow(progress)
            except KeyboardInterrupt:
                self._run.pause("stopped by the author")
                self._wait(progress)
        finally:
            self._run.pause("")
            self._wait(progress)
            self._writer.close()
        if self._run.faults:
            raise self._run.faults[0]
        return self._ended(ending)

    def _work(self, senders: Sequence[Work]) -> None:
        # What is there already lives until the end: Python's collector would go through it again and again.
        gc.freeze()
        try:
            self._loop.run(senders)
        except BaseException as error:  # noqa: BLE001 (raised by the thread that waits for this one)
            self._run.faults.append(error)
        finally:
            gc.unfreeze()
            self._over.set()

    def _follow(self, progress: Callable[[Tally], None]) -> Ending:
        looked = time.monotonic()
        while not self._over.wait(TELL):
            progress(self.tally)
            if time.monotonic() - looked >= LOOK:
                looked = time.monotonic()
                if (told := self._told()) is not CampaignState.SENDING:
                    self._run.pause("paused by the author")
                    return Ending(told, "by the author", told=True)
        progress(self.tally)
        return Ending(CampaignState.COMPLETE)

    def _wait(self, progress: Callable[[Tally], None]) -> None:
        while not self._over.wait(TELL):
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
