"""The progress of a campaign: a bar on a terminal, with the rate, what was accepted and failed, and the time left."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.models.delivery import DeliveryState

if TYPE_CHECKING:
    from newsletter.delivery.tally import Tally

_DONE = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)


@contextmanager
def sending_progress(before: Mapping[DeliveryState, int]) -> Iterator[Callable[["Tally"], None]]:
    """What is told of the tally while a campaign runs; `before` has the counts with which it begins."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("[green]{task.fields[accepted]:,} accepted"),
        TextColumn("[red]{task.fields[failed]:,} failed"),
        TimeRemainingColumn(),
    )
    done = sum(before[state] for state in _DONE)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(
            "", total=sum(before.values()), completed=done, rate="", accepted=before[DeliveryState.ACCEPTED], failed=0
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
            )

        yield show
