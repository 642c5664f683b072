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
from dataclasses import dataclass
from itertools import count
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

from newsletter.campaign.ledger_commits import Entry
from newsletter.transports.base import Connection
from newsletter.transports.steps import Wait, too_late

T = TypeVar("T")
# How often it is looked whether the campaign stops, and whether a server was waited for long enough, in seconds.
_LOOK = 0.1


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


@dataclass(slots=True)
class _Watch:
    """A socket that the selector knows, so that it need not be told for each message, and the work that waits."""

    wait: Wait
    work: Work | None = None


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
        self._watches: dict[int, _Watch] = {}
        self._bell, self._ringer = socket.socketpair()
        self._looked = 0.0
        self._alive = 0
        # How many seconds the last commits took.
        self._taken = 0.0

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
            self._watch(work, wish)
        elif isinstance(wish, Entry):
            self._entries.append((wish, work))
        elif isinstance(wish, Rest):
            heapq.heappush(self._resting, (wish.until, next(self._number), work))
        else:
            wish.add_done_callback(lambda _: self._tell(work))

    def _tell(self, work: Work) -> None:
        self._done.put(work)
        self._ringer.send(b"!")

    def _settle(self) -> None:
        entries, self._entries = self._entries, []
        begun = time.monotonic()
        self._write([entry for entry, _ in entries])
        self._taken = (self._taken + time.monotonic() - begun) / 2
        for _, work in entries:
            self._step(work)

    def _listen(self) -> None:
        heard = self._selector.select(0)
        while not (heard or self._ready or self._entries):
            if not self._meanwhile():
                heard = self._selector.select(self._patience())
                break
            heard = self._selector.select(0)
        for key, _ in heard:
            watch: _Watch | None = key.data
            if watch is None:
                self._bell.recv(4096)
                while not self._done.empty():
                    self._ready.append(self._done.get())
            elif watch.work is None:
                # It spoke unasked, or hung up: whoever uses the connection next finds out.
                self._selector.unregister(watch.wait.connection)
                del self._watches[key.fd]
            else:
                self._ready.append(watch.work)
                watch.work = None
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
        for watch in list(self._watches.values()):
            if watch.work and watch.wait.until < now:
                work, watch.work = watch.work, None
                self._step(work, too_late())

    def _watch(self, work: Work, wait: Wait) -> None:
        number = wait.connection.fileno()
        watch = self._watches.get(number)
        if watch and watch.wait.connection is not wait.connection:
            # It was closed since, and another one has its number.
            self._selector.unregister(watch.wait.connection)
            watch = None
        if watch is None:
            watch = self._watches[number] = _Watch(wait)
            self._selector.register(wait.connection, wait.event, watch)
        elif watch.wait.event != wait.event:
            self._selector.modify(wait.connection, wait.event, watch)
        watch.work, watch.wait = work, wait
