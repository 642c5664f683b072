"""Floods of forms from one network, or from many addresses that count as one, behind a proxy."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.web.running import submit


@dataclass(frozen=True)
class Flood:
    """What floods with.

    Attributes:
        name: Who sends the forms.
        forwarded: Returns the header X-Forwarded-For of a request, by its number.
        burst: How many forms the senders may send at once.
        seconds: After how many seconds they may send another.
        others: The addresses of visitors who must still be served.
    """

    name: str
    forwarded: Callable[[int], str]
    burst: int
    seconds: float
    others: Sequence[str]


@dataclass(frozen=True)
class Flooded:
    """The result of a flood.

    Attributes:
        requests: The number of forms in the flood.
        admitted: How many were not refused.
        least: How many had to be admitted.
        most: How many could be admitted in the time that the flood took.
        shut_out: The other visitors who were refused.
    """

    requests: int
    admitted: int
    least: int
    most: int
    shut_out: list[str]

    @property
    def violations(self) -> list[str]:
        """What is not as it must be."""
        found = [f"{address} was refused" for address in self.shut_out]
        if not self.least <= self.admitted <= self.most:
            found.append(f"{self.admitted} forms were admitted, not {self.least} to {self.most}")
        return found


FLOODS = (
    Flood("an IPv4 address", lambda _: "192.0.2.1", 10, 30, ["192.0.2.2", "::ffff:192.0.2.3"]),
    Flood("an IPv4 address, also as IPv6", lambda n: "::ffff:192.0.2.1" if n % 2 else "192.0.2.1", 10, 30, []),
    Flood("an IPv4 address, behind others", lambda n: f"203.0.113.{n % 256}, 192.0.2.1", 10, 30, ["203.0.113.1"]),
    Flood("64 bits of IPv6", lambda n: f"2001:db8:1:2::{n:x}", 10, 30, ["2001:db8:1:3::1", "2001:db8:2::1"]),
    Flood("48 bits of IPv6", lambda n: f"2001:db8:1:{n:x}::1", 40, 7.5, ["2001:db8:2::1", "192.0.2.1"]),
)
# For a server that does not trust this machine.
UNTRUSTED = Flood("an untrusted proxy", lambda n: f"2001:db8:{n:x}::1", 10, 30, [])


def flood_forms(url: str, flood: Flood, requests: int) -> Flooded:
    """Send forms at once, then one from each of the other visitors."""
    started_at = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda number: submit(url, flood.forwarded(number)), range(requests)))
    seconds = time.monotonic() - started_at
    shut_out = [address for address in flood.others if submit(url, address) != 422]
    assert set(statuses) <= {422, 429}
    return Flooded(
        requests,
        statuses.count(422),
        min(requests, flood.burst),
        min(requests, flood.burst + int(seconds / flood.seconds) + 1),
        shut_out,
    )
