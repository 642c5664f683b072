"""Progress: a bar on a terminal, where there is much to do."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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


def _nothing() -> None:
    """Where no bar is shown."""


def _on_terminal() -> bool:
    return bool(sys.stderr and sys.stderr.isatty())
