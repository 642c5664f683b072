"""The stop of a campaign, for which tasks wait together with a time or a finished message, without polling."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf


@dataclass(slots=True, eq=False)
class _Waiting:
    until: float
    early: bool
    done: asyncio.Future[bool]


@dataclass(slots=True)
class StopSignal:
    """Whether a campaign stops, and the tasks that wait for it in one event loop. Any thread can set it.

    Attributes:
        wakes: How often tasks were woken because a message had finished.
    """

    wakes: int = 0
    _event: threading.Event = field(default_factory=threading.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _waiting: list[_Waiting] = field(default_factory=list)
    _timer: asyncio.TimerHandle | None = None

    def is_set(self) -> bool:
        """Return whether the campaign stops."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop the campaign, and wake all tasks that wait."""
        self._event.set()
        if self._loop:
            # In a closed loop, no task waits.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake_all)

    def wake(self) -> None:
        """Wake the tasks that wait for a finished message. Call it in the event loop."""
        self.wakes += 1
        if self._waiting:
            self._end([each for each in self._waiting if each.early], woken=True)

    async def wait_until(self, at: float, wakes: int | None = None) -> bool:
        """Wait until a time, or until the campaign stops.

        When a time comes, the task that began to wait last continues first. So at a slow rate, one connection sends
        and the others close, instead of each being opened again for its turn.

        Args:
            at: A time of `time.monotonic`; infinity for none.
            wakes: The value of `wakes` from which on a finished message ends the wait; None if none does.

        Returns:
            Whether the wait ended early.
        """
        # Yield even if the time has passed, or a sender without a recipient could block the event loop.
        await asyncio.sleep(0)
        self._loop = loop = asyncio.get_running_loop()
        early = wakes is not None
        if at <= loop.time() or self.is_set() or (early and wakes != self.wakes):
            return at > loop.time()
        waiting = _Waiting(at, early, loop.create_future())
        self._waiting.append(waiting)
        self._set_timer()
        try:
            return await waiting.done
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def _wake_all(self) -> None:
        self._end(self._waiting, woken=True)

    def _end(self, ended: list[_Waiting], *, woken: bool) -> None:
        for each in reversed(ended):
            if not each.done.done():
                each.done.set_result(woken)
        self._waiting = [each for each in self._waiting if not each.done.done()]

    def _set_timer(self) -> None:
        at = min((each.until for each in self._waiting), default=inf)
        if self._timer and self._timer.when() <= at:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._ring) if self._loop and at < inf else None

    def _ring(self) -> None:
        self._timer = None
        if self._loop:
            now = self._loop.time()
            self._end([each for each in self._waiting if each.until <= now], woken=False)
            self._set_timer()
