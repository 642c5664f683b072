"""Work in steps: what waits for a socket says so, and whoever does the work may do other work meanwhile."""

import selectors
import socket
import ssl
import time
from collections.abc import Generator
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Wait(NamedTuple):
    """A wait until a socket can be read, or written to, and at the latest until a time of `time.monotonic`."""

    connection: socket.socket
    event: int
    until: float


# Where a wait has lasted too long, `TimeoutError` is thrown into it.
Steps = Generator[Wait, None, T]


def finish(steps: Steps[T]) -> T:
    """Do all steps, waiting in this thread."""
    try:
        wait = next(steps)
        while True:
            with selectors.DefaultSelector() as selector:
                selector.register(wait.connection, wait.event)
                ready = selector.select(max(wait.until - time.monotonic(), 0))
            wait = next(steps) if ready else steps.throw(too_late())
    except StopIteration as ended:
        result: T = ended.value
        return result


def too_late() -> TimeoutError:
    """What is thrown into a wait that has lasted too long."""
    return TimeoutError("no answer in time")


def read_some(connection: socket.socket, most: int, until: float) -> Steps[bytes]:
    """What has come over a socket that does not block; nothing where the other side has hung up.

    Raises:
        OSError: nothing came in time (`TimeoutError`), or the connection has ended.
    """
    event = selectors.EVENT_READ
    # TLS may have read more from the socket than it was asked for. Elsewhere it is too early: nothing was answered yet.
    early = isinstance(connection, ssl.SSLSocket) and connection.pending()
    while True:
        if not early:
            yield Wait(connection, event, until)
        early = False
        try:
            return connection.recv(most)
        except (BlockingIOError, ssl.SSLWantReadError):
            event = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            event = selectors.EVENT_WRITE


def write_some(connection: socket.socket, content: bytes | memoryview, until: float) -> Steps[int]:
    """How many bytes of some content a socket that does not block has taken: one at least.

    Raises:
        OSError: it took none in time (`TimeoutError`), or the connection has ended.
    """
    while True:
        try:
            return connection.send(content)
        except (BlockingIOError, ssl.SSLWantWriteError):
            event = selectors.EVENT_WRITE
        except ssl.SSLWantReadError:
            event = selectors.EVENT_READ
        yield Wait(connection, event, until)
