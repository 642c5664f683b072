"""Progress: a bar on a terminal, where there is much to do."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")
_MANY = 20


def with_progress(items: Iterable[Item], description: str) -> Iterator[Item]:
    """The items, with a bar on a terminal; a few that can be counted have none."""
    count = len(items) if isinstance(items, tuple | list) else None
    if (count is not None and count < _MANY) or not _on_terminal():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=description, total=count, console=Console(stderr=True), transient=True)


@contextmanager
def counting(total: int, description: str) -> Iterator[Callable[[], None]]:
    """What is called after each of so many steps: on a terminal it moves a bar."""
    if total < 2 or not _on_terminal():
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield partial(progress.advance, task)


@contextmanager
def following(description: str) -> Iterator[Callable[[int, int], None]]:
    """What is told how much is done, and of how much, when that is known: where it is much, a terminal shows a bar."""
    with ExitStack() as bars:
        tasks: list[Callable[[int, int], None]] = []

        def follow(done: int, total: int) -> None:
            if total < _MANY or not _on_terminal():
                return
            if not tasks:
                from rich.console import Console
                from rich.progress import Progress

                bar = bars.enter_context(Progress(console=Console(stderr=True), transient=True))
                task = bar.add_task(description)
                tasks.append(lambda done, total: bar.update(task, completed=done, total=total))
            tasks[0](done, total)

        yield follow


def _nothing() -> None:
    """Where no bar is shown."""


def _on_terminal() -> bool:
    return bool(sys.stderr and sys.stderr.isatty())
