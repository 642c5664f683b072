"""Bringing in a list of people: each line that can be is taken, in one transaction, and the others are told."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from newsletter.database.database import Database
from newsletter.database.engine import make_room
from newsletter.errors import NewsletterError, Problem
from newsletter.subscribers.csv.columns import Columns, find_columns
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.merge import Change, Outcome, merge, newest_id, take_over
from newsletter.subscribers.csv.read_rows import Reading
from newsletter.subscribers.subscriber import Newcomer

_BATCH = 5000
# A list of which every line so far is at fault is not read to its end.
_HOPELESS = 1000


@dataclass
class Telling:
    """What an import says while it goes on: faults, how many bytes it has read of how many, and each change."""

    fault: Callable[[Problem], None]
    progress: Callable[[int, int], None]
    change: Callable[[Change], None] | None = None


@dataclass(frozen=True)
class Imported:
    """How many people had which outcome, and how many lines are at fault."""

    outcomes: Counter[Outcome]
    faults: int


class ListImport:
    """A list of people in a CSV file, opened and its columns understood; nothing is written yet."""

    def __init__(self, path: Path, mapping: Mapping[str, str], telling: Telling, encoding: str = "") -> None:
        """Open the file.

        Raises:
            NotFoundError, AccessError: there is none, or it cannot be read.
            NewsletterError: it is no CSV, or no column of it holds the address.
        """
        self.telling = telling
        self.faults = 0
        if path.name.lower().startswith("nonsubscribed"):
            message = f"{path.name} holds people who never asked for a newsletter (Mailchimp: non-subscribed)"
            raise NewsletterError(message, "Nothing was changed. Import the subscribed, unsubscribed and cleaned ones.")
        self.file = CsvFile(path, self._count, encoding)
        try:
            self.columns: Columns = find_columns(self.file.header, mapping, self.file.name)
        except NewsletterError:
            self.file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def into(self, database: Database, consent: str, tags: Iterable[str] = (), *, dry_run: bool = False) -> Imported:
        """Take over everybody who can be; a dry run does so in copies of the list.

        Raises:
            NewsletterError: the first thousand lines are all at fault, or the database fails; nothing has changed then.
        """
        now = int(time.time())
        reading = Reading(self.columns, consent, now, tuple(tags))
        outcomes = Counter[Outcome]()
        with database.rehearse() if dry_run else database.write() as connection:
            make_room(connection)
            newest = newest_id(connection)
            for batch, repeated in self._batches(reading):
                outcomes += take_over(connection, batch, now, self.telling.change, newest)
                outcomes[Outcome.SAME] += repeated
                self.telling.progress(self.file.done, self.file.size)
                # What a batch leaves behind refers to itself, and a command clears such away too seldom for a million.
                gc.collect(0)
        return Imported(outcomes, self.faults)

    def _batches(self, reading: Reading) -> Iterable[tuple[dict[str, Newcomer], int]]:
        batch: dict[str, Newcomer] = {}
        repeated = read = 0
        for number, row in self.file.rows():
            try:
                person = reading.person(row)
            except NewsletterError as error:
                self.file.fault(number, error.message, error.advice, self.file.delimiter.join(row))
                if self.faults >= _HOPELESS and not read:
                    message = f"{self.file.name}: every one of its first {_HOPELESS:,} lines is at fault"
                    advice = "Nothing was changed. Are the columns the right ones? See --map and --encoding."
                    raise NewsletterError(message, advice) from error
                continue
            read += 1
            known = batch.get(person.compared)
            if known is not None:
                person = merge(known, person)
                repeated += 1
            batch[person.compared] = person
            if len(batch) == _BATCH:
                yield batch, repeated
                batch, repeated = {}, 0
        yield batch, repeated

    def _count(self, problem: Problem) -> None:
        self.faults += 1
        self.telling.fault(problem)
