"""Pages made by as many processes as the machine has cores, where they are many."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from newsletter.app.issue_pages import IssuePages
from newsletter.app.press import Press
from newsletter.errors import AccessError

# Fewer than this are made before another process is ready.
_MANY = 60
_CHUNK = 20

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """This process, and others beside it once there is much to do; they end with the context."""

    def __init__(self, pages: IssuePages) -> None:
        self.pages = pages
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            message = "one of the build's processes was ended from outside"
            raise AccessError(message, "Build again; the machine may be short of memory.") from error

    def map(self, work: Callable[[IssuePages, Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """What the work makes of each task, in their order; the work is a function of a module, or a part of one."""
        cores = min(os.cpu_count() or 1, len(tasks) // _MANY + 1)
        if self._pool is None and cores > 1:
            pages = self.pages
            like = (pages.press.root, pages.pictures.names)
            self._pool = ProcessPoolExecutor(cores, initializer=_begin, initargs=like)
        if self._pool is None:
            return (work(self.pages, task) for task in tasks)
        return self._pool.map(partial(_work, work), tasks, chunksize=min(_CHUNK, len(tasks) // 8 + 1))


_worker: list[IssuePages] = []


def _begin(root: Path, assets: frozenset[str]) -> None:
    # The build itself takes being ended for an interruption; what works for it just ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _worker[:] = [IssuePages(Press(root), assets)]


def _work(work: Callable[[IssuePages, Task], Result], task: Task) -> Result:
    return work(_worker[0], task)
