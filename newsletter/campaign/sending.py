"""A run of a campaign: a sender for each connection, until no recipient is left or the campaign stops."""

import asyncio
import gc
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from newsletter.campaign.ledger_commits import GroupCommit, LedgerEntry, waits, write
from newsletter.campaign.pacing import OwnPaces, Paces
from newsletter.campaign.queue import Queue
from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.run_state import ComposeMessage, PacedServer, Run, RunRules
from newsletter.campaign.sender import CampaignSender
from newsletter.campaign.sending_gate import SendingGate
from newsletter.campaign.shared_campaign import SharedCampaign
from newsletter.campaign.shared_pace import SharedPaces
from newsletter.campaign.shared_pages import SharedPages
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Pause, Tally
from newsletter.campaign.waiting_pages import WaitingPages
from newsletter.campaign.warm_up import DayLimit
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import DatabaseError
from newsletter.ledger import campaigns
from newsletter.ledger.deliveries import count_deliveries, count_replies
from newsletter.ledger.delivery import DeliveryClaim
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.shared_limits import SharedLimits
from newsletter.ledger.waiting_deliveries import return_to_pending
from newsletter.transports.connection_pool import ConnectionPool

T = TypeVar("T")
# Seconds between checks for a pause or cancellation by another process, and between progress reports.
_STATE_CHECK, _PROGRESS = 1.0, 0.1
# The reason of a run that ended because of a `Stop`.
STOPPED = "stopped by the author"


@dataclass(frozen=True, slots=True)
class SendingLimits:
    """Messages per second, in total and to one recipient domain; 0 sets no limit."""

    rate: float = 0
    domain_rate: float = 0


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How a run ended.

    Attributes:
        reason: Why the campaign is not complete; empty if it is.
        already_recorded: Whether the state is already in the ledger, for example because another process set it.
        credible: Whether rejections in this run are because of the recipients, and not because of the sender.
        others: The number of other processes with which the campaign goes on; then the state is `sending`.
        warning: A problem that did not affect any message; else empty.
        counts: The deliveries by state, if the run counted them.
    """

    state: CampaignState
    reason: str = ""
    already_recorded: bool = False
    credible: bool = True
    others: int = 0
    warning: str = ""
    counts: Mapping[DeliveryState, int] | None = None


class CampaignRun:
    """A run of a campaign. It needs the writer to the ledger from `sending_lock`."""

    def __init__(
        self,
        database: Database,
        writer: LedgerWriter,
        campaign_id: int,
        compose: ComposeMessage,
        servers: Sequence[PacedServer],
        rules: RunRules,
        limits: SendingLimits,
        *,
        retried: RetriedDeliveries | None = None,
        shared: SharedCampaign | None = None,
        cover: Callable[[Sequence[DeliveryClaim]], None] = lambda _: None,
        stop: Stop | None = None,
        chance: random.Random | None = None,
        gate: SendingGate | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._id = database, campaign_id
        self._clock, self._shared = clock, shared
        chance = chance or random.Random()  # noqa: S311 (spreads retries, needs no security)
        longest = rules.delays[0] if rules.delays else 60
        furthest = max((*rules.delays, 0)) * 2
        self._paces, self._limits = self._open_paces()
        self._pages: WaitingPages | SharedPages
        if shared:
            self._pages = SharedPages(shared, retried, clock, furthest, self._patiently, self._wait_for)
        else:
            self._pages = WaitingPages(database, campaign_id, retried, clock, furthest, self._patiently, self._wait_for)
        self._servers = [replace(one, pace=self._paces.server(one.transport.name, one.pace)) for one in servers]
        pace = self._paces.campaign(limits.rate)
        queue = Queue(self._pages, pace, limits.domain_rate, longest, chance, self._make_gate(gate), self._paces)
        self.tally = Tally()
        self._writer, self._cover = writer, shared.before_claims if shared else cover
        commit = GroupCommit(self._write, tasks=queue.count_senders)
        self._run = Run(compose, queue, self.tally, rules, commit, retried, chance, clock)
        if shared:
            self._run.may_send, self._run.skipped = shared.may_send, shared.drop
        self._stop = stop or Stop()
        self._connect_error = self._recorded_reason = ""
        self._counted: Mapping[DeliveryState, int] | None = None
        self._finished = threading.Event()

    def run(self, progress: Callable[[Tally], None]) -> RunEnding:
        """Send until no recipient is left, or the campaign stops. The caller records how it ended.

        Returns:
            How the run ended. If the author aborted it while messages were in progress, the state stays `sending`, as
            after a kill.

        Raises:
            DatabaseError: The ledger cannot be read or written. Messages that were in progress are uncertain.
        """
        pool = ConnectionPool([server.transport for server in self._servers])
        senders = [
            CampaignSender(self._run, pool, position, server, self._record_connect_error)
            for position, server in enumerate(self._servers)
            for _ in range(server.connections)
        ]
        if self._stop.requested:
            self._run.pause(STOPPED)
        threading.Thread(target=self._work, args=(senders,), daemon=True).start()
        try:
            recorded = self._follow(progress)
        finally:
            # A second Ctrl-C may arrive before the first was handled.
            self._run.pause(STOPPED if self._stop.requested else "")
            finished = self._wait(lambda: None)
            if finished:
                self._close_paces()
        if not finished:
            # The run may only be waiting for a connection to close. Only a claim means that a message is in progress.
            reason = "aborted while messages were in progress" if self._has_claims() else STOPPED
            return RunEnding(CampaignState.SENDING, reason, already_recorded=True)
        progress(self.tally)
        if self._run.errors:
            raise self._run.errors[0]
        return self._ending(recorded)

    def _work(self, senders: Sequence[CampaignSender]) -> None:
        # Existing objects live until the end of the run, so the garbage collector does not need to scan them.
        gc.freeze()
        try:
            asyncio.run(_run_all(senders))
        except BaseException as error:  # noqa: BLE001 (raised by the thread that waits for this one)
            self._run.errors.append(error)
        finally:
            gc.unfreeze()
            self._finished.set()

    def _follow(self, progress: Callable[[Tally], None]) -> CampaignState:
        """Wait until everything is sent or the campaign stops. Returns the state in the ledger at the last check."""
        state, checked_at = CampaignState.SENDING, time.monotonic()

        def check() -> None:
            nonlocal state, checked_at
            if self._stop.requested:
                self._run.pause(STOPPED)
            progress(self.tally)
            if self._shared and self._shared.error:
                raise self._shared.error
            if time.monotonic() - checked_at >= _STATE_CHECK:
                checked_at = time.monotonic()
                state = self._recorded_state(state)
                if state is not CampaignState.SENDING:
                    self._run.pause(self._recorded_reason or f"{state} by the author")

        self._wait(check)
        return state

    def _wait(self, check: Callable[[], None]) -> bool:
        """Wait for the senders to finish. Returns False if the author aborted the run."""
        while not self._finished.wait(_PROGRESS):
            if self._stop.aborted:
                return False
            check()
        return True

    def _write(self, entries: list[LedgerEntry]) -> None:
        write(self._writer, entries, self._waits, self._run.stopping.is_set, self._cover)
        if self._shared:
            self._shared.recorded(entries)

    def _waits(self, error: DatabaseError | None) -> None:
        self.tally.waits_for = error

    def _open_paces(self) -> tuple[Paces, SharedLimits | None]:
        """Return the limits. Processes that use the same PostgreSQL share them."""
        if self._database.url.get_backend_name() != "postgresql":
            return OwnPaces(), None
        shared = SharedLimits(self._database, self._patiently)
        return SharedPaces(shared, self._id), shared

    def _close_paces(self) -> None:
        # What was not given back expires.
        with suppress(DatabaseError):
            self._paces.close()
            if self._limits:
                self._limits.forget_unused()
        if self._limits:
            self._limits.close()

    def _make_gate(self, gate: SendingGate | None) -> SendingGate:
        """Let a gate wait for the database and report why it is closed."""

        def close(closed: Pause | None) -> None:
            self.tally.closed = closed

        if gate is None:
            return SendingGate()
        day = gate.day
        # After a stop, nothing is sent.
        stopped = DayLimit(0, 0, self._clock())
        return replace(gate, waits=close, day=day and (lambda: self._patiently(day, stopped)))

    def _wait_for(self, deferred: int, until: float) -> None:
        self.tally.waits = deferred, until

    def _patiently(self, read: Callable[[], T], stopped: T) -> T:
        """Read from the ledger. While the database is locked or away, repeat it, or return `stopped` after a stop."""
        for wait in waits():
            try:
                found = read()
            except DatabaseError as error:
                if not error.transient:
                    raise
                if self._run.stopping.is_set():
                    return stopped
                self._waits(error)
                time.sleep(wait)
            else:
                self._waits(None)
                return found
        raise AssertionError("unreachable")

    def _recorded_state(self, before: CampaignState) -> CampaignState:
        """Return the state in the ledger, or `before` if the database is away."""
        try:
            with self._database.read() as connection:
                found = campaigns.find(connection, self._id)
        except DatabaseError as error:
            if not error.transient:
                raise
            return before
        self._recorded_reason = found.reason if found else ""
        return found.state if found else CampaignState.CANCELLED

    def _has_claims(self) -> bool:
        """Return whether a message is in progress, also if the database is away and does not say."""
        try:
            if self._shared:
                return self._shared.in_progress()
            with self._database.read() as connection:
                return count_deliveries(connection, self._id)[DeliveryState.ATTEMPTING] > 0
        except DatabaseError as error:
            if not error.transient:
                raise
            return True

    def _ending(self, recorded: CampaignState) -> RunEnding:
        if self.tally.sender_rejected:
            with self._database.write() as connection:
                return_to_pending(connection, self.tally.suspects)
        if self._shared:
            self._shared.leave()
            recorded = self._recorded_state(recorded)
            if recorded is CampaignState.SENDING and self._goes_on(self._shared):
                reason = self._run.reason or self._connect_error
                return RunEnding(recorded, reason, already_recorded=True, others=self._shared.others)
        reason = self._unfinished_reason()
        if recorded is CampaignState.CANCELLED or (reason and recorded is CampaignState.PAUSED):
            reason = self._recorded_reason or f"{recorded} by the author"
            ending = RunEnding(recorded, reason, already_recorded=True)
        elif self._shared and recorded is CampaignState.COMPLETE:
            ending = RunEnding(recorded, already_recorded=True)
        else:
            ending = RunEnding(CampaignState.PAUSED if reason else CampaignState.COMPLETE, reason)
        credible = self.tally.credible(self._run.rules.pause_at)
        return replace(ending, credible=credible, warning=self._run.warning, counts=self._counted)

    def _goes_on(self, shared: SharedCampaign) -> bool:
        """Return whether other processes send the rest, because only this one has stopped."""
        return shared.others > 0 and not shared.complete and not self._run.everywhere

    def _unfinished_reason(self) -> str:
        """Return why the campaign is not complete, or an empty text if it is."""
        with self._database.read() as connection:
            self._counted = counted = count_deliveries(connection, self._id)
            reasons = count_replies(connection, self._id, 1)
            retried = self._run.retried is not None and (
                self.tally.sender_rejected or self._is_any_left(connection, self._run.retried)
            )
        # A process that was killed may have left messages in progress.
        unanswered = counted[DeliveryState.ATTEMPTING] if self._shared else 0
        if counted[DeliveryState.PENDING] + counted[DeliveryState.DEFERRED] + unanswered or retried:
            return self._run.reason or self._connect_error or "some messages were not sent"
        if any(counted.values()) and not counted[DeliveryState.ACCEPTED]:
            return "no message was accepted" + "".join(f": {reply}" for _, reply, _ in reasons)
        return ""

    def _is_any_left(self, connection: Connection, retried: RetriedDeliveries) -> bool:
        # A process that shares the campaign has no lease any more with which it could read them.
        return retried.unfinished if self._shared else retried.any_left(connection)

    def _record_connect_error(self, reason: str) -> None:
        """Keep the first connection error, which is the reason of the pause if no connection is left."""
        self._connect_error = self._connect_error or reason


async def _run_all(senders: Sequence[CampaignSender]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for sender in senders:
            tasks.create_task(sender.work())
