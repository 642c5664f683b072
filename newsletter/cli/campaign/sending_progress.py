"""Show the progress of a campaign: a bar on a terminal, and a line when sending has to wait."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.campaign.stop import Stop
from newsletter.cli.terminal import print_interruption, print_status
from newsletter.database.states import DeliveryState

if TYPE_CHECKING:
    from newsletter.campaign.tally import Tally

Show = Callable[["Tally"], None]
_DONE = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
# Shorter waits, in seconds, are not reported.
_SHORT = 5


@contextmanager
def sending_progress(
    slug: str, before: Mapping[DeliveryState, int], stop: Stop, clock: Callable[[], float] = time.time
) -> Iterator[Show]:
    """Return a function that shows the progress of a campaign.

    Args:
        slug: The slug of the issue.
        before: The counts at the start of the run.
        stop: The author's request to stop.
        clock: Returns seconds since 1970.
    """
    notices = _Notices(slug, stop, clock)
    if not (sys.stderr and sys.stderr.isatty()):
        yield _ignore_closed_terminal(notices)
        return
    with _bar(before) as show:

        def both(tally: "Tally") -> None:
            notices(tally)
            show(tally)

        yield _ignore_closed_terminal(both)


def _ignore_closed_terminal(show: Show) -> Show:
    """Stop showing progress when the terminal is closed, so that the campaign continues."""
    closed = False

    def show_if_open(tally: "Tally") -> None:
        nonlocal closed
        try:
            if not closed:
                show(tally)
        except OSError:
            closed = True

    return show_if_open


class _Notices:
    """Prints each reason why a campaign waits, once."""

    def __init__(self, slug: str, stop: Stop, clock: Callable[[], float]) -> None:
        self._slug, self._stop, self._clock = slug, stop, clock
        self._stopping = False
        self._waits_for = ""
        self._until = 0.0
        self._closed = ""
        self._recording = False

    def __call__(self, tally: "Tally") -> None:
        if self._stop.requested and not self._stopping:
            self._stopping = True
            print_interruption(
                "Finishing the messages in progress. Press Ctrl-C again to abort; their result will then be uncertain."
            )
        if tally.recording_stop:
            if not self._recording:
                self._recording = True
                print_interruption(
                    "Waiting for the database, to record that you stopped the campaign. Press Ctrl-C again to end at"
                    " once; a worker may then continue it."
                )
            return
        error = tally.waits_for
        if error and error.message != self._waits_for:
            if error.busy:
                print_status("Another program is writing to the database. Sending continues when it has finished.")
            else:
                then = (
                    "; then it stops. To stop now, press Ctrl-C again"
                    if self._stopping
                    else ", and sending continues. To stop instead, press Ctrl-C twice"
                )
                print_status(
                    f"{error.message}. {error.advice}\nNothing is lost as long as this command runs: answers are kept"
                    f" and recorded when the database works again{then}; to continue then:"
                    f" `newsletter send {self._slug} --resume`."
                )
        self._waits_for = error.message if error else ""
        closed = str(tally.closed or "")
        if closed and closed != self._closed and not self._stopping:
            print_status(
                f"Waiting: {closed}. Sending continues then. You can press Ctrl-C and continue later with"
                f" `newsletter send {self._slug} --resume`."
            )
        self._closed = closed
        if tally.waits and not self._stopping:
            number, until = tally.waits
            if until > self._until and until - self._clock() > _SHORT:
                self._until = until
                print_status(
                    f"{number:,} deferred by a server until {_local_time(until)}. You can press Ctrl-C and continue"
                    f" later with `newsletter send {self._slug} --resume`."
                )


def _local_time(seconds: float) -> str:
    """Format a time in the local time zone: `14:30`, or `2023-01-31 14:30` on another day."""
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
        TextColumn("{task.fields[accepted]}"),
        TextColumn("{task.fields[failed]}"),
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
            accepted=_coloured(before[DeliveryState.ACCEPTED], "accepted", "green"),
            failed=_coloured(before[DeliveryState.FAILED], "failed", "red"),
            waiting="",
        )

        def show(tally: "Tally") -> None:
            def count(state: DeliveryState) -> int:
                return before[state] + tally.count_since_start(state)

            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=done + sum(tally.count_since_start(state) for state in _DONE),
                rate=f"{speed:,.0f}/s" if speed else "",
                accepted=_coloured(count(DeliveryState.ACCEPTED), "accepted", "green"),
                failed=_coloured(count(DeliveryState.FAILED), "failed", "red"),
                waiting=_waiting(tally),
            )

        yield show


def _waiting(tally: "Tally") -> str:
    if tally.closed:
        return str(tally.closed)
    return f"{tally.waits[0]:,} deferred until {_local_time(tally.waits[1])}" if tally.waits else ""


def _coloured(number: int, state: str, colour: str) -> str:
    """Format a count as rich markup. Zero has no colour."""
    text = f"{number:,} {state}"
    return f"[{colour}]{text}" if number else text
