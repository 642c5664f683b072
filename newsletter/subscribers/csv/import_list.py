"""Import a CSV file in one transaction. Valid rows are merged, invalid rows are reported."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from newsletter.database.database import Database
from newsletter.database.engine import enlarge_cache
from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError, Problem, Severity
from newsletter.subscribers.csv.check_consent import check_consent_values
from newsletter.subscribers.csv.column_mapping import ColumnMapping
from newsletter.subscribers.csv.columns import Columns, find_columns
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch, merge_rows, newest_id
from newsletter.subscribers.csv.programs import refuse_file
from newsletter.subscribers.csv.read_rows import RowReader
from newsletter.subscribers.queries import lock_list
from newsletter.subscribers.subscriber import ImportedSubscriber

_BATCH = 5000
# The import stops if the first rows, up to this number, are all invalid.
_MAX_INVALID = 1000


@dataclass
class ImportCallbacks:
    """The callbacks of an import.

    Attributes:
        on_problem: called for each invalid row, and with a warning for each row whose time of consent is unclear.
        on_progress: called with the bytes read and the size of the file.
        on_change: called with the outcome of each row.
    """

    on_problem: Callable[[Problem], None]
    on_progress: Callable[[int, int], None]
    on_change: Callable[[Change], None] | None = None


@dataclass(frozen=True)
class ImportResult:
    """The number of rows with each outcome, of invalid rows (`faults`), and of rows with an unclear time of consent."""

    outcomes: Counter[MergeOutcome]
    faults: int
    unclear_times: int


class ListImport:
    """An open CSV file whose columns have been found. Only `merge_into` writes to the database."""

    def __init__(
        self,
        path: Path,
        mapping: ColumnMapping,
        callbacks: ImportCallbacks,
        encoding: str = "",
        at_least: SubscriberState = SubscriberState.ACTIVE,
    ) -> None:
        """Open the file, find its columns, and check that those about consent are understood.

        Args:
            path: the file.
            mapping: the columns and values that the author mapped.
            callbacks: the callbacks.
            encoding: the encoding of the file; "" to detect it.
            at_least: the state of every subscriber in the file, if it is stricter than that of the row.

        Raises:
            NotFoundError: the file does not exist.
            AccessError: the file cannot be read.
            NewsletterError: it is not a CSV file of subscribers, the column of the address is missing, or a column
                about consent is not understood.
        """
        self.callbacks = callbacks
        self.faults = 0
        self.unclear_times = 0
        self._at_least = at_least
        self._line = 0
        refuse_file(path)
        self.file = CsvFile(path, self._count_problem, encoding)
        try:
            self.columns: Columns = find_columns(self.file.header, mapping, self.file.name)
            if at_least is SubscriberState.ACTIVE:
                check_consent_values(path, self.columns, encoding)
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
            database: the database.
            consent: the source of consent, for rows that do not contain one.
            tags: tags to add to every subscriber in the file.
            now: seconds since 1970 (UTC).
            dry_run: write to copies of the tables.

        Raises:
            NewsletterError: the first thousand rows are all invalid; nothing was changed.
            DatabaseError: the database fails; nothing was changed.
        """
        reader = RowReader(self.columns, consent, now, self._report_time, tuple(tags), self._at_least)
        outcomes = Counter[MergeOutcome]()
        with database.dry_run() if dry_run else database.write() as connection:
            enlarge_cache(connection)
            if not dry_run:
                lock_list(connection)
            newest = newest_id(connection)
            for batch, repeated in self._batches(reader):
                outcomes += merge_batch(connection, batch, now, self.callbacks.on_change, newest)
                outcomes[MergeOutcome.SAME] += repeated
                self.callbacks.on_progress(self.file.done, self.file.size)
                # Each batch leaves reference cycles. During a large import, Python collects them too rarely.
                gc.collect(0)
        return ImportResult(outcomes, self.faults, self.unclear_times)

    def _batches(self, reader: RowReader) -> Iterable[tuple[dict[str, ImportedSubscriber], int]]:
        batch: dict[str, ImportedSubscriber] = {}
        repeated = read = 0
        for number, row in self.file.rows():
            self._line = number
            try:
                subscriber = reader.read(row)
            except NewsletterError as error:
                self.file.report_problem(number, error.message, error.advice, self.file.delimiter.join(row))
                if self.faults >= _MAX_INVALID and not read:
                    message = f"{self.file.name}: the first {_MAX_INVALID:,} rows are all invalid"
                    advice = "Nothing was changed. Select the right columns with --map, or set --encoding."
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

    def _report_time(self, text: str, reason: str) -> None:
        self.unclear_times += 1
        message = f"the date `{text[:40]}` {reason}; the date of consent is left empty"
        advice = "To record it, write it as YYYY-MM-DD before the import."
        self.callbacks.on_problem(Problem(self.file.name, self._line, 1, message, advice, severity=Severity.WARNING))

    def _count_problem(self, problem: Problem) -> None:
        self.faults += 1
        self.callbacks.on_problem(problem)
