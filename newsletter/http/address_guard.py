"""Decides which URLs and IP addresses may be requested, so that links cannot reach private networks."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from newsletter.errors import FetchError

Address = IPv4Address | IPv6Address
Rule = Callable[[Address], bool]

# Global unicast IPv6 addresses, the parts of them that are not for hosts (6to4 and documentation), and the prefix for
# IPv4 hosts in networks without IPv4 (RFC 4291 §2.4; RFC 3056, RFC 9637; RFC 6052 §2.1).
_UNICAST = IPv6Network("2000::/3")
_NOT_HOSTS = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")
_RELAYS = 0xC0586300  # 192.88.99.0/24, formerly 6to4 relays (RFC 7526)
# Loopback and private networks (RFC 1122 §3.2.1.3, RFC 1918, RFC 6598, RFC 4193).
_OWN = tuple(
    map(
        ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1", "fc00::/7")
    )
)
# Other ports below 1024 belong to services such as mail and SSH (RFC 6335 §6).
_PORTS, _FIRST_FREE_PORT = (80, 443), 1024


def is_public(address: Address) -> bool:
    """Return whether an address is on the public internet: not loopback, private, or in a special range."""
    if isinstance(address, IPv4Address):
        relayed = int(address) & 0xFFFFFF00 == _RELAYS
        return address.is_global and not address.is_multicast and not address.is_reserved and not relayed
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and address.is_global and not any(address in network for network in _NOT_HOSTS)


def is_public_or_own(address: Address) -> bool:
    """Return whether an address is public, loopback or private.

    Link-local addresses are not allowed: cloud providers serve credentials there.
    """
    return is_public(address) or any(address in network for network in _OWN)


def request_url(url: str) -> str:
    """Return a URL in the form for a request: in ASCII, without its fragment.

    Raises:
        FetchError: the URL is not valid, not http or https, or must not be requested.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError(f"{shortened_url(url)} is not a valid URL: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise FetchError(f"{shortened_url(url)} is not an http or https URL")
    if not host:
        raise FetchError(f"the host is missing in {shortened_url(url)}")
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"the URL of {host} contains a username or password, which is not allowed")
    if port is not None and port not in _PORTS and port < _FIRST_FREE_PORT:
        raise FetchError(f"the port {port} of {host} is not allowed for web pages")
    try:
        safe = safe_url_string(parts._replace(fragment="").geturl())
        safe.encode("ascii")
    except ValueError as error:
        raise FetchError(f"{shortened_url(url)} is not a valid URL") from error
    return safe


def shortened_url(url: str) -> str:
    """Return a URL for a message, truncated to 200 characters."""
    return url if len(url) <= 200 else f"{url[:199]}…"
