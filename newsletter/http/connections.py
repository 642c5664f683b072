"""Opens connections to allowed addresses only.

A host name is resolved once, so that its address cannot change after the check.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address

import httpcore

from newsletter.errors import FetchError, NoAnswerError
from newsletter.http.address_guard import Rule

# Resolves a host name and a port to IP addresses and ports.
Resolve = Callable[[str, int], Awaitable[list[tuple[str, int]]]]

# Seconds to wait for one address of a host before trying the next one.
CONNECT_TIMEOUT = 5


async def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Resolve a host name with the system's resolver.

    Raises:
        OSError: the host name does not exist.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), int(address[1])) for *_, address in found))


class CheckedBackend(httpcore.AnyIOBackend):
    """Opens connections to IP addresses, if the rule allows every address of the host.

    TLS still uses the host name, so that certificates are verified as usual.
    """

    def __init__(self, rule: Rule, resolver: Resolve) -> None:
        self.rule = rule
        self.resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that accepts a connection.

        Raises:
            FetchError: one of its addresses is not allowed.
            NoAnswerError: the host name does not exist, or no address accepts a connection.
        """
        try:
            addresses = await self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise NoAnswerError(f"the host {host} does not exist") from error
        for address, _ in addresses:
            if not self.rule(ip_address(address)):
                raise FetchError(
                    f"{host} resolves to the private address {address}",
                    "Add `--allow-private` to allow requests to this machine and its network.",
                )
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address, resolved_port in addresses:
            try:
                return await super().connect_tcp(address, resolved_port, CONNECT_TIMEOUT, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise NoAnswerError(f"{host} cannot be reached") from failure
