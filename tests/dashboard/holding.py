"""Processes that the dashboard starts, held before their first line so that they are still starting."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.campaign.publication import REPOSITORY

# Python imports this module when it starts. The file ends when the pipe is closed.
_HOLD = """try:
    open({path!r}, "rb").read()
except FileNotFoundError:
    pass
"""


@dataclass(frozen=True)
class HeldProcesses:
    """Processes that wait. `release` lets them go on, and all that are started later."""

    release: Callable[[], None]


@contextmanager
def hold_processes(folder: Path) -> Iterator[HeldProcesses]:
    """Hold the Python processes that are started until they are released, or the block ends."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    # The first lets the processes open the pipe without waiting for each other.
    writing = os.open(pipe, os.O_RDWR)
    (folder / "sitecustomize.py").write_text(_HOLD.format(path=str(pipe)))
    with ExitStack() as holding, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(folder), str(REPOSITORY))))
        holding.callback(os.close, writing)
        holding.callback(pipe.unlink)
        yield HeldProcesses(holding.close)
