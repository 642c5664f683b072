"""Keeps the objects that exist before a build from Python's garbage collector.

The command line lets the collector run rarely, but each time it would examine the modules, models and templates. In a
forked process, that would also copy the memory that it shares with its parent.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def frozen_objects() -> Iterator[None]:
    """Leave out the objects that exist already. A forked process inherits this."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
