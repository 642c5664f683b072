"""What the senders of a run share, and the messages that are prepared ahead for them."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.campaign.ledger_commits import GroupCommit
from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import Queue
from newsletter.campaign.tally import Tally
from newsletter.campaign.threads import STOP_CHECK
from newsletter.ledger.deliveries import Waiting
from newsletter.transports.base import Outgoing, Transport

# Messages that are prepared ahead of their turn.
AHEAD = 20

# Returns the finished message to a recipient.
Addressed = Callable[[Waiting], Outgoing]


@dataclass(frozen=True, slots=True)
class RunRules:
    """Settings of a run: the seconds before each retry, and the percentage of failures that pauses it."""

    delays: tuple[int, ...]
    pause_at: int


@dataclass(frozen=True, slots=True)
class PacedServer:
    """A transport with its pace and the number of connections to open."""

    transport: Transport
    pace: Pace
    connections: int


@dataclass
class Run:
    """What the senders of a campaign share.

    Attributes:
        compose: Composes the message to a recipient.
        chance: The source of randomness that spreads retries.
        clock: Returns seconds since 1970.
        stopping: Set when no further message may be begun.
        reason: Why `stopping` is set.
        warning: Why a connection could not be closed, which does not affect its messages; the first is kept.
        faults: Errors of senders, which end the run.
    """

    compose: Addressed
    queue: Queue
    tally: Tally
    rules: RunRules
    commit: GroupCommit
    chance: random.Random
    clock: Callable[[], float] = time.time
    stopping: threading.Event = field(default_factory=threading.Event)
    reason: str = ""
    warning: str = ""
    faults: list[BaseException] = field(default_factory=list)
    _ahead: dict[int, Outgoing] = field(default_factory=dict)

    def prepare(self) -> None:
        """Prepare one message ahead of its turn, while a server works on another."""
        recipient = self.queue.ahead(len(self._ahead)) if len(self._ahead) < AHEAD else None
        if recipient is None or recipient.id in self._ahead:
            return
        try:
            self._ahead[recipient.id] = self.compose(recipient)
        except Exception:  # noqa: BLE001 (`message` raises it again at its turn)
            return

    def message(self, recipient: Waiting) -> Outgoing:
        """Return the message to a recipient.

        Raises:
            CampaignError: A header cannot hold the address.
        """
        return self._ahead.pop(recipient.id, None) or self.compose(recipient)

    async def wait_until(self, until: float) -> None:
        """Wait until a time of `time.monotonic`, or until the campaign stops."""
        # Also for a time that has passed: else a sender without a recipient could keep the event loop from all others.
        await asyncio.sleep(0)
        while (left := until - time.monotonic()) > 0 and not self.stopping.is_set():
            await asyncio.sleep(min(left, STOP_CHECK))

    def pause(self, reason: str) -> None:
        """Let messages under way be finished and begin no other. The first reason is kept."""
        if not self.stopping.is_set():
            self.reason = reason
            self.stopping.set()
