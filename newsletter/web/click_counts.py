"""Counts clicks beside the public pages, and adds the counts to the database in the background."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from newsletter.clicks.counter import Click, ClickCounter
from newsletter.clicks.store_counts import Count, CountKey, store_counts
from newsletter.errors import NewsletterError
from newsletter.ledger.campaign_starts import find_campaign_starts
from newsletter.web.access_log import log_error
from newsletter.web.context import PagesContext

# Seconds between two looks at what can be counted and stored, and the longest wait after a failure of the database.
INTERVAL, _LONGEST_RETRY = 5.0, 60.0


class ClickCounts:
    """The clicks of this process, until they are in the database.

    Requests only add to memory. The rest is done in the background, so that a database that is locked or away delays
    the counts and nothing else.
    """

    def __init__(self, context: PagesContext) -> None:
        self._context = context
        self._counter = ClickCounter()
        self._starts: Mapping[str, tuple[int, ...]] = {}
        self._known_until = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._wait, self._write_at = INTERVAL, 0.0

    def add(self, click: Click) -> None:
        """Add a click."""
        self._counter.add(click)

    async def run(self, stopping: asyncio.Event) -> None:
        """Count and store clicks until `stopping` is set, and then store all that are left."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), INTERVAL)
            except TimeoutError:
                self.step()
        await self.finish()

    def step(self) -> None:
        """Count what can be counted now, and begin to read and to write what is needed. It does not wait for either."""
        if self._counter.waiting and _is_free(self._reading):
            self._reading = asyncio.create_task(self._read_starts())
        self._counter.settle(self._context.clock(), self._starts, self._known_until)
        may_write = _is_free(self._writing) and self._context.timer() >= self._write_at
        if may_write and (counts := self._counter.take_counts()):
            self._writing = asyncio.create_task(self._write(counts))

    async def finish(self) -> None:
        """Count and store all clicks."""
        if self._counter.waiting:
            if _is_free(self._reading):
                self._reading = asyncio.create_task(self._read_starts())
            # If the database does not answer, what was read before has to do.
            await asyncio.wait([task for task in (self._reading,) if task], timeout=INTERVAL)
        self._counter.settle_all(self._starts)
        if self._writing:
            await self._writing
        if counts := self._counter.take_counts():
            await self._write(counts, last=True)

    async def _read_starts(self) -> None:
        now, slugs = self._context.clock(), self._counter.waiting
        # Clicks of which the starts cannot be read are counted without them after a while. The failure of the database
        # is logged when they are written.
        with suppress(NewsletterError):
            self._starts = await self._context.read(partial(find_campaign_starts, slugs=slugs))
            self._known_until = now

    async def _write(self, counts: Mapping[CountKey, Count], *, last: bool = False) -> None:
        try:
            await self._context.write(partial(store_counts, counts=counts))
            self._wait = INTERVAL
        except NewsletterError as error:
            clicks = sum(count.certain + count.doubtful for count in counts.values())
            log_error("clicks lost" if last else "clicks not stored", error, clicks=clicks)
            self._counter.return_counts(counts)
            self._wait = min(2 * self._wait, _LONGEST_RETRY)
            self._write_at = self._context.timer() + self._wait


def _is_free(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()
