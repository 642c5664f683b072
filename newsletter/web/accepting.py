"""Accepts connections to the public pages. Asyncio's own loop logs a traceback for each attempt that fails."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial

from newsletter.web.access_log import ThrottledLog
from newsletter.web.connections import Connections

# Seconds between attempts after a failure, which double up to the longest.
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0
# The name of the log event, on which other programs may rely.
_LIMITED = "connections limited"


async def accept_connections(
    listener: socket.socket, connections: Connections, connect: Callable[[str], asyncio.Protocol]
) -> None:
    """Accept connections until cancelled.

    If the system refuses one, because too many files are open, a waiting connection is closed and the next attempt is
    made after a short time.

    Args:
        listener: The listening socket.
        connections: The open connections.
        connect: Returns the protocol of a new connection from a host.
    """
    loop, wait = asyncio.get_running_loop(), _FIRST_WAIT
    log = ThrottledLog(loop.time)
    listener.setblocking(False)
    while True:
        if await connections.make_room():
            log.warn(_LIMITED, "too many connections", most=connections.most)
        try:
            connection, address = await loop.sock_accept(listener)
        except ConnectionError:
            continue  # closed before it was accepted
        except OSError as error:
            log.warn(_LIMITED, error.strerror or type(error).__name__, most=connections.most)
            connections.drop_oldest()
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            continue
        wait = _FIRST_WAIT
        try:
            await loop.connect_accepted_socket(partial(connect, str(address[0])), connection)
        except OSError:
            connection.close()  # closed by the client in the meantime
