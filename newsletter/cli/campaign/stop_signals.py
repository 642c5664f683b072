"""Handle signals while a campaign runs: the first one stops it, a second Ctrl-C aborts it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from newsletter.campaign.stop import Stop

# Only a second SIGINT aborts, because closing a terminal may send SIGHUP twice.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Turn signals into a request to stop. Signals that are ignored, as by `nohup`, stay ignored."""
    stop = Stop()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            stop.interrupt()
        else:
            stop.request()

    before = {}
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
