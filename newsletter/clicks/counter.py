"""Counts the clicks of a process in memory.

A click waits until it is known whether it is doubtful: other clicks of its network within two seconds, and the start of
a campaign, may make it so. Then its reader is counted once an hour for each entry, as certain if one of their clicks
is, otherwise as doubtful. Only the counts leave this module. Addresses and user agents do not stay in it: it remembers
hashes with a salt that is random, new every hour, and never stored.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.clicks.counting_hour import BURST, CountingHour, PendingClick
from newsletter.clicks.store_counts import HOUR, Count, CountKey

CAMPAIGN_START = 90.0
"""The seconds after the start of a campaign in which clicks are doubtful: most scanners open links within a minute."""
LONGEST_WAIT = 60.0
"""The seconds after which a click is counted even if it is not known which campaigns have started."""
# The most clicks that wait, and the most rows of counts that wait for the database.
MOST_PENDING, MOST_ROWS = 20_000, 100_000
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Click:
    """A request for a link to an entry.

    Attributes:
        at: When it was made, in seconds since 1970 (UTC).
        slug: The slug of the issue.
        entry: The name of the entry in the link.
        network: The network of the reader; see `reader_network`.
        agent: The User-Agent.
        program: Whether it is from a program, as far as it says so itself.
        published: Whether the issue is published. Clicks on a draft count only if it was sent.
    """

    at: float
    slug: str
    entry: str
    network: str
    agent: str
    program: bool = False
    published: bool = True


class ClickCounter:
    """The clicks that a process has counted and not yet stored. `random` returns random bytes for a salt."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._hour = CountingHour(0, random(_SALT_BYTES))
        # The hour before, until its last clicks are counted.
        self._before: CountingHour | None = None
        self._pending: deque[PendingClick] = deque()
        self._counts: dict[CountKey, Count] = {}

    @property
    def waiting(self) -> frozenset[str]:
        """The slugs of the issues with clicks that are not yet counted."""
        return frozenset(click.slug for click in self._pending)

    def add(self, click: Click) -> None:
        """Add a click."""
        self._begin_hour(click.at)
        hour, entry = self._hour, (click.slug, click.entry)
        doubtful = click.program
        for each in (hour, self._before):
            # The beginning of an hour is no gap in which a program is not noticed.
            doubtful |= each is not None and each.mark_burst(click.network, entry, click.at)
        reader = hour.digest(click.network, click.agent, *entry)
        pending = PendingClick(click.at, *entry, click.published, reader, doubtful, hour)
        if len(self._pending) >= MOST_PENDING:
            # So many clicks at once are not of readers. They do not have to wait for others to be doubtful.
            self._change(pending, *hour.count(reader, certain=False))
            return
        hour.add(click.network, pending)
        self._pending.append(pending)

    def settle(self, now: float, starts: Mapping[str, Sequence[float]], known_until: float) -> None:
        """Count the clicks of which everything is known that could make them doubtful.

        Args:
            now: Seconds since 1970 (UTC).
            starts: When campaigns of each issue started to send; none for an issue that was not sent.
            known_until: The time up to which `starts` is complete.
        """
        self._begin_hour(now)
        while self._pending:
            click = self._pending[0]
            age = now - click.at
            # What is remembered of an hour is dropped soon after its end, whatever is known.
            known = click.at <= known_until or age > LONGEST_WAIT or click.hour is not self._hour
            if age <= BURST or not known:
                break
            self._count(self._pending.popleft(), starts)
        self._hour.forget_networks(now)
        if (
            self._before
            and now - self._hour.begin > BURST
            and not any(click.hour is self._before for click in self._pending)
        ):
            self._before = None

    def settle_all(self, starts: Mapping[str, Sequence[float]]) -> None:
        """Count all clicks at the end of the process, with what is known."""
        while self._pending:
            self._count(self._pending.popleft(), starts)

    def take_counts(self) -> dict[CountKey, Count]:
        """Return the counts that are not yet stored, and begin anew."""
        counts, self._counts = self._counts, {}
        return counts

    def return_counts(self, counts: Mapping[CountKey, Count]) -> None:
        """Take back counts that could not be stored."""
        for key, count in counts.items():
            self._add_count(key, count)
        if len(self._counts) > MOST_ROWS:
            self._join_hours()

    def _begin_hour(self, now: float) -> None:
        begin = int(now // HOUR) * HOUR
        if begin > self._hour.begin:
            self._before, self._hour = self._hour, CountingHour(begin, self._random(_SALT_BYTES))

    def _count(self, click: PendingClick, starts: Mapping[str, Sequence[float]]) -> None:
        started = starts.get(click.slug, ())
        if not (click.published or started):
            return  # The author tries the links of a test.
        early = any(0 <= click.at - start < CAMPAIGN_START for start in started)
        self._change(click, *click.hour.count(click.reader, certain=not (click.doubtful or early)))

    def _change(self, click: PendingClick, certain: int, doubtful: int) -> None:
        if certain or doubtful:
            self._add_count(CountKey(click.slug, click.entry, click.hour.begin), Count(certain, doubtful))

    def _add_count(self, key: CountKey, count: Count) -> None:
        self._counts[key] = self._counts.get(key, Count(0, 0)).plus(count)

    def _join_hours(self) -> None:
        """Count all hours of an entry as its last one, so that a database that is away for long fills no memory."""
        counts, self._counts = self._counts, {}
        last: dict[tuple[str, str], int] = {}
        for key in counts:
            last[key[:2]] = max(last.get(key[:2], 0), key.hour)
        for key, count in counts.items():
            self._add_count(key._replace(hour=last[key[:2]]), count)
