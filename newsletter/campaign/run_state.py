"""A run of a campaign: what its senders share, and the messages that are made ahead for them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import Queue
from newsletter.campaign.tally import Tally
from newsletter.ledger.deliveries import Waiting
from newsletter.transports.base import Outgoing, Transport

# So many messages at most are made ahead of their turns.
AHEAD = 20


# What a letter gives for a recipient: the finished message.
Addressed = Callable[[Waiting], Outgoing]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the author has set: the seconds before further attempts, and the percentage that pauses."""

    delays: tuple[int, ...]
    pause_at: int


@dataclass(frozen=True, slots=True)
class Server:
    """A transport with its own pace, and how many connections are opened to it."""

    transport: Transport
    pace: Pace
    connections: int


@dataclass
class Run:
    """What the senders of a campaign share.

    `clock` gives seconds since 1970, `stopping` is set when no further message may be begun, and `reason` says why.
    """

    letter: Addressed
    queue: Queue
    tally: Tally
    rules: Rules
    chance: random.Random
    clock: Callable[[], float] = time.time
    stopping: threading.Event = field(default_factory=threading.Event)
    reason: str = ""
    faults: list[BaseException] = field(default_factory=list)
    _ahead: dict[int, Outgoing] = field(default_factory=dict)

    def prepare(self) -> bool:
        """Make a message ahead of its turn, while there is nothing else to do; False where there is none to make."""
        recipient = self.queue.ahead(len(self._ahead)) if len(self._ahead) < AHEAD else None
        if recipient is None or recipient.id in self._ahead:
            return False
        try:
            self._ahead[recipient.id] = self.letter(recipient)
        except Exception:  # noqa: BLE001 (it is told at its turn)
            return False
        return True

    def message(self, recipient: Waiting) -> Outgoing:
        """The message to a recipient.

        Raises:
            CampaignError: the address is none that a header can hold.
        """
        return self._ahead.pop(recipient.id, None) or self.letter(recipient)

    def pause(self, reason: str) -> None:
        """Let what is under way be finished, and begin nothing more; the first reason is kept."""
        if not self.stopping.is_set():
            self.reason = reason
            self.stopping.set()
