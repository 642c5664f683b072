"""Asynchronous reads and writes on a connected socket, with or without TLS.

asyncio's streams cannot use a socket that already has TLS, and do not report how many bytes were sent.
"""

import asyncio
import select
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
MAX_READ = 65_536


class Stream:
    """A connected socket, used by one task at a time. Several event loops may use it one after the other.

    Deadlines are times of `time.monotonic`, which is also the clock of event loops. After its deadline an operation
    tries once more before it raises `TimeoutError`: a reply that arrived while the loop was busy or the process was
    suspended is not lost. The event loop alone does not ensure this: `epoll_wait` reports nothing after a suspension.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._unsent = memoryview(b"")
        self._reader: asyncio.Future[bytes] | None = None
        # The event loop that watches the socket. It also does so between reads, which saves system calls.
        self._watching: asyncio.AbstractEventLoop | None = None

    @property
    def unsent(self) -> int:
        """How many bytes of the last `write` the system has not accepted."""
        return len(self._unsent)

    async def read(self, deadline: float) -> bytes:
        """Return the next received bytes; b"" at the end of the stream.

        Raises:
            OSError: Nothing arrived in time (`TimeoutError`), or the connection has failed.
        """
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        if self._watching is not loop:
            loop.add_reader(self._socket, self._receive, loop)
            self._watching = loop
        # TLS may have buffered bytes that the socket no longer reports.
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            self._receive(loop)
        return await _in_time(self._reader, loop, deadline, lambda: self._receive(loop))

    def read_waiting(self) -> bytes | None:
        """Return the bytes that have already arrived; b"" at the end of the stream, None if there are none.

        Raises:
            OSError: The connection has failed.
        """
        try:
            return self._socket.recv(MAX_READ)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    async def write(self, content: bytes, deadline: float) -> None:
        """Write all of the content; return when the system has accepted it.

        Raises:
            OSError: The bytes could not be written in time (`TimeoutError`), or the connection has failed.
        """
        self._unsent = memoryview(content)
        while (wait := self._send()) is not None:
            await wait(deadline)

    def close(self) -> None:
        """Close the socket."""
        self._ignore()
        self._socket.close()

    def _receive(self, loop: asyncio.AbstractEventLoop) -> None:
        """Pass received bytes to the task that waits for them."""
        if self._reader is None or self._reader.done():
            # Unexpected bytes, or the end of the connection. The next `read` gets them.
            self._ignore()
            return
        try:
            self._reader.set_result(self._socket.recv(MAX_READ))
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except ssl.SSLWantWriteError:
            # TLS must write before it can continue to read.
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
        """Send as much as the system accepts. Returns how to wait before sending the rest, or None if all is sent."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
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
            await _in_time(ready, loop, deadline, lambda: _wake_if(ready, self._socket, select.POLLOUT))
        finally:
            loop.remove_writer(self._socket)

    async def _readable(self, deadline: float) -> None:
        self._ignore()
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_reader(self._socket, _wake, ready)
        try:
            await _in_time(ready, loop, deadline, lambda: _wake_if(ready, self._socket, select.POLLIN))
        finally:
            loop.remove_reader(self._socket)


async def _in_time(
    result: asyncio.Future[T], loop: asyncio.AbstractEventLoop, deadline: float, last_try: Callable[[], None]
) -> T:
    """Await a result until a deadline. `last_try` sets the result at the deadline, if it can.

    `asyncio.timeout` is slower, and raises even if the result arrives in the same iteration of the event loop.
    """
    timer = loop.call_at(deadline, _expire, result, last_try)
    try:
        return await result
    finally:
        timer.cancel()


def _expire(result: asyncio.Future[T], last_try: Callable[[], None]) -> None:
    if not result.done():
        last_try()
    if not result.done():
        result.set_exception(TimeoutError("no reply in time"))


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _wake_if(ready: asyncio.Future[None], connection: socket.socket, event: int) -> None:
    """Wake a task if the socket is ready for an event of `select.poll` now."""
    poll = select.poll()
    poll.register(connection, event)
    if poll.poll(0):
        _wake(ready)
