"""Import a CSV file in one transaction: valid rows are merged, invalid rows are reported."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from newsletter.database.database import Database
from newsletter.database.engine import enlarge_cache
from newsletter.errors import NewsletterError, Problem
from newsletter.subscribers.csv.columns import Columns, find_columns
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch, merge_rows, newest_id
from newsletter.subscribers.csv.programs import refuse_file
from newsletter.subscribers.csv.read_rows import RowReader
from newsletter.subscribers.subscriber import ImportedSubscriber

_BATCH = 5000
# The import stops if so many rows are invalid and none is valid.
_MOST_INVALID = 1000


@dataclass
class ImportCallbacks:
    """What an import calls: with each invalid row, with the bytes read and the file's size, and with each change."""

    on_problem: Callable[[Problem], None]
    on_progress: Callable[[int, int], None]
    on_change: Callable[[Change], None] | None = None


@dataclass(frozen=True)
class ImportResult:
    """How many rows had each outcome, and how many rows are invalid."""

    outcomes: Counter[MergeOutcome]
    faults: int


class ListImport:
    """A CSV file that is open and whose columns are known; nothing is written before `merge_into`."""

    def __init__(self, path: Path, mapping: Mapping[str, str], callbacks: ImportCallbacks, encoding: str = "") -> None:
        """Open the file and find its columns.

        Raises:
            NotFoundError: there is no such file.
            AccessError: the file cannot be read.
            NewsletterError: it is not a CSV file of subscribers, or no column holds the address.
        """
        self.callbacks = callbacks
        self.faults = 0
        refuse_file(path)
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

    def merge_into(
        self, database: Database, consent: str, tags: Iterable[str] = (), *, now: int, dry_run: bool = False
    ) -> ImportResult:
        """Merge all valid rows into the list, in one transaction.

        Args:
            database: the list.
            consent: where consent came from, for rows that do not say it.
            tags: tags that every subscriber of the file gets.
            now: seconds since 1970 (UTC).
            dry_run: write to copies of the tables instead.

        Raises:
            NewsletterError: the first thousand rows are all invalid; nothing was changed.
            DatabaseError: the database fails; nothing was changed.
        """
        reader = RowReader(self.columns, consent, now, tuple(tags))
        outcomes = Counter[MergeOutcome]()
        with database.dry_run() if dry_run else database.write() as connection:
            enlarge_cache(connection)
            newest = newest_id(connection)
            for batch, repeated in self._batches(reader):
                outcomes += merge_batch(connection, batch, now, self.callbacks.on_change, newest)
                outcomes[MergeOutcome.SAME] += repeated
                self.callbacks.on_progress(self.file.done, self.file.size)
                # A batch leaves reference cycles behind, and Python collects them too seldom during a million rows.
                gc.collect(0)
        return ImportResult(outcomes, self.faults)

    def _batches(self, reader: RowReader) -> Iterable[tuple[dict[str, ImportedSubscriber], int]]:
        batch: dict[str, ImportedSubscriber] = {}
        repeated = read = 0
        for number, row in self.file.rows():
            try:
                subscriber = reader.read(row)
            except NewsletterError as error:
                self.file.fault(number, error.message, error.advice, self.file.delimiter.join(row))
                if self.faults >= _MOST_INVALID and not read:
                    message = f"{self.file.name}: every one of its first {_MOST_INVALID:,} lines is at fault"
                    advice = "Nothing was changed. Are the columns the right ones? See --map and --encoding."
                    raise NewsletterError(message, advice) from error
                continue
            read += 1
            earlier = batch.get(subscriber.compared)
            if earlier is not None:
                subscriber = merge_rows(earlier, subscriber)
                repeated += 1
            batch[subscriber.compared] = subscriber
            if len(batch) == _BATCH:
                yield batch, repeated
                batch, repeated = {}, 0
        yield batch, repeated

    def _count(self, problem: Problem) -> None:
        self.faults += 1
        self.callbacks.on_problem(problem)
