"""Connections to checked addresses: a host name is resolved once, so that its answer cannot change after the check."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address

import httpcore

from newsletter.errors import FetchError, NoAnswerError
from newsletter.http.address_guard import Rule

# The addresses and ports that a host's name and a port lead to.
Resolve = Callable[[str, int], Awaitable[list[tuple[str, int]]]]

# Seconds to wait for one address of a host before the next one is tried.
PATIENCE = 5


async def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Resolve a host name with the system's resolver.

    Raises:
        OSError: there is no such host.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(place[0]), int(place[1])) for *_, place in found))


class CheckedBackend(httpcore.AnyIOBackend):
    """Opens connections by address, after the rule has allowed every address of the host.

    TLS still uses the host name, so certificates are verified as usual.
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
        """Connect to the first of the host's addresses that answers.

        Raises:
            FetchError: one of its addresses is not allowed.
            NoAnswerError: there is no such host.
        """
        try:
            places = await self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise NoAnswerError(f"{host} cannot be found") from error
        for address, _ in places:
            if not self.rule(ip_address(address)):
                raise FetchError(
                    f"{host} leads to the private address {address}",
                    "Only with --allow-private is anything fetched from this machine and its network.",
                )
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address, its_port in places:
            try:
                return await super().connect_tcp(address, its_port, PATIENCE, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise NoAnswerError(f"{host} cannot be reached") from failure
