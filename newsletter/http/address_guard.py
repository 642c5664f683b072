"""Which URLs and IP addresses may be requested, so that a link cannot reach a private network."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from newsletter.errors import FetchError

Address = IPv4Address | IPv6Address
Rule = Callable[[Address], bool]

# What IANA has assigned to hosts in IPv6, the parts of it that are not for hosts, and the prefix under
# which a network without IPv4 shows IPv4 hosts (RFC 4291 §2.4; RFC 3056, RFC 9637; RFC 6052 §2.1).
_UNICAST = IPv6Network("2000::/3")
_NOT_HOSTS = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")
_RELAYS = 0xC0586300  # 192.88.99.0/24, which once led to 6to4 relays (RFC 7526)
# This machine, and networks of one's own (RFC 1122 §3.2.1.3, RFC 1918, RFC 6598, RFC 4193).
_OWN = tuple(
    map(
        ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1", "fc00::/7")
    )
)
# Below it, ports other than these two are those of mail, shells and the like (RFC 6335 §6).
_PORTS, _FIRST_FREE_PORT = (80, 443), 1024


def is_public(address: Address) -> bool:
    """Return whether an address is on the public internet: not this machine, its network, or a special range."""
    if isinstance(address, IPv4Address):
        relayed = int(address) & 0xFFFFFF00 == _RELAYS
        return address.is_global and not address.is_multicast and not address.is_reserved and not relayed
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and address.is_global and not any(address in network for network in _NOT_HOSTS)


def is_public_or_own(address: Address) -> bool:
    """Return whether an address is public, or belongs to this machine or its network.

    Link-local addresses are neither: cloud providers serve credentials there.
    """
    return is_public(address) or any(address in network for network in _OWN)


def request_url(url: str) -> str:
    """Return a URL as it is requested: in ASCII, without its fragment.

    Raises:
        FetchError: it is no http or https URL, or one that no page has.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError(f"{shortened_url(url)} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise FetchError(f"{shortened_url(url)} is no http or https address, and nothing else is fetched")
    if not host:
        raise FetchError(f"{shortened_url(url)} names no host")
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"the address at {host} carries a name or a password, and none is sent")
    if port is not None and port not in _PORTS and port < _FIRST_FREE_PORT:
        raise FetchError(f"{host}:{port} is not the port of a web page")
    try:
        safe = safe_url_string(parts._replace(fragment="").geturl())
        safe.encode("ascii")
    except ValueError as error:
        raise FetchError(f"{shortened_url(url)} is not a URL that can be asked for") from error
    return safe


def shortened_url(url: str) -> str:
    """Return a URL for a message, cut after 200 characters."""
    return url if len(url) <= 200 else f"{url[:199]}…"
