"""Group commit: a thread runs the writes of many requests, several in one transaction, since commits are slow."""

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


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class GroupCommitWriter:
    """A thread that writes for all others. A write is durable when its future has a result."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run some work in a transaction that other work may share.

        If any work in the transaction fails, each runs again in a transaction of its own: it must change nothing but
        the database. The future raises what the work raises, or DatabaseError.
        """
        job = _Job(work)
        self._jobs.put(job)
        return job.done

    def close(self) -> None:
        """Stop the thread once all work is written."""
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
            # Cancelled futures are left out. From here on, none can be cancelled.
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
            results = [job.work(connection) for job in jobs]
        for job, result in zip(jobs, results, strict=True):
            job.done.set_result(result)
