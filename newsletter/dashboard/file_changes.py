"""Changes of the publication's files: counted, and told to every page that waits for the next one."""

import asyncio
from collections.abc import AsyncIterator


class Changes:
    """How often the files have changed since the preview began. Everything here is called in the server's loop."""

    def __init__(self) -> None:
        self.count = 0
        self._over = False
        self._next = asyncio.Event()

    def tell(self) -> None:
        """The files have changed."""
        self.count += 1
        self._wake()

    def close(self) -> None:
        """The preview ends: nobody waits any longer."""
        self._over = True
        self._wake()

    async def follow(self) -> AsyncIterator[int]:
        """The count now, and whenever it has grown; a reader that is slow gets the latest only."""
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
