"""Group commit: a thread runs the writes of many requests, several per transaction, since commits are slow."""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection

from newsletter.database.database import Database

T = TypeVar("T")
# The most writes that share a commit.
_MOST = 200
# A shared transaction waits this long for a row that another transaction has changed. Then each write runs on its own:
# a transaction that waits while it keeps rows of others could wait for one that waits for it.
_LOCK_TIMEOUT = "100ms"


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class GroupCommitWriter:
    """Runs the writes of other threads in one thread. A write is durable once its future has a result."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run a function in a transaction that it may share with others.

        If one of them fails, each runs again in its own transaction. The function must therefore change nothing but
        the database.

        Returns:
            A future with the result. It raises the error of the function, or DatabaseError.
        """
        job = _Job(work)
        self._jobs.put(job)
        return job.done

    def close(self) -> None:
        """Wait until all writes are done, then stop the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while job := self._jobs.get():
            jobs: list[_Job] = [job]
            ending = False
            while len(jobs) < _MOST and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    ending = True
                    break
                jobs.append(following)
            # Skip cancelled futures. From here on, none can be cancelled.
            self._together([each for each in jobs if each.done.set_running_or_notify_cancel()])
            if ending:
                return

    def _together(self, jobs: list[_Job]) -> None:
        if len(jobs) > 1:
            with contextlib.suppress(Exception):
                self._write(jobs)
                return
        for job in jobs:
            try:
                self._write([job])
            except BaseException as error:  # noqa: BLE001 (the future raises it)
                job.done.set_exception(error)

    def _write(self, jobs: list[_Job]) -> None:
        with self._database.write() as connection:
            if len(jobs) > 1 and connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            results = [job.work(connection) for job in jobs]
        for job, result in zip(jobs, results, strict=True):
            job.done.set_result(result)
