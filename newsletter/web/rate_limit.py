"""The rate limit of each network: a token bucket, in memory.

It is in memory because it protects this process, must cost less than the requests it rejects, and keeps no list of
visitors. A restart resets it. The limits on mail to one address are in the database (`subscribers/request_limits.py`):
they survive a restart and apply to every process.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

# How many networks are counted. Beyond that, the network that was idle the longest is dropped.
_MAX_NETWORKS = 50_000
# The prefix length of an IPv6 network: a site has at least all addresses in it (RFC 6177).
_SITE = 64


class RateLimits:
    """Allows each network `burst` requests at once, and one more every `seconds`. `clock` must be monotonic."""

    def __init__(self, clock: Callable[[], float], burst: int = 10, seconds: float = 30) -> None:
        self._clock, self._burst, self._seconds = clock, burst, seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, network: str) -> int:
        """Count a request. Returns 0 if it is allowed, or the seconds until the next one is."""
        now = self._clock()
        left, at = self._buckets.pop(network, (float(self._burst), now))
        left = min(self._burst, left + (now - at) / self._seconds)
        allowed = left >= 1
        self._buckets[network] = (left - allowed, now)
        if len(self._buckets) > _MAX_NETWORKS:
            self._buckets.popitem(last=False)
        return 0 if allowed else int((1 - left) * self._seconds) + 1


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
