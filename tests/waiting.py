"""Waits for what other processes and threads do. No other test asks again and again."""

import time
from collections.abc import Callable

TIMEOUT = 60
"""The seconds after which a wait fails. They are long enough for a loaded machine."""


def wait_for(condition: Callable[[], object], timeout: float = TIMEOUT) -> None:
    """Wait until a condition holds, at most some seconds."""
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.01)
