"""The rate limit of each network: a token bucket, in memory.

It is in memory because it protects this process, must cost less than the requests it rejects, and keeps no list of
visitors. A restart resets it. The limits on mail to one address are in the database (`subscribers/request_limits.py`):
they survive a restart and apply to every process.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

# How many networks are counted. Beyond that, the network that was idle the longest is dropped.
_MAX_NETWORKS = 50_000
# The prefix length of an IPv6 network: a site has at least all addresses in it (RFC 6177).
_SITE = 64
# The prefix length of an organisation or a provider's customer with several sites (RFC 6177, §2), and how many
# networks it may use at once.
_ORGANISATION, _NETWORKS = 48, 4


class RateLimits:
    """Allows each network `burst` requests at once, and one more every `seconds`. `clock` must be monotonic.

    The IPv6 networks of an organisation together may make as many requests as four networks.
    """

    def __init__(self, clock: Callable[[], float], burst: int = 10, seconds: float = 30) -> None:
        self._networks = _Buckets(clock, burst, seconds)
        self._organisations = _Buckets(clock, _NETWORKS * burst, seconds / _NETWORKS)

    def wait(self, network: str) -> int:
        """Count a request. Returns 0 if it is allowed, or the seconds until the next one is."""
        organisation = _organisation_of(network)
        wait = max(self._networks.wait(network), self._organisations.wait(organisation) if organisation else 0)
        if not wait:
            self._networks.take(network)
            if organisation:
                self._organisations.take(organisation)
        return wait


class _Buckets:
    """The token buckets of one kind of network."""

    def __init__(self, clock: Callable[[], float], burst: int, seconds: float) -> None:
        self._clock, self._burst, self._seconds = clock, burst, seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, network: str) -> int:
        """Return 0 if a request is allowed now, or the seconds until one is."""
        left = self._left(network)
        return 0 if left >= 1 else int((1 - left) * self._seconds) + 1

    def take(self, network: str) -> None:
        """Count a request."""
        left = self._left(network)
        self._buckets.pop(network, None)
        self._buckets[network] = (left - 1, self._clock())
        if len(self._buckets) > _MAX_NETWORKS:
            self._buckets.popitem(last=False)

    def _left(self, network: str) -> float:
        now = self._clock()
        left, at = self._buckets.get(network, (float(self._burst), now))
        return min(self._burst, left + (now - at) / self._seconds)


def network_of(host: str) -> str:
    """Return the network of a host: an IPv4 address, or the first 64 bits of an IPv6 one. Other text stays as it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> (128 - _SITE) << (128 - _SITE))}/{_SITE}"
    return str(address)


def _organisation_of(network: str) -> str:
    """Return the first 48 bits of an IPv6 network from `network_of`, or "" for any other."""
    if not network.endswith(f"/{_SITE}"):
        return ""
    try:
        return str(IPv6Network(network).supernet(new_prefix=_ORGANISATION))
    except ValueError:
        return ""
