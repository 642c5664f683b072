"""Reads and writes that a task awaits, on a socket that is connected already, with TLS or without.

asyncio's own streams cannot take over a socket that has TLS, and do not say which bytes have left.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
MOST = 65_536


class Stream:
    """A connected socket, used by one task at a time, and by one event loop after another.

    Deadlines are times of `time.monotonic`, which is an event loop's clock, too. One that has passed raises
    `TimeoutError`, unless the socket is ready in the same round of the event loop: a reply that arrived while the
    loop was busy is not lost.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._left = memoryview(b"")
        self._reader: asyncio.Future[bytes] | None = None
        # The event loop that watches the socket. It goes on doing so between reads, which saves system calls.
        self._watching: asyncio.AbstractEventLoop | None = None

    @property
    def unsent(self) -> int:
        """How many bytes of the last `write` the system has not taken."""
        return len(self._left)

    async def read(self, deadline: float) -> bytes:
        """Return what arrives next; no bytes at the end of the stream.

        Raises:
            OSError: nothing arrived in time (`TimeoutError`), or the connection has failed.
        """
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        if self._watching is not loop:
            loop.add_reader(self._socket, self._receive, loop)
            self._watching = loop
        # TLS may hold bytes that the socket has delivered before.
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            self._receive(loop)
        return await _in_time(self._reader, loop, deadline)

    async def write(self, content: bytes, deadline: float) -> None:
        """Return when the system has taken all of the content.

        Raises:
            OSError: The bytes could not be written in time (`TimeoutError`), or the connection has failed.
        """
        self._left = memoryview(content)
        while (wait := self._send()) is not None:
            await wait(deadline)

    def close(self) -> None:
        """Close the socket."""
        self._ignore()
        self._socket.close()

    def _receive(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand what has arrived to the task that waits for it."""
        if self._reader is None or self._reader.done():
            # The server speaks unasked, or has hung up: the next `read` finds out.
            self._ignore()
            return
        try:
            self._reader.set_result(self._socket.recv(MOST))
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except ssl.SSLWantWriteError:
            # TLS has to answer before it reads on.
            loop.add_writer(self._socket, self._receive_after_writing, loop)
        except OSError as error:
            self._reader.set_exception(error)

    def _receive_after_writing(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_writer(self._socket)
        self._receive(loop)

    def _ignore(self) -> None:
        if self._watching and not self._watching.is_closed():
            self._watching.remove_reader(self._socket)
        self._watching = None

    def _send(self) -> Callable[[float], Awaitable[None]] | None:
        """Hand over what the system takes; return what to wait for before the rest can go."""
        try:
            while self._left:
                self._left = self._left[self._socket.send(self._left) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            return self._writable
        except ssl.SSLWantReadError:
            return self._readable
        return None

    async def _writable(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_writer(self._socket, _wake, ready)
        try:
            await _in_time(ready, loop, deadline)
        finally:
            loop.remove_writer(self._socket)

    async def _readable(self, deadline: float) -> None:
        self._ignore()
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_reader(self._socket, _wake, ready)
        try:
            await _in_time(ready, loop, deadline)
        finally:
            loop.remove_reader(self._socket)


async def _in_time(result: asyncio.Future[T], loop: asyncio.AbstractEventLoop, deadline: float) -> T:
    """Return a result. `asyncio.timeout` costs more, and prefers the deadline to a result of the same round."""
    timer = loop.call_at(deadline, _expire, result)
    try:
        return await result
    finally:
        timer.cancel()


def _expire(result: asyncio.Future[T]) -> None:
    if not result.done():
        result.set_exception(TimeoutError("no answer in time"))


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
