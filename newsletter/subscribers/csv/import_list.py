"""Import a CSV file. Valid rows are merged, invalid rows are reported.

An import is many short transactions, so that other processes can write in between. It may stop after any of them: the
same import again continues, because rows that were imported already change nothing. The file is read up to three times:
to find the addresses with a state that withdraws consent, to import these, and to import the others. No address is
therefore added as active if a later row withdraws its consent, wherever the import stops.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.engine import enlarge_cache
from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError, Problem, Severity
from newsletter.subscribers.csv.check_consent import find_withdrawals
from newsletter.subscribers.csv.column_mapping import ColumnMapping
from newsletter.subscribers.csv.columns import Columns, find_columns
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch, merge_rows
from newsletter.subscribers.csv.programs import refuse_file
from newsletter.subscribers.csv.read_rows import RowReader
from newsletter.subscribers.queries import lock_list
from newsletter.subscribers.subscriber import ImportedSubscriber

# The most rows per transaction. An unsubscribe request waits for a transaction to end.
BATCH = 1000
# The most rows that are read, and sorted by address, before they are written in batches. The rows of a batch are then
# near each other in the index of addresses, so that a transaction writes fewer of its pages: an import takes less than
# half of the processor time, and 1,000 rows hold the lock no longer than 500 in the order of the file (measured).
READ_AHEAD = 32_000
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


@dataclass
class ImportResult:
    """The number of rows with each outcome, of invalid rows (`faults`), and of rows with an unclear time of consent."""

    outcomes: Counter[MergeOutcome] = field(default_factory=Counter)
    faults: int = 0
    unclear_times: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows that were read, by compared address.

    Attributes:
        rows: the rows.
        repeated: how many more rows were repetitions of one of them.
        begun: the progress of the import before they are written.
        ended: the progress after they are written.
    """

    rows: dict[str, ImportedSubscriber]
    repeated: int
    begun: int
    ended: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of one transaction by compared address, and how many more rows were repetitions of one of them."""

    rows: dict[str, ImportedSubscriber]
    repeated: int


class ListImport:
    """An open CSV file whose columns have been found. Only `merge_into` writes to the database.

    Attributes:
        result: the rows that were imported so far. Only committed transactions count, except in a dry run.
    """

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
        self.result = ImportResult()
        self._at_least = at_least
        self._line = 0
        # Problems of rows are reported the first time that the rows are imported.
        self._reports = False
        refuse_file(path)
        self.file = CsvFile(path, self._count_problem, encoding)
        try:
            self.columns: Columns = find_columns(self.file.header, mapping, self.file.name)
            self._withdrawals = find_withdrawals(self.file, self.columns, at_least)
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
        """Merge all valid rows into the list, those that withdraw consent first, in transactions of `BATCH` rows.

        Args:
            database: the database.
            consent: the source of consent, for rows that do not contain one.
            tags: tags to add to every subscriber in the file.
            now: seconds since 1970 (UTC).
            dry_run: write to copies of the tables.

        Raises:
            NewsletterError: the first thousand rows are all invalid; nothing was changed.
            DatabaseError: the database fails. `result` has what was imported; the same import again continues.
        """
        reader = RowReader(self.columns, consent, now, self._report_time, tuple(tags), self._at_least)
        if dry_run:
            with database.dry_run() as connection:
                enlarge_cache(connection)
                for batch in self._batches(reader):
                    self._count(batch, self._merge(connection, batch, now))
            return self.result
        for batch in self._batches(reader):
            with database.write() as connection:
                enlarge_cache(connection)
                lock_list(connection)
                outcomes = self._merge(connection, batch, now)
            self._count(batch, outcomes)
            database.let_others_write()
        return self.result

    def _merge(self, connection: Connection, batch: _Batch, now: int) -> Counter[MergeOutcome]:
        return merge_batch(connection, batch.rows, now, self.callbacks.on_change)

    def _count(self, batch: _Batch, outcomes: Counter[MergeOutcome]) -> None:
        self.result.outcomes += outcomes
        self.result.outcomes[MergeOutcome.SAME] += batch.repeated
        # Each batch leaves reference cycles. During a large import, Python collects them too rarely.
        gc.collect(0)

    def _batches(self, reader: RowReader) -> Iterator[_Batch]:
        """Yield the rows whose addresses withdraw consent, then the others. An address is in one of the two parts."""
        parts = (True, False) if self._withdrawals else (False,)
        for number, withdrawing in enumerate(parts):
            self._reports = number == 0
            self.file.rewind()
            for read in self._read(reader, number * self.file.size, withdrawing=withdrawing):
                size = len(read.rows)
                # A list of one batch keeps its order.
                addresses = sorted(read.rows) if size > BATCH else list(read.rows)
                for end in range(BATCH, size + BATCH, BATCH):
                    rows = {address: read.rows.pop(address) for address in addresses[end - BATCH : end]}
                    yield _Batch(rows, read.repeated if end >= size else 0)
                    done = read.begun + (read.ended - read.begun) * min(end, size) // size
                    self.callbacks.on_progress(done, len(parts) * self.file.size)

    def _read(self, reader: RowReader, begun: int, *, withdrawing: bool) -> Iterator[_Read]:
        """Yield the rows of a part of the import, up to `READ_AHEAD` at a time. `begun` is the progress before it."""
        rows: dict[str, ImportedSubscriber] = {}
        repeated, start = 0, begun
        for row in self._rows(reader):
            withdrawn = self._withdrawals.get(hash(row.compared))
            if (withdrawn is not None) is not withdrawing:
                continue
            found = row._replace(state=withdrawn) if withdrawn else row
            earlier = rows.get(found.compared)
            if earlier is not None:
                found = merge_rows(earlier, found)
                repeated += 1
            rows[found.compared] = found
            if len(rows) == READ_AHEAD:
                end = begun + self.file.done
                yield _Read(rows, repeated, start, end)
                rows, repeated, start = {}, 0, end
        if rows:
            yield _Read(rows, repeated, start, begun + self.file.done)

    def _rows(self, reader: RowReader) -> Iterator[ImportedSubscriber]:
        """Yield the valid rows of the file, from its start."""
        valid = False
        for number, row in self.file.rows():
            self._line = number
            try:
                subscriber = reader.read(row)
            except NewsletterError as error:
                self.file.report_problem(number, error.message, error.advice, self.file.delimiter.join(row))
                if self._reports and self.result.faults >= _MAX_INVALID and not valid:
                    message = f"{self.file.name}: the first {_MAX_INVALID:,} rows are all invalid"
                    advice = "Nothing was changed. Select the right columns with --map, or set --encoding."
                    raise NewsletterError(message, advice) from error
                continue
            valid = True
            yield subscriber

    def _report_time(self, text: str, reason: str) -> None:
        if not self._reports:
            return
        self.result.unclear_times += 1
        message = f"the date `{text[:40]}` {reason}; the date of consent is left empty"
        advice = "To record it, write it as YYYY-MM-DD before the import."
        self.callbacks.on_problem(Problem(self.file.name, self._line, 1, message, advice, severity=Severity.WARNING))

    def _count_problem(self, problem: Problem) -> None:
        if not self._reports:
            return
        self.result.faults += 1
        self.callbacks.on_problem(problem)
