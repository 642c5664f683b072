"""A pool of connections to the servers of a publication. It reuses connections and replaces those that are not usable.

Users acquire a connection for one or more messages, and release it:

    with pool.connection() as connection:
        answer = connection.send(message)

A task of an event loop closes its connection itself and discards the lease, because the connection is bound to the
loop.

Each connection has one user at a time, and each user has at most one connection, so a server never has more
connections than there are users.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from newsletter.transports.base import Connection, Transport

# Seconds after which an unused connection is not reused. Servers close idle connections, some with a 421 that would
# look like the reply to the next message.
IDLE = 5.0


@dataclass(slots=True)
class Lease:
    """A connection that one user has acquired.

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
    # Unused connections with the time of their last use, the most recent at the end.
    unused: list[tuple[Connection, float]] = field(default_factory=list)


class ConnectionPool:
    """Connections to one or more transports. Thread-safe; opens a connection only when one is needed.

    Args:
        transports: The transports to connect to.
        clock: Returns monotonic seconds.
    """

    def __init__(self, transports: Sequence[Transport], clock: Callable[[], float] = time.monotonic) -> None:
        self._servers = [_Server(transport) for transport in transports]
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """The smallest connection limit of the servers."""
        return min(server.transport.connections for server in self._servers)

    @contextmanager
    def connection(self, attempt: int = 0, *, fresh: bool = False) -> Iterator[Connection]:
        """Acquire a connection until the block ends. Arguments and errors are those of `acquire`."""
        lease = self.acquire(attempt, fresh=fresh)
        try:
            yield lease.connection
        except BaseException:
            # Part of a message may have been written, so the connection cannot be reused.
            self.discard(lease)
            # Report the first error, not one from closing.
            with suppress(Exception):
                lease.connection.close()
            raise
        self.release(lease)

    def acquire(self, attempt: int = 0, *, fresh: bool = False, server: int | None = None) -> Lease:
        """Take a connection out of the pool, or open one. Blocks until the server has replied.

        Args:
            attempt: The number of previous attempts. Among equally busy servers, each attempt uses the next one.
            fresh: Whether to open a new connection even if there is an unused one.
            server: The position of the transport to use, instead of the least busy one.

        Raises:
            TransportError: The connection failed. `temporary` is true if a retry may succeed.
        """
        with self._lock:
            number = self._least_busy(attempt) if server is None else server
            chosen = self._servers[number]
            chosen.busy += 1
            found = chosen.unused.pop() if chosen.unused else None
        try:
            if found is not None:
                connection, used = found
                if not fresh and self._clock() - used < IDLE and connection.usable:
                    return Lease(number, connection, used)
                connection.close()
            return Lease(number, chosen.transport.connect(), self._clock())
        except BaseException:
            with self._lock:
                chosen.busy -= 1
            raise

    def mark_used(self, lease: Lease) -> None:
        """Record that the user has just sent a message and keeps the connection."""
        lease.used_at = self._clock()

    def is_reusable(self, lease: Lease) -> bool:
        """Return whether the user can send another message, or must discard the connection."""
        return lease.connection.usable and self._clock() - lease.used_at < IDLE

    def discard(self, lease: Lease) -> None:
        """Remove a connection that its user has closed."""
        with self._lock:
            self._servers[lease.server].busy -= 1

    def release(self, lease: Lease) -> None:
        """Return a connection to the pool, or close it if it is no longer usable."""
        server = self._servers[lease.server]
        usable = lease.connection.usable
        with self._lock:
            server.busy -= 1
            if usable:
                server.unused.append((lease.connection, self._clock()))
        if not usable:
            lease.connection.close()

    def close_unused(self) -> None:
        """Close all unused connections."""
        with self._lock:
            unused = [connection for server in self._servers for connection, _ in server.unused]
            for server in self._servers:
                server.unused.clear()
        # Close all of them even if one fails.
        with ExitStack() as closing:
            for connection in unused:
                closing.callback(connection.close)

    def _least_busy(self, attempt: int) -> int:
        number = len(self._servers)
        rotated = ((attempt + step) % number for step in range(number))
        return min(rotated, key=lambda position: self._servers[position].busy)
