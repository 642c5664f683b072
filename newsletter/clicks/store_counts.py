"""Adds clicks to the counts in the database."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

HOUR = 3600
"""The seconds of an hour, by which clicks are counted."""


class CountKey(NamedTuple):
    """What is counted: an entry of an issue, in an hour. `hour` is its beginning in seconds since 1970 (UTC)."""

    slug: str
    entry: str
    hour: int


class Count(NamedTuple):
    """A number of clicks, or a change of one: a doubtful click that turns out to be certain is +1 and -1."""

    certain: int
    doubtful: int

    def plus(self, other: "Count") -> "Count":
        """Return the sum."""
        return Count(self.certain + other.certain, self.doubtful + other.doubtful)


_ADD = text(
    "INSERT INTO click_count (slug, entry, hour, certain, doubtful)"
    " VALUES (:slug, :entry, :hour, :certain, :doubtful)"
    " ON CONFLICT (slug, entry, hour) DO UPDATE SET certain = click_count.certain + excluded.certain,"
    " doubtful = click_count.doubtful + excluded.doubtful"
)


def store_counts(connection: Connection, counts: Mapping[CountKey, Count]) -> None:
    """Add clicks to the counts in the database, which other processes may add to as well.

    Args:
        connection: A write transaction.
        counts: The changes.
    """
    # In the order of the key, so that processes on PostgreSQL do not wait for each other's rows.
    values = [key._asdict() | count._asdict() for key, count in sorted(counts.items())]
    if values:
        connection.execute(_ADD, values)
