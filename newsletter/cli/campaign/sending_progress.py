"""The progress of a campaign: a bar on a terminal, and everywhere a line when it has to wait."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.campaign.stop import Stop
from newsletter.cli.terminal import print_status
from newsletter.database.states import DeliveryState

if TYPE_CHECKING:
    from newsletter.campaign.tally import Tally

Show = Callable[["Tally"], None]
_DONE = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
# A wait that is over in so many seconds is not worth a line.
_SHORT = 5


@contextmanager
def sending_progress(
    slug: str, before: Mapping[DeliveryState, int], stop: Stop, clock: Callable[[], float] = time.time
) -> Iterator[Show]:
    """Return a function that shows the progress of a campaign.

    Args:
        slug: The issue.
        before: The counts with which the run begins.
        stop: The author's request to stop.
        clock: Returns seconds since 1970.
    """
    waits = _Waits(slug, stop, clock)
    if not (sys.stderr and sys.stderr.isatty()):
        yield _until_it_fails(waits)
        return
    with _bar(before) as show:

        def both(tally: "Tally") -> None:
            waits(tally)
            show(tally)

        yield _until_it_fails(both)


def _until_it_fails(show: Show) -> Show:
    """Show nothing more once the terminal is closed: that does not break a campaign."""
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
    """Prints, once each, why a campaign waits."""

    def __init__(self, slug: str, stop: Stop, clock: Callable[[], float]) -> None:
        self._slug, self._stop, self._clock = slug, stop, clock
        self._stopping = self._locked = False
        self._until = 0.0

    def __call__(self, tally: "Tally") -> None:
        if self._stop.requested and not self._stopping:
            self._stopping = True
            print_status(
                "Finishing what is under way; Ctrl-C again leaves it, and nobody can tell then what became of it."
            )
        if tally.locked and not self._locked:
            print_status("Another program writes to the database; waiting for it, and nobody is written to meanwhile.")
        self._locked = tally.locked
        if tally.waits and not self._stopping:
            number, until = tally.waits
            if until > self._until and until - self._clock() > _SHORT:
                self._until = until
                print_status(
                    f"{number:,} {'waits' if number == 1 else 'wait'} until {_local_time(until)}, put off by a server;"
                    f" Ctrl-C and `newsletter send {self._slug} --resume` later is fine."
                )


def _local_time(seconds: float) -> str:
    """Format a time in the local time zone, with its day unless that is today."""
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
                waiting=f"{tally.waits[0]:,} put off until {_local_time(tally.waits[1])}" if tally.waits else "",
            )

        yield show
