"""Ctrl-C and its like while a campaign runs: what is under way is finished, unless it is asked for twice."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from newsletter.campaign.stop import Stop

# Of these only Ctrl-C is a person who waits: a terminal that is closed may send SIGHUP twice.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def stoppable() -> Iterator[Stop]:
    """What signals ask of a campaign; what was ignored before, as `nohup` has it, stays so."""
    stop = Stop()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and stop.asked:
            stop.leave()
        stop.ask()

    before = {}
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
