"""The state that the senders of a run share, and messages that are prepared in advance."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.campaign.ledger_commits import GroupCommit
from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import Queue
from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.stop_signal import StopSignal
from newsletter.campaign.tally import Tally
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.transports.base import Outgoing, Transport

# The number of messages that are prepared in advance.
AHEAD = 20

# Returns the finished message for a recipient.
ComposeMessage = Callable[[WaitingDelivery], Outgoing]


@dataclass(frozen=True, slots=True)
class RunRules:
    """Settings of a run.

    Attributes:
        delays: Seconds before each retry.
        pause_at: The percentage of failures at which the campaign pauses.
    """

    delays: tuple[int, ...]
    pause_at: int


@dataclass(frozen=True, slots=True)
class PacedServer:
    """A transport with its pace and the number of connections to open.

    Attributes:
        is_idempotent: Whether messages have a header by which the server recognises a second copy of a message.
        retry_window: For how many seconds it does so; 0 if it is not known.
    """

    transport: Transport
    pace: Pace
    connections: int
    is_idempotent: bool = False
    retry_window: int = 0


@dataclass
class Run:
    """The state that the senders of a campaign share.

    Attributes:
        compose: Composes the message for a recipient.
        retried: The uncertain deliveries that the run sends again; None if it sends none of them.
        chance: The source of randomness for retries.
        clock: Returns seconds since 1970.
        stopping: Set when no new message may be started.
        may_send: Returns whether the message of a claimed delivery may be sent.
        skipped: Called with a recipient who is left out.
        reason: Why `stopping` is set.
        everywhere: Whether the reason stops the campaign, and not only this process.
        warning: Why a connection could not be closed, which does not affect its messages. The first one is kept.
        errors: Exceptions of senders, which end the run.
        interrupted: The ids of unfinished deliveries at which a session ended.
    """

    compose: ComposeMessage
    queue: Queue
    tally: Tally
    rules: RunRules
    commit: GroupCommit
    retried: RetriedDeliveries | None
    chance: random.Random
    clock: Callable[[], float] = time.time
    stopping: StopSignal = field(default_factory=StopSignal)
    may_send: Callable[[WaitingDelivery], bool] = lambda _: True
    skipped: Callable[[WaitingDelivery], None] = lambda _: None
    reason: str = ""
    everywhere: bool = False
    warning: str = ""
    errors: list[BaseException] = field(default_factory=list)
    interrupted: set[int] = field(default_factory=set)
    _prepared: dict[int, Outgoing] = field(default_factory=dict)

    def prepare(self) -> None:
        """Prepare one message in advance, while a server works on another."""
        following = self.queue.peek(len(self._prepared)) if len(self._prepared) < AHEAD else None
        if following is None or following.id in self._prepared:
            following = self._next_unprepared()
        if following is None:
            return
        try:
            self._prepared[following.id] = self.compose(following)
        except Exception:  # noqa: BLE001 (`message` raises it again)
            return

    def _next_unprepared(self) -> WaitingDelivery | None:
        """Return the next recipient without a message, and make room for it."""
        ahead = [recipient for number in range(AHEAD) if (recipient := self.queue.peek(number))]
        following = next((one for one in ahead if one.id not in self._prepared), None)
        if following and len(self._prepared) >= AHEAD:
            # The recipient of one of them waits for a slow domain.
            ids = {one.id for one in ahead}
            del self._prepared[next(id for id in self._prepared if id not in ids)]
        return following

    def message(self, recipient: WaitingDelivery) -> Outgoing:
        """Return the message for a recipient.

        Raises:
            CampaignError: The address is not valid.
        """
        return self._prepared.pop(recipient.id, None) or self.compose(recipient)

    def finish(self, recipient: WaitingDelivery) -> None:
        """Record that the outcome of a recipient is in the ledger."""
        self.queue.finish(recipient)
        self.stopping.wake()

    def put_back(self, recipient: WaitingDelivery) -> None:
        """Queue a recipient again whose message was not sent."""
        self.queue.put_back(recipient)
        self.stopping.wake()

    def skip(self, recipient: WaitingDelivery) -> None:
        """Leave out a recipient whose delivery could not be claimed."""
        self.finish(recipient)
        self.skipped(recipient)
        # A campaign that stops claims nothing.
        if self.retried and not self.stopping.is_set():
            self.retried.drop(recipient)

    def pause(self, reason: str, *, everywhere: bool = False) -> None:
        """Finish the messages in progress and start no other. The first reason is kept.

        Args:
            reason: Why the run stops.
            everywhere: Whether the campaign stops, and not only this process.
        """
        if not self.stopping.is_set():
            self.reason, self.everywhere = reason, everywhere
            self.stopping.set()
