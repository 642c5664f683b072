"""Write subscribers as CSV, with the columns that an import reads."""

import csv
from collections.abc import Iterable
from typing import TextIO

from newsletter.subscribers.csv.read_tags import format_tags
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.subscriber_object import subscriber_object
from newsletter.text.csv_cells import guard_cell

_COLUMNS = ("email", "name", "language", "tags", "state", "consent_source", "consent_at", "created_at")


class ListWriter:
    """Writes a CSV file. If not `raw`, text that begins like a formula has an apostrophe before it."""

    def __init__(self, out: TextIO, *, raw: bool = False) -> None:
        self._raw = raw
        self._writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
        self._writer.writeheader()

    def write(self, subscribers: Iterable[Subscriber]) -> None:
        """Write a row for each subscriber."""
        for one in subscribers:
            row = subscriber_object(one) | {"tags": format_tags(one.tags)}
            self._writer.writerow(row if self._raw else {name: guard_cell(value) for name, value in row.items()})
