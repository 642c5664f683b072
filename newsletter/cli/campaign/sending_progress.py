"""The progress of a campaign: a bar on a terminal, and a line, on any, of what it waits for."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.campaign.stop import Stop
from newsletter.cli.terminal import tell
from newsletter.database.states import DeliveryState

if TYPE_CHECKING:
    from newsletter.campaign.tally import Tally

Show = Callable[["Tally"], None]
_DONE = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
# A wait that is over in so many seconds is not worth a line.
_SHORT = 5


@contextmanager
def sending_progress(slug: str, before: Mapping[DeliveryState, int], stop: Stop) -> Iterator[Show]:
    """What is told of the tally while a campaign of an issue runs; `before` has the counts with which it begins."""
    waits = _Waits(slug, stop)
    if not (sys.stderr and sys.stderr.isatty()):
        yield _until_it_fails(waits)
        return
    with _bar(before) as show:

        def both(tally: "Tally") -> None:
            waits(tally)
            show(tally)

        yield _until_it_fails(both)


def _until_it_fails(show: Show) -> Show:
    """What is shown until nobody is there to see it: a terminal that was closed does not end a campaign in disorder."""
    gone = False

    def shown(tally: "Tally") -> None:
        nonlocal gone
        try:
            if not gone:
                show(tally)
        except OSError:
            gone = True

    return shown


class _Waits:
    """Says, once each, why nothing seems to happen."""

    def __init__(self, slug: str, stop: Stop) -> None:
        self._slug, self._stop = slug, stop
        self._stopping = self._locked = False
        self._until = 0.0

    def __call__(self, tally: "Tally") -> None:
        if self._stop.asked and not self._stopping:
            self._stopping = True
            tell("Finishing what is under way; Ctrl-C again leaves it, and nobody can tell then what became of it.")
        if tally.locked and not self._locked:
            tell("Another program writes to the database; waiting for it, and nobody is written to meanwhile.")
        self._locked = tally.locked
        if tally.waits and not self._stopping:
            number, until = tally.waits
            if until > self._until and until - time.time() > _SHORT:
                self._until = until
                tell(
                    f"{number:,} {'waits' if number == 1 else 'wait'} until {_clock(until)}, put off by a server;"
                    f" Ctrl-C and `newsletter send {self._slug} --resume` later is fine."
                )


def _clock(seconds: float) -> str:
    """A time of this place; with its day, where it is not today."""
    then = time.localtime(seconds)
    return time.strftime("%H:%M" if then[:3] == time.localtime()[:3] else "%Y-%m-%d %H:%M", then)


@contextmanager
def _bar(before: Mapping[DeliveryState, int]) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("[green]{task.fields[accepted]:,} accepted"),
        TextColumn("[red]{task.fields[failed]:,} failed"),
        TextColumn("{task.fields[waiting]}"),
        TimeRemainingColumn(),
    )
    done = sum(before[state] for state in _DONE)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(
            "",
            total=sum(before.values()),
            completed=done,
            rate="",
            accepted=before[DeliveryState.ACCEPTED],
            failed=0,
            waiting="",
        )

        def show(tally: "Tally") -> None:
            answered = tally.answered
            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=done + sum(answered[state] for state in _DONE),
                rate=f"{speed:,.0f}/s" if speed else "",
                accepted=before[DeliveryState.ACCEPTED] + answered[DeliveryState.ACCEPTED],
                failed=before[DeliveryState.FAILED] + answered[DeliveryState.FAILED],
                waiting=f"{tally.waits[0]:,} put off until {_clock(tally.waits[1])}" if tally.waits else "",
            )

        yield show
