"""A pool of connections to the servers of a publication: reused while usable, opened anew otherwise.

Users acquire a connection for one message or for several, and release it:

    with pool.connection() as connection:
        answer = connection.send(message)

A task of an event loop, to which the connection is bound, closes it itself and discards the lease.

A connection is used by one user at a time. Each user may hold one, so a server never has more connections than there
are users.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from newsletter.transports.base import Connection, Transport

# Seconds after which an unused connection is not reused. Servers close idle connections, some with a 421 that would be
# taken for the answer to the next message.
IDLE = 5.0


@dataclass(slots=True)
class Lease:
    """A connection while one user holds it.

    Attributes:
        server: The position of its transport in the pool.
        used_at: When it was opened or last used, by the pool's clock.
    """

    server: int
    connection: Connection
    used_at: float


@dataclass(slots=True)
class _Server:
    transport: Transport
    busy: int = 0
    # Unused connections with the time of their last use, the last used at the end.
    unused: list[tuple[Connection, float]] = field(default_factory=list)


class ConnectionPool:
    """Connections to one or several transports. Safe for threads; no connection is opened before it is needed.

    `clock` returns seconds and never goes back.
    """

    def __init__(self, transports: Sequence[Transport], clock: Callable[[], float] = time.monotonic) -> None:
        self._servers = [_Server(transport) for transport in transports]
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """How many connections each server allows at least."""
        return min(server.transport.connections for server in self._servers)

    @contextmanager
    def connection(self, attempt: int = 0, *, fresh: bool = False) -> Iterator[Connection]:
        """Hold a connection until the block ends; the arguments and the error are those of `acquire`."""
        lease = self.acquire(attempt, fresh=fresh)
        try:
            yield lease.connection
        except BaseException:
            # Nobody knows what was written last: a message may be under way.
            self.discard(lease)
            # The first error is the one to report.
            with suppress(Exception):
                lease.connection.close()
            raise
        self.release(lease)

    def acquire(self, attempt: int = 0, *, fresh: bool = False, server: int | None = None) -> Lease:
        """Take a connection out of the pool, or open one. This may block for as long as a server takes to answer.

        Args:
            attempt: The number of attempts before this one. Of servers that are equally busy, each attempt takes
                another one.
            fresh: Whether to open a new connection although there is an unused one.
            server: The position of the transport to use, instead of the least busy one.

        Raises:
            TransportError: The server cannot be reached; `temporary` says whether it may be later.
        """
        with self._lock:
            number = self._least_busy(attempt) if server is None else server
            chosen = self._servers[number]
            chosen.busy += 1
            found = chosen.unused.pop() if chosen.unused else None
        try:
            if found is not None:
                connection, used = found
                if not fresh and self._clock() - used < IDLE:
                    return Lease(number, connection, used)
                connection.close()
            return Lease(number, chosen.transport.connect(), self._clock())
        except BaseException:
            with self._lock:
                chosen.busy -= 1
            raise

    def mark_used(self, lease: Lease) -> None:
        """Note that a message was just sent over a connection that its user keeps."""
        lease.used_at = self._clock()

    def is_reusable(self, lease: Lease) -> bool:
        """Return whether its user can send another message over a connection, or must discard it."""
        return lease.connection.usable and self._clock() - lease.used_at < IDLE

    def discard(self, lease: Lease) -> None:
        """Give up a connection that its user has closed."""
        with self._lock:
            self._servers[lease.server].busy -= 1

    def release(self, lease: Lease) -> None:
        """Put a connection back for the next user; one that is no longer usable is closed."""
        server = self._servers[lease.server]
        usable = lease.connection.usable
        with self._lock:
            server.busy -= 1
            if usable:
                server.unused.append((lease.connection, self._clock()))
        if not usable:
            lease.connection.close()

    def close_unused(self) -> None:
        """Close all connections that nobody holds."""
        with self._lock:
            unused = [connection for server in self._servers for connection, _ in server.unused]
            for server in self._servers:
                server.unused.clear()
        # All are closed, also if one fails.
        with ExitStack() as closing:
            for connection in unused:
                closing.callback(connection.close)

    def _least_busy(self, attempt: int) -> int:
        number = len(self._servers)
        rotated = ((attempt + step) % number for step in range(number))
        return min(rotated, key=lambda position: self._servers[position].busy)
