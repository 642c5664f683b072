"""One run of a campaign: a sender for each connection, until no recipient is left or the campaign stops."""

import asyncio
import gc
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from newsletter.campaign.ledger_commits import GroupCommit, LedgerEntry, write
from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import PAGE, Queue
from newsletter.campaign.run_state import Addressed, PacedServer, Run, RunRules
from newsletter.campaign.sender import SendingTask
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.ledger import campaigns
from newsletter.ledger.deliveries import (
    LedgerWriter,
    Waiting,
    deferred_page,
    next_due,
    pending_page,
    return_to_pending,
)
from newsletter.transports.connection_pool import ConnectionPool

# How often the ledger is asked whether another command has paused or cancelled the campaign, and progress is reported,
# in seconds.
_STATE_CHECK, _PROGRESS = 1.0, 0.1
_STOPPED = "stopped by the author"


@dataclass(frozen=True, slots=True)
class SendingLimits:
    """Messages a second, to anybody and to one recipient domain; 0 sets no limit."""

    rate: float = 0
    domain_rate: float = 0


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How a run ended, and the reason if the campaign is not complete.

    Attributes:
        already_recorded: Whether another command has recorded the state, which ended the run.
        credible: Whether rejections in this run say something about the recipients, and not about the sender.
        warning: What went wrong without an effect on any message; else empty.
    """

    state: CampaignState
    reason: str = ""
    already_recorded: bool = False
    credible: bool = True
    warning: str = ""


class Sending:
    """One run of a campaign. Whoever has the ledger's writer may send; see `sending_lock`."""

    def __init__(
        self,
        database: Database,
        writer: LedgerWriter,
        campaign_id: int,
        compose: Addressed,
        servers: Sequence[PacedServer],
        rules: RunRules,
        limits: SendingLimits,
        *,
        stop: Stop | None = None,
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
        self._writer = writer
        self._run = Run(compose, queue, self.tally, rules, GroupCommit(self._write), chance, clock)
        self._stop = stop or Stop()
        self._trouble = ""
        self._over = threading.Event()

    def run(self, progress: Callable[[Tally], None]) -> RunEnding:
        """Send until no recipient is left, or the campaign stops. The caller records how it ended.

        Returns:
            The ending. A run that the author aborted while messages were being sent is still `sending`, as after a
            kill.

        Raises:
            DatabaseError: The ledger cannot be read or written. Messages that were being sent are uncertain.
        """
        pool = ConnectionPool([server.transport for server in self._servers])
        senders = [
            SendingTask(self._run, pool, position, server, self._given_up)
            for position, server in enumerate(self._servers)
            for _ in range(server.connections)
        ]
        if self._stop.requested:
            self._run.pause(_STOPPED)
        threading.Thread(target=self._work, args=(senders,), daemon=True).start()
        try:
            recorded = self._follow(progress)
        finally:
            # A second Ctrl-C may come before the first was seen.
            self._run.pause(_STOPPED if self._stop.requested else "")
            over = self._wait(lambda: None)
        if not over:
            # A connection may still be closing: only a claimed delivery is a message under way.
            reason = "it was left while messages were under way" if self._has_claims() else _STOPPED
            return RunEnding(CampaignState.SENDING, reason, already_recorded=True)
        progress(self.tally)
        if self._run.faults:
            raise self._run.faults[0]
        return self._ended(recorded)

    def _work(self, senders: Sequence[SendingTask]) -> None:
        # Objects that exist now live until the end; the garbage collector need not scan them.
        gc.freeze()
        try:
            asyncio.run(_work_side_by_side(senders))
        except BaseException as error:  # noqa: BLE001 (raised by the thread that waits for this one)
            self._run.faults.append(error)
        finally:
            gc.unfreeze()
            self._over.set()

    def _follow(self, progress: Callable[[Tally], None]) -> CampaignState:
        """Wait until all is sent or the campaign stops. Returns the state that the ledger had then."""
        state, looked = CampaignState.SENDING, time.monotonic()

        def look() -> None:
            nonlocal state, looked
            if self._stop.requested:
                self._run.pause(_STOPPED)
            progress(self.tally)
            if time.monotonic() - looked >= _STATE_CHECK:
                looked = time.monotonic()
                if (state := self._recorded_state()) is not CampaignState.SENDING:
                    self._run.pause("by the author")

        self._wait(look)
        return state

    def _wait(self, look: Callable[[], None]) -> bool:
        """Wait for the senders to end. Returns False if the author aborted meanwhile."""
        while not self._over.wait(_PROGRESS):
            if self._stop.aborted:
                return False
            look()
        return True

    def _write(self, entries: list[LedgerEntry]) -> None:
        write(self._writer, entries, self._locked, self._run.stopping.is_set)

    def _locked(self, locked: bool) -> None:
        self.tally.locked = locked

    def _recorded_state(self) -> CampaignState:
        with self._database.read() as connection:
            found = campaigns.find(connection, self._id)
        return found.state if found else CampaignState.CANCELLED

    def _has_claims(self) -> bool:
        with self._database.read() as connection:
            return campaigns.counts(connection, self._id)[DeliveryState.ATTEMPTING] > 0

    def _ended(self, recorded: CampaignState) -> RunEnding:
        if self.tally.refuses_us:
            with self._database.write() as connection:
                return_to_pending(connection, self.tally.suspects)
        reason = self._unfinished()
        if recorded is CampaignState.CANCELLED or (reason and recorded is CampaignState.PAUSED):
            ending = RunEnding(recorded, "by the author", already_recorded=True)
        else:
            ending = RunEnding(CampaignState.PAUSED if reason else CampaignState.COMPLETE, reason)
        credible = self.tally.credible(self._run.rules.pause_at)
        return replace(ending, credible=credible, warning=self._run.warning)

    def _unfinished(self) -> str:
        """Return why the campaign is not complete, or an empty text if it is."""
        with self._database.read() as connection:
            counted = campaigns.counts(connection, self._id)
            reasons = campaigns.reasons(connection, self._id, 1)
        if counted[DeliveryState.PENDING] + counted[DeliveryState.DEFERRED]:
            return self._run.reason or self._trouble or "not everybody was written to"
        if any(counted.values()) and not counted[DeliveryState.ACCEPTED]:
            return "no message was accepted" + "".join(f": {words}" for _, words, _ in reasons)
        return ""

    def _given_up(self, why: str) -> None:
        """Keep why a server cannot be reached: the reason of the pause if no connection is left."""
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
            if due is None:
                return None
            number = campaigns.counts(connection, self._id)[DeliveryState.DEFERRED]
        patience = max(0.0, min(due - now, self._furthest))
        self.tally.waits = number, now + patience
        return patience


async def _work_side_by_side(senders: Sequence[SendingTask]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for sender in senders:
            tasks.create_task(sender.work())
