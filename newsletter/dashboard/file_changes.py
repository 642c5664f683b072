"""A count of the changes to the publication's files, which notifies waiting pages of each change."""

import asyncio
from collections.abc import AsyncIterator


class FileChanges:
    """The number of changes since the server started. All methods are called in the server's event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._closed = False
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Count a change and notify all pages."""
        self.count += 1
        self._wake()

    def close(self) -> None:
        """End all waiting requests, because the server stops."""
        self._closed = True
        self._wake()

    async def follow(self) -> AsyncIterator[int]:
        """Yield the count now and after each change, until `close`. A slow reader gets only the latest count."""
        seen = -1
        while not self._closed:
            if seen == self.count:
                await self._next.wait()
                continue
            seen = self.count
            yield seen

    def _wake(self) -> None:
        woken, self._next = self._next, asyncio.Event()
        woken.set()
