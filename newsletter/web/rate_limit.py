"""How often one network may ask: a token bucket for each, in memory.

In memory, since it protects this process, has to cost less than what it refuses, and keeps no list
of visitors; a restart forgives. What protects an address from being written to too often is in the
database (`store/consent.py`), where it outlives a restart and holds for every process.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

# How many networks are remembered: the one that asked longest ago is forgotten first.
_MOST = 50_000
# What an IPv6 customer is given at least (RFC 6177): whoever has one address has all of these.
_SITE = 64


class Limits:
    """Lets each network ask `burst` times at once, and once more every `seconds`; `clock` never goes back."""

    def __init__(self, clock: Callable[[], float], burst: int = 10, seconds: float = 30) -> None:
        self._clock, self._burst, self._seconds = clock, burst, seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, network: str) -> int:
        """Take one; 0, or in how many seconds there will be one."""
        now = self._clock()
        left, at = self._buckets.pop(network, (float(self._burst), now))
        left = min(self._burst, left + (now - at) / self._seconds)
        allowed = left >= 1
        self._buckets[network] = (left - allowed, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return 0 if allowed else int((1 - left) * self._seconds) + 1


def network_of(host: str) -> str:
    """What counts as one network: an IPv4 address, the first 64 bits of an IPv6 one; else what a proxy has said."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> (128 - _SITE) << (128 - _SITE))}/{_SITE}"
    return str(address)
