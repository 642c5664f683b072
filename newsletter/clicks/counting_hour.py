"""What a process remembers of one hour to count each reader once: salted hashes, which are dropped with it."""

import hashlib
from dataclasses import dataclass, field

# The seconds within which a network that opens several entries is a program.
BURST = 2.0
# The readers that are remembered. Those beyond are doubtful, since they may have been counted before.
MOST_READERS = 100_000


@dataclass(slots=True)
class PendingClick:
    """A click that is not yet counted, because it may turn out to be doubtful.

    Attributes:
        at: When it was made, in seconds since 1970 (UTC).
        slug: The slug of the issue.
        entry: The name of the entry.
        published: Whether the issue was published.
        reader: The salted hash of reader and entry.
        doubtful: Whether it may have been a program.
        hour: The hour that it belongs to.
    """

    at: float
    slug: str
    entry: str
    published: bool
    reader: bytes
    doubtful: bool
    hour: "CountingHour"


@dataclass(slots=True)
class _Network:
    """The recent clicks from one network: when each entry was last opened, and those that are not doubtful so far."""

    last: dict[tuple[str, str], float] = field(default_factory=dict)
    clicks: list[PendingClick] = field(default_factory=list)


class CountingHour:
    """An hour in which each reader is counted once.

    Args:
        begin: The beginning of the hour, in seconds since 1970 (UTC).
        salt: Random bytes. Nobody else knows them, and they are never stored.
    """

    def __init__(self, begin: int, salt: bytes) -> None:
        self.begin = begin
        self._salt = salt
        self._networks: dict[bytes, _Network] = {}
        # The readers that were counted, and whether as certain.
        self._readers: dict[bytes, bool] = {}

    def digest(self, *parts: str) -> bytes:
        """Return a hash that nobody can compare with those of another hour."""
        text = "\0".join(parts).encode(errors="surrogatepass")
        return hashlib.blake2b(text, digest_size=12, key=self._salt).digest()

    def mark_burst(self, network: str, entry: tuple[str, str], at: float) -> bool:
        """Mark the recent clicks of a network on other entries as doubtful. Returns whether there are any."""
        found = self._networks.get(self.digest(network))
        if found is None or not any(other != entry and at - last <= BURST for other, last in found.last.items()):
            return False
        kept = []
        for click in found.clicks:
            if (click.slug, click.entry) != entry and at - click.at <= BURST:
                click.doubtful = True
            elif at - click.at <= BURST:
                kept.append(click)
        found.clicks = kept
        return True

    def add(self, network: str, click: PendingClick) -> None:
        """Remember a click of a network for the clicks that follow."""
        found = self._networks.setdefault(self.digest(network), _Network())
        found.last[click.slug, click.entry] = click.at
        if not click.doubtful:
            found.clicks.append(click)

    def forget_networks(self, now: float) -> None:
        """Drop the clicks that no other click can make doubtful any more."""
        for digest, found in list(self._networks.items()):
            found.last = {entry: at for entry, at in found.last.items() if now - at <= BURST}
            found.clicks = [click for click in found.clicks if now - click.at <= BURST]
            if not found.last:
                del self._networks[digest]

    def count(self, reader: bytes, *, certain: bool) -> tuple[int, int]:
        """Count a reader. Returns the change of the certain and of the doubtful clicks."""
        before = self._readers.get(reader)
        if before is None and len(self._readers) >= MOST_READERS:
            return 0, 1
        if before or before is certain:
            return 0, 0
        self._readers[reader] = certain
        if before is None:
            return (1, 0) if certain else (0, 1)
        return 1, -1
