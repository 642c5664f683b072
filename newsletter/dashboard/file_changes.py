"""Counts changes of the publication's files and notifies the pages that wait for the next one."""

import asyncio
from collections.abc import AsyncIterator


class FileChanges:
    """The number of changes since the server started. All methods are called in the server's event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._over = False
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Count a change and notify all pages."""
        self.count += 1
        self._wake()

    def close(self) -> None:
        """End all waiting, since the server stops."""
        self._over = True
        self._wake()

    async def follow(self) -> AsyncIterator[int]:
        """Yield the count now and after each change; a slow reader gets only the latest."""
        seen = -1
        while not self._over:
            if seen == self.count:
                await self._next.wait()
                continue
            seen = self.count
            yield seen

    def _wake(self) -> None:
        woken, self._next = self._next, asyncio.Event()
        woken.set()
