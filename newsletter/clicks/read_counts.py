"""Reads the clicks on the entries of an issue from the database."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from newsletter.database.tables import click_count


@dataclass(frozen=True, slots=True)
class EntryClicks:
    """The clicks on an entry.

    The number of readers who clicked lies between `certain` and `certain + doubtful`: what may have been a program is
    doubtful.

    Attributes:
        entry: The name of the entry in its link.
        certain: Clicks of readers.
        doubtful: Clicks of readers or programs.
    """

    entry: str
    certain: int
    doubtful: int


def count_clicks(connection: Connection, slugs: Collection[str]) -> list[EntryClicks]:
    """Count the clicks on each entry of an issue, most certain clicks first. An entry without clicks is left out.

    Args:
        connection: A transaction.
        slugs: The slug and the aliases of the issue.
    """
    certain, doubtful = func.sum(click_count.c.certain), func.sum(click_count.c.doubtful)
    query = select(click_count.c.entry, certain, doubtful).where(click_count.c.slug.in_(slugs))
    rows = connection.execute(query.group_by(click_count.c.entry).having(certain + doubtful > 0)).all()
    found = [EntryClicks(entry, int(certain), int(doubtful)) for entry, certain, doubtful in rows]
    return sorted(found, key=lambda clicks: (-clicks.certain, -clicks.doubtful, clicks.entry))
