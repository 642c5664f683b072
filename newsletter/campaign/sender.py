"""A sender: sends one message after another over one connection. At most one of them can be uncertain after a kill."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from newsletter.campaign.ledger_commits import LedgerEntry
from newsletter.campaign.retry_policy import CLOSING, RECIPIENT_KNOWN, Decision, decide, describe_answer
from newsletter.campaign.run_state import PacedServer, Run
from newsletter.campaign.threads import in_thread
from newsletter.database.states import DeliveryState
from newsletter.errors import CampaignError, DatabaseError, TransportError
from newsletter.ledger.delivery import DeliveryClaim, DeliveryOutcome, WaitingDelivery
from newsletter.transports import connection_pool
from newsletter.transports.base import Answer, Connection, Verdict
from newsletter.transports.connection_pool import ConnectionPool, Lease

# How often a lost connection is reopened, and the seconds before the second attempt. Each wait is twice as long.
TRIES, FIRST_WAIT = 5, 1.0
# The campaign pauses after this many unsent messages in a row; after more of them if the server replies 421, which asks
# for a later session: the sender waits before it connects again, longer each time.
UNSENT, UNSENT_LATER = 5, 10
# Until a message is accepted, a domain that may have rejected the sender waits for this many seconds, so that other
# domains are tried first.
ASIDE = 1.0


class CampaignSender:
    """Sends one message after another until no recipient is left, or the campaign stops.

    Args:
        run: The state that the senders of the campaign share.
        pool: The connections to the servers.
        position: The position of the sender's server in the pool.
        server: The server.
        give_up: Called with the reason if the server can no longer be reached.
    """

    def __init__(
        self, run: Run, pool: ConnectionPool, position: int, server: PacedServer, give_up: Callable[[str], None]
    ) -> None:
        self._run, self._pool, self._position, self._server, self._give_up = run, pool, position, server, give_up
        self._lease: Lease | None = None
        self._last: tuple[WaitingDelivery, DeliveryOutcome, Decision] | None = None
        self._unsent = 0
        self._later = False
        self._was_open = False
        # The name for which the queue reserves recipients: those whose retry only this server recognises.
        self._name = server.transport.name if server.retry_window else ""
        self._claimed_at = 0
        run.queue.add_sender(self._name)

    async def work(self) -> None:
        """Send until no recipient is left, or the campaign stops. Exceptions are added to `run.errors`."""
        run = self._run
        try:
            # Connect before taking a recipient, so that an unreachable server takes none from other servers.
            while not run.stopping.is_set() and (self._was_open or await self._connected()):
                wakes = run.stopping.wakes
                turn = run.queue.take(self._server.pace, time.monotonic(), self._name)
                if turn is None:
                    break
                if turn.recipient is None and self._last:
                    # Record the last outcome: its recipient may be the only one left and may need a retry.
                    await self._settle()
                    continue
                if turn.recipient is None or turn.at > time.monotonic():
                    await self._settle()
                    await self._wait(turn.at, wakes if turn.early else None)
                if turn.recipient is None:
                    continue
                connection = None if run.stopping.is_set() else await self._connected()
                if connection is None:
                    run.put_back(turn.recipient)
                    break
                await self._send(connection, turn.recipient)
            await self._settle()
        except Exception as error:  # noqa: BLE001 (the thread that waits for this one raises it)
            run.errors.append(error)
            run.pause("stopped by an error")
            # The answer to the last message is still in memory. The first error is the one to report.
            with suppress(DatabaseError):
                await self._settle()
        run.queue.remove_sender(self._name)
        await self._close()

    async def _wait(self, at: float, wakes: int | None) -> None:
        """Wait as `StopSignal.wait_until` does, and close the connection if it is not used for long."""
        stopping = self._run.stopping
        if self._lease is not None:
            idle_at = self._lease.used_at + connection_pool.IDLE
            if at > idle_at:
                # A finished message may end the wait at any time.
                if wakes is not None and await stopping.wait_until(idle_at, wakes):
                    return
                await self._close()
        await stopping.wait_until(at, wakes)

    async def _send(self, connection: Connection, recipient: WaitingDelivery) -> None:
        run = self._run
        if recipient.server and run.clock() >= recipient.until:
            # The server no longer recognises the first copy. The author decides.
            run.skip(recipient)
            return
        try:
            message = run.message(recipient)
        except CampaignError as error:
            # The address is not valid, or it is empty. It is empty if the subscriber was erased: the claim then fails.
            claim = self._claim(recipient, "")
            if not await self._settle(claim):
                run.skip(recipient)
                return
            decision = Decision(DeliveryState.FAILED)
            state = _recorded_state(recipient, decision)
            now, attempts = int(run.clock()), recipient.attempts + 1
            failed = DeliveryOutcome(recipient.id, state, now, attempts, text=error.message, lease=recipient.lease)
            self._last = recipient, failed, decision
            return
        if not await self._settle(self._claim(recipient, message.message_id)):
            run.skip(recipient)
            return
        if not run.may_send(recipient):
            # The process was suspended after the claim, and another one may have the lease. Nothing was sent.
            decision = Decision(DeliveryState.PENDING, counts=False)
            state, now = _recorded_state(recipient, decision), int(run.clock())
            unsent = DeliveryOutcome(recipient.id, state, now, recipient.attempts, lease=recipient.lease)
            self._last = recipient, unsent, decision
            return
        asyncio.get_running_loop().call_soon(run.prepare)
        answer = await connection.sending(message)
        if self._lease is not None:
            self._pool.mark_used(self._lease)
        self._last = recipient, *self._decide(recipient, answer)

    def _claim(self, recipient: WaitingDelivery, message_id: str) -> DeliveryClaim:
        name, self._claimed_at = self._server.transport.name, int(self._run.clock())
        return DeliveryClaim(
            recipient.id,
            self._claimed_at,
            message_id,
            name,
            recipient.uncertain,
            self._server.is_idempotent,
            recipient.lease,
        )

    def _decide(self, recipient: WaitingDelivery, answer: Answer) -> tuple[DeliveryOutcome, Decision]:
        run, now, attempts = self._run, self._run.clock(), recipient.attempts + 1
        interrupted = recipient.id in run.interrupted
        if answer.verdict is Verdict.UNSENT and answer.stage in RECIPIENT_KNOWN:
            run.interrupted.add(recipient.id)
        decision = decide(
            answer,
            attempts,
            run.rules.delays,
            run.chance,
            reached=run.tally.reached,
            interrupted=interrupted,
            # A delivery that the author retries may have been sent through another server first.
            idempotent=bool(self._name) and (bool(recipient.server) or not recipient.uncertain),
        )
        accepted = decision.state is DeliveryState.ACCEPTED
        run.queue.record_answer(recipient, time.monotonic(), accepted=accepted, slower=decision.slower)
        if decision.suspect and not run.tally.reached:
            run.queue.hold(recipient.domain, time.monotonic(), ASIDE)
        self._later = answer.verdict is Verdict.UNSENT and answer.code == CLOSING
        if answer.verdict is not Verdict.UNSENT:
            self._unsent = 0
        elif decision.state is DeliveryState.PENDING:
            self._unsent += 1
        if decision.sender_rejected:
            reason = f"{self._server.transport.name} rejects the sender: {decision.sender_rejected}"
            run.pause(reason, everywhere=True)
        elif self._unsent >= (UNSENT_LATER if self._later else UNSENT):
            run.pause(f"messages to {self._server.transport.name} cannot be sent: {describe_answer(answer)}")
        outcome = DeliveryOutcome(
            recipient.id,
            _recorded_state(recipient, decision),
            int(now),
            attempts if decision.counts else recipient.attempts,
            int(now + decision.delay) if decision.delay else int(now),
            answer.code,
            answer.enhanced,
            answer.text,
            recipient.lease,
            decision.state is DeliveryState.PENDING or self._retries(recipient, decision),
        )
        return outcome, decision

    async def _settle(self, claim: DeliveryClaim | None = None) -> bool:
        """Make the last outcome and the next claim durable. Returns whether the delivery was claimed."""
        if self._last is None and claim is None:
            return False
        recipient, outcome, decision = self._last or (None, None, None)
        entry = LedgerEntry(outcome, claim)
        await self._run.commit.settle(entry)
        self._last = None
        if recipient and outcome and decision:
            self._count(recipient, outcome, decision)
        return entry.claimed

    def _count(self, recipient: WaitingDelivery, outcome: DeliveryOutcome, decision: Decision) -> None:
        run = self._run
        if decision.state is DeliveryState.PENDING:
            run.put_back(recipient)
            return
        if outcome.state is not DeliveryState.DEFERRED:
            run.interrupted.discard(recipient.id)
        if run.retried and decision.state is DeliveryState.UNCERTAIN and decision.delay:
            run.retried.retry(self._reserve(recipient), outcome.due_at)
        elif run.retried and recipient.uncertain:
            run.retried.record(recipient, decision.state, outcome.due_at)
        run.finish(recipient)
        run.tally.add(recipient.id, recipient.domain, decision.state, suspect=decision.suspect)
        if run.tally.sender_rejected:
            reply = " ".join(str(part) for part in (outcome.code, outcome.enhanced, outcome.text) if part)
            run.pause(f"{self._server.transport.name} seems to reject the sender: {reply}", everywhere=True)
        elif decision.state is not DeliveryState.ACCEPTED and (reason := run.tally.pause_reason(run.rules.pause_at)):
            run.pause(reason, everywhere=True)

    def _retries(self, recipient: WaitingDelivery, decision: Decision) -> bool:
        """Return whether only this run knows that an uncertain delivery is sent again."""
        uncertain = recipient.uncertain or decision.state is DeliveryState.UNCERTAIN
        return self._run.retried is not None and uncertain and decision.delay > 0

    def _reserve(self, recipient: WaitingDelivery) -> WaitingDelivery:
        """Return a recipient with an uncertain delivery, whose retry only this server recognises."""
        if recipient.server:
            return recipient
        until = self._claimed_at + self._server.retry_window
        return replace(recipient, uncertain=True, server=self._name, until=until)

    async def _connected(self) -> Connection | None:
        """Return an open connection, or None if the server cannot be reached or the campaign stops."""
        if self._lease is not None and self._pool.is_reusable(self._lease):
            return self._lease.connection
        await self._settle()
        await self._close()
        run, wait = self._run, FIRST_WAIT
        if self._later and self._unsent > 1:
            longer = FIRST_WAIT * 2.0 ** (self._unsent - 2) * (0.5 + run.chance.random())
            self._server.pace.back_off(time.monotonic(), longer)
            await run.stopping.wait_until(time.monotonic() + longer)
        tries = TRIES if self._was_open else 1
        for left in reversed(range(tries)):
            if run.stopping.is_set():
                return None
            try:
                acquire = partial(self._pool.acquire, server=self._position)
                # A connection that is not open yet has sent nothing, so it can be dropped when the campaign stops.
                self._lease = await in_thread(acquire, run.stopping, self._drop)
            except TransportError as error:
                if not left or not error.temporary:
                    self._give_up(error.message)
                    return None
                await run.stopping.wait_until(time.monotonic() + wait * (0.5 + run.chance.random()))
                wait *= 2
            else:
                self._was_open = self._was_open or self._lease is not None
                return self._lease.connection if self._lease else None
        return None

    def _drop(self, lease: Lease) -> None:
        """Close a connection that opened after the campaign had stopped."""
        self._pool.discard(lease)
        with suppress(Exception):
            lease.connection.close()

    async def _close(self) -> None:
        if self._lease is not None:
            lease, self._lease = self._lease, None
            self._pool.discard(lease)
            try:
                await lease.connection.closing()
            except Exception as error:  # noqa: BLE001 (does not affect any message; the run reports it)
                name = self._server.transport.name
                reason = str(error) or type(error).__name__
                self._run.warning = self._run.warning or f"a connection to {name} could not be closed: {reason}"


def _recorded_state(recipient: WaitingDelivery, decision: Decision) -> DeliveryState:
    """Return the state in the ledger after an attempt.

    An uncertain delivery that is sent again stays uncertain unless the message is accepted: its recipient may have
    received an earlier message.
    """
    accepted = decision.state is DeliveryState.ACCEPTED
    return DeliveryState.UNCERTAIN if recipient.uncertain and not accepted else decision.state
