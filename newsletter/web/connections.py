"""The connections to the public pages: how many there may be, and which are closed to make room for others.

A connection that waits costs an attacker nothing, so it never keeps others out: beyond a limit, the one that has waited
the longest for the rest of its request is closed. A visitor's request is complete after milliseconds.
"""

import asyncio
import os
import resource
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from newsletter.errors import AccessError
from newsletter.web.rate_limit import network_of

# The most connections, and connections of one network that have not sent a complete request. A browser opens six.
MOST, MOST_UNFINISHED = 2000, 32
# Seconds until the head of a request must be complete, and then its body.
HEAD_TIMEOUT, BODY_TIMEOUT = 10.0, 30.0
# More connections, which are answered with 503 while all others are being answered.
SPARE = 32
# Descriptors for everything else: about 13 connections to the database with three files each, 40 files of the archive
# that are read at once, and connections to mail servers.
_RESERVED = 128
_FEWEST = 16


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    NEXT = auto()


_TIMEOUTS = {Phase.HEAD: HEAD_TIMEOUT, Phase.BODY: BODY_TIMEOUT}


class Connections:
    """The open connections.

    Args:
        most: How many there may be.
        trusted: Whether a host is a proxy, which holds the connections of many visitors.
    """

    def __init__(self, most: int, trusted: Callable[[str], bool]) -> None:
        self.most = most
        self._trusted = trusted
        # Dictionaries keep the order in which they were filled, so the first connection has waited the longest.
        self._open: dict[LimitedConnection, None] = {}
        self._waiting: dict[LimitedConnection, None] = {}
        self._unfinished: dict[str, dict[LimitedConnection, None]] = {}
        self._closed = asyncio.Event()

    def add(self, connection: "LimitedConnection", host: str) -> None:
        """Count a new connection. If its network has too many, close the one that has waited the longest."""
        self._open[connection] = None
        if not self._trusted(host):
            connection.network = network_of(host)
            mine = self._unfinished.get(connection.network, {})
            if len(mine) >= MOST_UNFINISHED:
                next(iter(mine)).drop()

    def note(self, connection: "LimitedConnection", phase: Phase) -> None:
        """Note that a connection has begun to wait for something else."""
        if connection not in self._open:
            return
        self._forget(connection)
        if phase is not Phase.ANSWER:
            self._waiting[connection] = None
        if connection.network and phase in _TIMEOUTS:
            self._unfinished.setdefault(connection.network, {})[connection] = None

    def remove(self, connection: "LimitedConnection") -> None:
        """Forget a closed connection."""
        self._open.pop(connection, None)
        self._forget(connection)
        self._closed.set()

    async def make_room(self) -> bool:
        """Return once another connection may be accepted.

        Returns:
            Whether there were as many connections as possible.
        """
        full = len(self._open) >= self.most
        if full:
            self.drop_oldest()
        while len(self._open) >= self.most + SPARE:
            self._closed.clear()
            await self._closed.wait()
        return full

    def drop_oldest(self) -> None:
        """Close the connection that has waited the longest for a request or the rest of one, if there is any."""
        for connection in self._waiting:
            connection.drop()
            return

    def _forget(self, connection: "LimitedConnection") -> None:
        self._waiting.pop(connection, None)
        mine = self._unfinished.get(connection.network)
        if mine is not None:
            mine.pop(connection, None)
            if not mine:
                del self._unfinished[connection.network]


class LimitedConnection(H11Protocol):
    """Uvicorn's connection, with time limits for the head and the body of a request."""

    network = ""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], connections: Connections, host: str
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._table = connections
        self._phase: Phase | None = None
        self._timer: asyncio.TimerHandle | None = None
        connections.add(self, host)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._update()

    def data_received(self, data: bytes) -> None:
        """Handle received bytes."""
        super().data_received(data)
        self._update()

    def _should_upgrade(self) -> bool:
        """Answer a request for another protocol as any other (RFC 9110, §7.8), without uvicorn's two warnings."""
        return False

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._update()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        self._table.remove(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection at once."""
        self._table.remove(self)
        self.transport.abort()

    def _update(self) -> None:
        phase = self._current_phase()
        if phase is self._phase and phase is not Phase.NEXT:
            return
        self._phase = phase
        self._stop_timer()
        if timeout := _TIMEOUTS.get(phase):
            self._timer = self.loop.call_later(timeout, self.drop)
        self._table.note(self, phase)

    def _current_phase(self) -> Phase:
        # None before the first request, unlike its type in uvicorn.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle and not cycle.response_complete:
            return Phase.BODY if cycle.more_body else Phase.ANSWER
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.BODY
        return Phase.NEXT if cycle and not self.conn.trailing_data[0] else Phase.HEAD

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def connection_limit(
    limits: Callable[[], tuple[int, int]] = lambda: resource.getrlimit(resource.RLIMIT_NOFILE),
) -> int:
    """Return how many connections this process may hold, and raise its limit of open files if that is allowed.

    Raises:
        AccessError: The limit of open files leaves no room for connections.
    """
    soft, hard = limits()
    others = len(os.listdir("/dev/fd")) + _RESERVED + SPARE  # noqa: PTH208 (only the number counts)
    wanted = others + MOST
    if hard == resource.RLIM_INFINITY or hard > wanted:
        hard = wanted
    if soft != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, limits()[1]))
        soft = hard
    most = MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - others)
    if most < _FEWEST:
        raise AccessError(
            f"this process may open only {soft} files, which leaves no room for connections",
            f"Raise the limit to {others + _FEWEST} or more: `ulimit -n`, or LimitNOFILE= in a systemd service.",
        )
    return most
