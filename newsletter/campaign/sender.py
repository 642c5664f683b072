"""A sender: one connection and the work that is done over it, which never has two messages in doubt."""

import asyncio
import time
from collections.abc import Callable

from newsletter.campaign.ledger_commits import LedgerEntry
from newsletter.campaign.retry_policy import Decision, decide, describe_answer
from newsletter.campaign.run_state import PacedServer, Run
from newsletter.campaign.threads import in_thread
from newsletter.database.states import DeliveryState
from newsletter.errors import CampaignError, TransportError
from newsletter.ledger.deliveries import DeliveryClaim, DeliveryOutcome, Waiting
from newsletter.transports.base import Answer, Connection, Verdict

# How often a connection that was open before is tried again, and the seconds before the second try; each next is twice.
TRIES, FIRST_REST = 5, 1.0
# A connection that has rested for so many seconds is opened anew: servers part with those, and what they say then would
# be taken for the answer to the next message.
IDLE = 5.0
# So many messages in a row that a server could not be handed are a connection that cannot be used.
UNSENT = 5
# For so many seconds a domain that may have refused us lets the others go first, while nobody's message was accepted.
ASIDE = 1.0


class SendingTask:
    """Sends one message after another until nobody is left, or the campaign stops."""

    def __init__(self, run: Run, server: PacedServer, leave: Callable[[str], None]) -> None:
        self._run, self._server, self._leave = run, server, leave
        self._connection: Connection | None = None
        self._last: tuple[Waiting, DeliveryOutcome, Decision] | None = None
        self._unsent = 0
        self._was_open = False
        self._used = 0.0

    async def work(self) -> None:
        """Send; `leave` is told when the server cannot be used."""
        run = self._run
        try:
            # Whoever cannot be reached at all takes nobody's turn.
            while not run.stopping.is_set() and (self._was_open or await self._connected()):
                turn = run.queue.take(self._server.pace, time.monotonic())
                if turn is None:
                    break
                if turn.recipient is None and self._last:
                    # Whoever it was may be the last, or have to be written to again.
                    await self._settle()
                    continue
                if turn.recipient is None or turn.at > time.monotonic():
                    await self._settle()
                    if turn.at - time.monotonic() > IDLE:
                        await self._close()
                    await run.rest(turn.at)
                if turn.recipient is None:
                    continue
                connection = None if run.stopping.is_set() else await self._connected()
                if connection is None:
                    run.queue.put_back(turn.recipient)
                    break
                await self._send(connection, turn.recipient)
            await self._settle()
        except Exception as error:  # noqa: BLE001 (told by the thread that waits for this one)
            run.faults.append(error)
            run.pause("newsletter failed")
        await self._close()

    async def _send(self, connection: Connection, recipient: Waiting) -> None:
        run = self._run
        try:
            message = run.message(recipient)
        except CampaignError as error:
            # An address that no header can hold, or none: whoever was erased meanwhile cannot be claimed.
            claim = DeliveryClaim(recipient.id, int(run.clock()), "", self._server.transport.name)
            if not await self._settle(claim):
                run.queue.settled(recipient)
                return
            failed = DeliveryOutcome(
                recipient.id, DeliveryState.FAILED, int(run.clock()), recipient.attempts + 1, text=error.message
            )
            self._last = recipient, failed, Decision(DeliveryState.FAILED)
            return
        claim = DeliveryClaim(recipient.id, int(run.clock()), message.message_id, self._server.transport.name)
        if not await self._settle(claim):
            run.queue.settled(recipient)
            return
        asyncio.get_running_loop().call_soon(run.prepare)
        answer = await connection.sending(message)
        self._used = time.monotonic()
        self._last = recipient, *self._judged(recipient, answer)

    def _judged(self, recipient: Waiting, answer: Answer) -> tuple[DeliveryOutcome, Decision]:
        run, now, attempts = self._run, self._run.clock(), recipient.attempts + 1
        judgement = decide(answer, attempts, run.rules.delays, run.chance, reached=run.tally.reached)
        accepted = judgement.state is DeliveryState.ACCEPTED
        run.queue.answered(recipient.domain, time.monotonic(), accepted=accepted, slower=judgement.slower)
        if judgement.suspect and not run.tally.reached:
            run.queue.hold(recipient.domain, time.monotonic(), ASIDE)
        self._unsent = self._unsent + 1 if answer.verdict is Verdict.UNSENT else 0
        if judgement.ours:
            run.pause(f"{self._server.transport.name} refuses us: {judgement.ours}")
        elif self._unsent >= UNSENT:
            run.pause(f"{self._server.transport.name} takes no message: {describe_answer(answer)}")
        outcome = DeliveryOutcome(
            recipient.id,
            judgement.state,
            int(now),
            attempts if judgement.counts else recipient.attempts,
            int(now + judgement.delay) if judgement.delay else int(now),
            answer.code,
            answer.enhanced,
            answer.text,
        )
        return outcome, judgement

    async def _settle(self, claim: DeliveryClaim | None = None) -> bool:
        """Make durable what became of the last message, and the claim of the next."""
        if self._last is None and claim is None:
            return False
        recipient, outcome, judgement = self._last or (None, None, None)
        entry = LedgerEntry(outcome, claim)
        await self._run.commit.settle(entry)
        self._last = None
        if recipient and outcome and judgement:
            self._settled(recipient, outcome, judgement)
        return entry.claimed

    def _settled(self, recipient: Waiting, outcome: DeliveryOutcome, judgement: Decision) -> None:
        run = self._run
        if outcome.state is DeliveryState.PENDING:
            run.queue.put_back(recipient)
            return
        run.queue.settled(recipient)
        run.tally.add(recipient.id, recipient.domain, outcome.state, suspect=judgement.suspect)
        if run.tally.refuses_us:
            words = " ".join(str(part) for part in (outcome.code, outcome.enhanced, outcome.text) if part)
            run.pause(f"{self._server.transport.name} refuses one message after another: {words}")
        elif outcome.state is not DeliveryState.ACCEPTED and (reason := run.tally.too_bad(run.rules.pause_at)):
            run.pause(reason)

    async def _connected(self) -> Connection | None:
        """The connection to send over, if there is one to be had; a lost one is opened anew."""
        fresh = time.monotonic() - self._used < IDLE
        if self._connection is not None and self._connection.usable and fresh:
            return self._connection
        await self._settle()
        await self._close()
        run, rest = self._run, FIRST_REST
        tries = TRIES if self._was_open else 1
        for left in reversed(range(tries)):
            if run.stopping.is_set():
                return None
            try:
                self._connection = await in_thread(self._server.transport.connect)
            except TransportError as error:
                if not left or not error.temporary:
                    self._leave(error.message)
                    return None
                await run.rest(time.monotonic() + rest * (0.5 + run.chance.random()))
                rest *= 2
            else:
                self._was_open = True
                self._used = time.monotonic()
                return self._connection
        return None

    async def _close(self) -> None:
        if self._connection is not None:
            await self._connection.closing()
            self._connection = None
