"""Writes of many at once, one after another and several in one transaction: a commit costs more than what it holds."""

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
# The most that share a commit; those behind them wait for it.
_MOST = 200


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """A thread that writes for all others; what it was given is durable when its future has a result."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> Future[T]:
        """Have some work done in a transaction that it may share.

        Where another's work fails, it is done once more, in a transaction of its own: it must change
        nothing but the database. The future raises what the work does, or DatabaseError.
        """
        job = _Job(work)
        self._jobs.put(job)
        return job.done

    def close(self) -> None:
        """End when all is written that was given."""
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
            # Whoever has gone meanwhile wants nothing any more; from here on, nobody can go.
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
            except BaseException as error:  # noqa: BLE001 (it is the asker's, who waits for it)
                job.done.set_exception(error)

    def _write(self, jobs: list[_Job]) -> None:
        with self._database.write() as connection:
            results = [job.work(connection) for job in jobs]
        for job, result in zip(jobs, results, strict=True):
            job.done.set_result(result)
