"""Handing letters over: each thread of the box has a connection of its own, to a server that has little to do."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from newsletter.errors import TransportError
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Transport, Verdict


class Servers:
    """The servers, and how many letters are under way to each: one that hangs gets no more while others are free."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = tuple(transports)
        self._busy = Counter[int]()
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """How many connections each of them bears at least."""
        return min(transport.connections for transport in self._transports)

    @contextmanager
    def quietest(self, attempts: int) -> Iterator[Transport]:
        """The server with the fewest letters under way; of several, another one at each attempt."""
        number = len(self._transports)
        with self._lock:
            place = min(((attempts + step) % number for step in range(number)), key=self._busy.__getitem__)
            self._busy[place] += 1
        try:
            yield self._transports[place]
        finally:
            with self._lock:
                self._busy[place] -= 1


class Carrier:
    """One thread's connection."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._transport: Transport | None = None
        self._connection: Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection to hang up."""
        return self._connection is not None

    def carry(self, message: Outgoing, attempts: int) -> Answer:
        """One attempt; it counts from 0, and each after the first has a fresh connection."""
        with self._servers.quietest(attempts) as transport:
            if attempts or transport is not self._transport:
                self.hang_up()
            try:
                if self._connection is None or not self._connection.usable:
                    self.hang_up()
                    self._transport, self._connection = transport, transport.connect()
                return self._connection.send(message)
            except TransportError as error:
                return Answer(Verdict.UNSENT, Stage.CONNECT, text=error.message)

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self._connection:
            self._connection.close()
        self._connection = None
