"""Progress bars. They are shown on a terminal only, and only for longer work."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")
_LONG = 20


def with_progress(items: Iterable[Item], description: str) -> Iterator[Item]:
    """Yield the items and show a bar on a terminal. A short list has no bar."""
    count = len(items) if isinstance(items, tuple | list) else None
    if (count is not None and count < _LONG) or not _is_terminal():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=description, total=count, console=Console(stderr=True), transient=True)


@contextmanager
def step_progress(total: int, description: str) -> Iterator[Callable[[], None]]:
    """Show a bar for `total` steps on a terminal. Returns the function to call after each step."""
    if total < 2 or not _is_terminal():
        yield _ignore_step
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield partial(progress.advance, task)


@contextmanager
def count_progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal for work whose total is not known yet. Returns a function of done and total."""
    with _bars() as update:
        yield partial(update, description)


@contextmanager
def stage_progress() -> Iterator[Callable[[Enum, int, int], None]]:
    """Show a bar on a terminal for each stage of work, in turn. Returns a function of stage, done and total."""
    with _bars() as update:
        yield lambda stage, done, total: update(stage.value, done, total)


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """Return a function of description, done and total. A new description replaces the bar."""
    with ExitStack() as bars:
        shown: dict[str, Callable[[int, int], None]] = {}

        def update(description: str, done: int, total: int) -> None:
            if total < _LONG or not _is_terminal():
                return
            if description not in shown:
                from rich.console import Console
                from rich.progress import Progress

                bars.close()
                bar = bars.enter_context(Progress(console=Console(stderr=True), transient=True))
                task = bar.add_task(description)
                shown[description] = lambda done, total: bar.update(task, completed=done, total=total)
            shown[description](done, total)

        yield update


def _ignore_step() -> None:
    """Do nothing. Used if no bar is shown."""


def _is_terminal() -> bool:
    return bool(sys.stderr and sys.stderr.isatty())
