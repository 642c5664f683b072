"""The loop: one thread that does the work of all senders, each until it has to wait.

What they bring to the ledger in one round is made durable together before the next: the more there is to do, the
more share a commit, and with a single connection nobody waits for another.
"""

import heapq
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from itertools import count
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

from newsletter.delivery.ledger import Entry
from newsletter.transports.steps import Wait, too_late
from newsletter.transports.transport import Connection

T = TypeVar("T")
# How often it is looked whether a server has been waited for long enough, in seconds.
_LOOK = 0.5


class Rest(NamedTuple):
    """A wait until a time of `time.monotonic`, or until the campaign stops."""

    until: float


# What is waited for: a socket, a time, an entry that is to be durable, or what a thread does.
Wish = Wait | Rest | Entry | Future[Connection]
Work = Generator[Wish, None, None]


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Work that cannot be done in steps, in a thread of its own."""
    done = Future[T]()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 (whoever waits for it raises it)
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done


class Loop:
    """Does work side by side. `write` makes entries durable; `meanwhile` is called when all wait for something."""

    def __init__(
        self, write: Callable[[list[Entry]], None], meanwhile: Callable[[], bool], stopping: threading.Event
    ) -> None:
        self._write, self._meanwhile, self._stopping = write, meanwhile, stopping
        self._ready: deque[Work] = deque()
        self._entries: list[tuple[Entry, Work]] = []
        self._resting: list[tuple[float, int, Work]] = []
        self._number = count()
        self._done: SimpleQueue[Work] = SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._looked = 0.0
        self._alive = 0
        # How many seconds the last commit took.
        self._taken = 0.0

    def wake(self) -> None:
        """Have it look around, from another thread."""
        self._ringer.send(b"!")

    def run(self, works: Iterable[Work]) -> None:
        """Do all the work; it raises nothing itself."""
        self._ready.extend(works)
        self._alive = len(self._ready)
        self._selector.register(self._bell, selectors.EVENT_READ)
        try:
            while self._alive:
                self._round()
        finally:
            self._selector.close()
            self._bell.close()
            self._ringer.close()

    def _round(self) -> None:
        """Go on with what can go on; if there is much, for as long as it takes to make it durable."""
        begun = time.monotonic()
        while self._ready:
            self._step(self._ready.popleft())
            if self._entries and time.monotonic() - begun >= self._taken:
                break
        if self._entries:
            self._settle()
        if self._alive:
            self._listen()

    def _step(self, work: Work, error: Exception | None = None) -> None:
        try:
            wish = work.throw(error) if error else next(work)
        except StopIteration:
            self._alive -= 1
            return
        if isinstance(wish, Wait):
            self._selector.register(wish.connection, wish.event, (work, wish.until))
        elif isinstance(wish, Entry):
            self._entries.append((wish, work))
        elif isinstance(wish, Rest):
            heapq.heappush(self._resting, (wish.until, next(self._number), work))
        else:
            wish.add_done_callback(lambda _: self._tell(work))

    def _tell(self, work: Work) -> None:
        self._done.put(work)
        self.wake()

    def _settle(self) -> None:
        entries, self._entries = self._entries, []
        begun = time.monotonic()
        self._write([entry for entry, _ in entries])
        self._taken = time.monotonic() - begun
        for _, work in entries:
            self._step(work)

    def _listen(self) -> None:
        heard = self._selector.select(0)
        while not heard and not self._ready:
            if not self._meanwhile():
                heard = self._selector.select(self._patience())
                break
            heard = self._selector.select(0)
        for key, _ in heard:
            if key.data is None:
                self._bell.recv(4096)
                while not self._done.empty():
                    self._ready.append(self._done.get())
            else:
                self._selector.unregister(key.fileobj)
                self._ready.appendleft(key.data[0])
        now = time.monotonic()
        while self._resting and (self._resting[0][0] <= now or self._stopping.is_set()):
            self._ready.append(heapq.heappop(self._resting)[2])
        if now - self._looked >= _LOOK:
            self._looked = now
            self._give_up(now)

    def _patience(self) -> float:
        return max(min(self._resting[0][0] - time.monotonic(), _LOOK), 0) if self._resting else _LOOK

    def _give_up(self, now: float) -> None:
        """Throw an error into whatever has waited too long for a server."""
        late = [key for key in self._selector.get_map().values() if key.data and key.data[1] < now]
        for key in late:
            self._selector.unregister(key.fileobj)
            self._step(key.data[0], too_late())
