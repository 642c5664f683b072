"""A count of the changes to the publication's files, which notifies waiting pages of each change."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress


class FileChanges:
    """The number of changes since the server started. All methods are called in the server's event loop.

    `closed` is whether the server stops.
    """

    def __init__(self) -> None:
        self.count = 0
        self.closed = False
        self._closing = asyncio.Event()
        self._next = asyncio.Event()
        self._on_close: list[Callable[[], None]] = []

    def on_close(self, stop: Callable[[], None]) -> None:
        """Call a function when the server stops."""
        self._on_close.append(stop)

    def notify(self) -> None:
        """Count a change and notify all pages."""
        self.count += 1
        self._wake()

    def close(self) -> None:
        """End all waiting requests, because the server stops."""
        self.closed = True
        self._closing.set()
        for stop in self._on_close:
            stop()
        self._wake()

    async def follow(self) -> AsyncIterator[int]:
        """Yield the count now and after each change, until `close`. A slow reader gets only the latest count."""
        seen = -1
        while not self.closed:
            if seen == self.count:
                await self._next.wait()
                continue
            seen = self.count
            yield seen

    async def wait_for_close(self, seconds: float) -> None:
        """Wait for `close`, but only so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    def _wake(self) -> None:
        woken, self._next = self._next, asyncio.Event()
        woken.set()
