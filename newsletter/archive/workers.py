"""Renders pages in one process for each core, if there are many pages. This process is one of them."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from newsletter.archive.issue_files import IssueFiles
from newsletter.archive.issue_pages import IssuePages
from newsletter.errors import AccessError, NewsletterError
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# A process renders about this many issues in the time that another process needs to start.
_MANY = 60
_CHUNK = 10

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """Runs tasks in this process, or in several worker processes if many issues are expected.

    Worker processes start in the background while this process plans the build. They end with the context.

    Args:
        pages: Renders pages in this process.
        expected: The expected number of issues to render.
    """

    def __init__(self, pages: IssuePages, expected: int) -> None:
        self.pages = pages
        cores = min(os.cpu_count() or 1, expected // _MANY + 1)
        # A build of a few pages is faster in one process.
        self._others = cores - 1
        self._pool = _start_pool(pages, self._others) if self._others else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        from concurrent.futures.process import BrokenProcessPool

        self._pool.shutdown(cancel_futures=True)
        _worker.clear()
        if isinstance(error, BrokenProcessPool):
            message = "a worker process of the build was killed"
            raise AccessError(message, "Check the free memory, then build again.") from error

    def map(self, work: Callable[[IssuePages, Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Call a function for each task. Yields the results in the order of the tasks.

        Worker processes begin at once, and this process when the first result is needed.

        Args:
            work: A function of a module, or a `partial` of one, because it is pickled.
            tasks: The tasks.
        """
        if self._pool is None:
            return (work(self.pages, task) for task in tasks)
        size = min(_CHUNK, len(tasks) // 8 + 1)
        chunks = deque(enumerate(tasks[start : start + size] for start in range(0, len(tasks), size)))
        running: deque[tuple[int, Future[list[Result]]]] = deque()
        self._submit(self._pool, work, chunks, running)
        return self._share(self._pool, work, chunks, running)

    def _submit(
        self,
        pool: "ProcessPoolExecutor",
        work: Callable[[IssuePages, Task], Result],
        chunks: deque[tuple[int, Sequence[Task]]],
        running: "deque[tuple[int, Future[list[Result]]]]",
    ) -> None:
        # One more than the others work on, so that none of them waits for the next.
        while chunks and len(running) < 2 * self._others:
            number, chunk = chunks.popleft()
            running.append((number, pool.submit(_run_tasks, work, chunk)))

    def _share(
        self,
        pool: "ProcessPoolExecutor",
        work: Callable[[IssuePages, Task], Result],
        chunks: deque[tuple[int, Sequence[Task]]],
        running: "deque[tuple[int, Future[list[Result]]]]",
    ) -> Iterator[Result]:
        """Run tasks in this process and the others. Yields the results in the order of the tasks."""
        done: dict[int, list[Result]] = {}
        due = 0
        while chunks or running or done:
            self._submit(pool, work, chunks, running)
            if chunks:
                number, chunk = chunks.popleft()
                done[number] = [work(self.pages, task) for task in chunk]
            while running and (running[0][1].done() or not chunks):
                number, future = running.popleft()
                done[number] = future.result()
            while due in done:
                yield from done.pop(due)
                due += 1


def _start_pool(pages: IssuePages, cores: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor

    # A forked process uses these pages. Another one makes its own.
    _prepare(pages)
    pool = ProcessPoolExecutor(
        cores, initializer=_start_worker, initargs=(pages.workspace.root, pages.asset_names, pages.files)
    )
    # The first task starts the processes. This one does nothing else.
    pool.submit(int)
    return pool


_worker: list[IssuePages] = []


def _start_worker(root: Path, assets: frozenset[str], files: IssueFiles) -> None:
    # The command handles SIGTERM like Ctrl-C. A worker inherits the handler, but must end at once.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not _worker:
        _prepare(IssuePages(Workspace(root), assets, files))


def _prepare(pages: IssuePages) -> None:
    _worker[:] = [pages]
    # A template that fails here fails again when it is filled. That error names the page.
    with suppress(NewsletterError):
        pages.pages.prepare()


def _run_tasks(work: Callable[[IssuePages, Task], Result], tasks: Sequence[Task]) -> list[Result]:
    return [work(_worker[0], task) for task in tasks]
