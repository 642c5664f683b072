"""Issues made into pages, by as many processes as the machine has cores where they are many."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from newsletter.app.issue_pages import IssuePages, Made, Task
from newsletter.app.press import Press
from newsletter.errors import PressError, TemplateError

# Fewer than this are made before another process is ready.
_MANY = 60
_CHUNK = 20

Result = tuple[Task, Made | PressError]


def make_all(pages: IssuePages, tasks: Sequence[Task], staged: Path) -> Iterator[Result]:
    """What becomes of each task, in their order."""
    cores = min(os.cpu_count() or 1, len(tasks) // _MANY + 1)
    if cores == 1:
        for task in tasks:
            yield task, _made(pages, task, staged)
        return
    with ProcessPoolExecutor(cores, initializer=_begin, initargs=_like(pages)) as pool:
        yield from zip(tasks, pool.map(_work, tasks, [staged] * len(tasks), chunksize=_CHUNK), strict=True)


_worker: list[IssuePages] = []


def _like(pages: IssuePages) -> tuple[Path, frozenset[str], str]:
    return pages.press.root, pages.pictures.names, pages.edition


def _begin(root: Path, assets: frozenset[str], edition: str) -> None:
    _worker[:] = [IssuePages(Press(root), assets, edition)]


def _work(task: Task, staged: Path) -> Made | PressError:
    return _made(_worker[0], task, staged)


def _made(pages: IssuePages, task: Task, staged: Path) -> Made | PressError:
    try:
        return pages.make(task, staged)
    except TemplateError as error:
        return TemplateError(f"{task.path.name}: {error.message}", error.advice)
    except PressError as error:
        return error
