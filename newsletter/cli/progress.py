"""Progress: a bar on a terminal, where there is much to do."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def with_progress(items: Iterable[Item], description: str) -> Iterator[Item]:
    """The items, with a bar on a terminal; a few that can be counted have none."""
    count = len(items) if isinstance(items, tuple | list) else None
    if (count is not None and count < 20) or not (sys.stderr and sys.stderr.isatty()):
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=description, total=count, console=Console(stderr=True), transient=True)
