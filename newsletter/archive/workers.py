"""Renders pages in as many processes as the machine has cores, where there are many pages."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from newsletter.archive.issue_pages import IssuePages
from newsletter.errors import AccessError, NewsletterError
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

# Fewer than this are made before another process is ready.
_MANY = 60
_CHUNK = 10

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """This process, and others beside it where many issues are expected; they end with the context.

    They make themselves ready while this one still finds out what there is to do.
    """

    def __init__(self, pages: IssuePages, expected: int) -> None:
        self.pages = pages
        cores = min(os.cpu_count() or 1, expected // _MANY + 1)
        # A build of a few pages does without, and is sooner over.
        self._pool = _pool(pages, cores) if cores > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        from concurrent.futures.process import BrokenProcessPool

        self._pool.shutdown(cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            message = "one of the build's processes was ended from outside"
            raise AccessError(message, "Build again; the machine may be short of memory.") from error

    def map(self, work: Callable[[IssuePages, Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """What the work makes of each task, in their order; the work is a function of a module, or a part of one."""
        if self._pool is None:
            return (work(self.pages, task) for task in tasks)
        return self._pool.map(partial(_work, work), tasks, chunksize=min(_CHUNK, len(tasks) // 8 + 1))


def _pool(pages: IssuePages, cores: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(cores, initializer=_begin, initargs=(pages.workspace.root, pages.pictures.names))
    # Processes are begun when the first task is given, whatever it is.
    pool.submit(int)
    return pool


_worker: list[IssuePages] = []


def _begin(root: Path, assets: frozenset[str]) -> None:
    # The build itself takes being ended for an interruption; what works for it just ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _worker[:] = [IssuePages(Workspace(root), assets)]
    # What fails here fails again, with its page.
    with suppress(NewsletterError):
        _worker[0].pages.prepare()


def _work(work: Callable[[IssuePages, Task], Result], task: Task) -> Result:
    return work(_worker[0], task)
