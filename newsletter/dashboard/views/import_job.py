"""Runs the import of a list in a thread, and notifies the pages of its progress."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.views.list_import import ImportOptions, ImportPhase, ImportReport, error_object
from newsletter.dashboard.views.uploaded_list import UploadedList, delete_abandoned, delete_leftovers, store_list
from newsletter.errors import ConflictError, NewsletterError
from newsletter.ledger.marked_import import marked_import
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace

_RUNNING = (ImportPhase.CHECKING, ImportPhase.IMPORTING)


class _StoppedError(Exception):
    """The author or the end of the server stops the import. Raised between two transactions."""


class ImportJob:
    """The import of a list. Requests and one thread use it. `clock` returns seconds since 1970 (UTC)."""

    def __init__(self, root: Path, changes: FileChanges, clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._clock = clock
        self._progress = FileChanges()
        self._lock = Lock()
        self._stopping = False
        self._file: UploadedList | None = None
        self._header: list[str] = []
        self._options: ImportOptions | None = None
        self._phase = ImportPhase.NONE
        self._report = ImportReport()
        self._error: dict[str, Any] | None = None
        # Responses and events may overtake each other: each state has a number, which increases.
        self._versions = itertools.count(1)
        self._version = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        changes.on_close(self._close)
        delete_abandoned(root)

    async def upload(self, name: str, parts: AsyncIterable[bytes]) -> None:
        """Take a file, in place of an earlier one.

        Raises:
            ConflictError: An import is running.
            NewsletterError: The file is empty, too large, or no text in columns, or cannot be stored.
        """
        self._require_idle()
        file = await store_list(self._root, name, parts)
        try:
            csv = CsvFile(file.path, lambda _: None)
        except NewsletterError as error:
            if file != self._file:
                file.delete()
            found = error_object(error, file)
            raise NewsletterError(found["message"], found["advice"]) from error
        with closing(csv), self._lock:
            self._require_idle()
            self._file, self._header, self._options = file, csv.header, None
            self._become(ImportPhase.UPLOADED)
        delete_leftovers(self._root, file)

    def check(self, options: ImportOptions) -> None:
        """Begin a dry run.

        Raises:
            NewsletterError: An option is not valid, there is no file, or an import is running.
        """
        for read in (options.read_consent, options.read_mapping, options.read_state, options.read_tags):
            read()
        self._start(ImportPhase.CHECKING, options)

    def start(self) -> None:
        """Begin the import that was checked, or continue it.

        Raises:
            ConflictError: It was not checked, or is running.
        """
        if self._phase not in (ImportPhase.CHECKED, ImportPhase.STOPPED, ImportPhase.FAILED) or self._options is None:
            raise ConflictError("the import was not checked", "Check it first.")
        self._start(ImportPhase.IMPORTING, self._options)

    def stop(self) -> None:
        """Stop the check or the import after its current transaction."""
        self._stopping = True

    def discard(self) -> None:
        """Forget the import and delete its file.

        Raises:
            ConflictError: It is running.
        """
        with self._lock:
            self._require_idle()
            self._file, self._options = None, None
            self._become(ImportPhase.NONE)
        delete_leftovers(self._root, None)

    def as_object(self) -> dict[str, Any]:
        """Return the import as an object for JSON."""
        return {
            "version": self._version,
            "phase": self._phase,
            "file": self._file.name if self._file else "",
            "header": self._header,
            "options": self._options.model_dump() if self._options else None,
            "error": self._error,
            **self._report.as_object(),
        }

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the import now and after each change, until the server stops."""
        self._loop = asyncio.get_running_loop()
        async for _ in self._progress.follow():
            yield self.as_object()

    def _require_idle(self) -> None:
        if self._phase in _RUNNING:
            raise ConflictError("an import is running", "Wait until it has finished, or stop it.")

    def _start(self, phase: ImportPhase, options: ImportOptions) -> None:
        with self._lock:
            self._require_idle()
            if self._file is None:
                raise ConflictError("there is no file to import", "Choose it again.")
            self._options, self._stopping = options, False
            self._become(phase)
            file = self._file
        Thread(target=self._run, args=(file, options, phase), name="import of a list").start()

    def _run(self, file: UploadedList, options: ImportOptions, phase: ImportPhase) -> None:
        dry_run = phase is ImportPhase.CHECKING
        failed = ImportPhase.UPLOADED if dry_run else ImportPhase.FAILED
        try:
            self._merge(file, options, dry_run=dry_run)
            self._become(ImportPhase.CHECKED if dry_run else ImportPhase.DONE, keep=True)
        except _StoppedError:
            self._become(ImportPhase.UPLOADED if dry_run else ImportPhase.STOPPED, keep=not dry_run)
        except NewsletterError as error:
            self._become(failed, error_object(error, file), keep=True)
        finally:
            if self._phase is phase:
                # An error in the code. The thread prints it; the pages must not wait for ever.
                found = {"message": "the dashboard failed", "advice": "See the terminal in which it runs."}
                self._become(failed, found, keep=True)
        if self._phase is ImportPhase.DONE:
            file.delete()

    def _merge(self, file: UploadedList, options: ImportOptions, *, dry_run: bool) -> None:
        report, workspace, now = self._report, Workspace(self._root), int(self._clock())

        def on_progress(done: int, total: int) -> None:
            if self._stopping:
                raise _StoppedError
            report.done, report.total = done, total
            self._notify()

        callbacks = ImportCallbacks(report.add_problem, on_progress, report.add_change if dry_run else None)
        with ListImport(file.path, options.read_mapping(), callbacks, options.encoding, options.read_state()) as one:
            report.result = one.result
            report.reading = f"{one.columns.program.name} in {one.file.encoding}: {one.columns.describe()}"
            report.warning = one.columns.program.warning if not options.state else ""
            on_progress(0, one.file.size)
            with open_database(workspace, writes=not dry_run) as database:
                consent, tags = options.read_consent(), options.read_tags()
                if dry_run:
                    one.merge_into(database, consent, tags, now=now, dry_run=True)
                else:
                    with marked_import(workspace.root, database, one, file.path, now):
                        one.merge_into(database, consent, tags, now=now)

    def _become(self, phase: ImportPhase, error: dict[str, Any] | None = None, *, keep: bool = False) -> None:
        """Enter a phase with an empty report, or `keep` the report."""
        if not keep:
            self._report = ImportReport()
        self._phase, self._error = phase, error
        self._notify()

    def _notify(self) -> None:
        """Notify the pages. Called by requests and by the thread."""
        self._version = next(self._versions)
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._progress.notify)

    def _close(self) -> None:
        self.stop()
        self._progress.close()
