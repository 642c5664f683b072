"""`python -m benchmarks.load URL CONNECTIONS < PATHS`: each path is posted to once, one click as RFC 8058 has it.

As many keep-alive connections as are asked for take the paths in turn, each with one request under way.
Prints seconds, and milliseconds of the middle, the 99th percentile and the slowest, as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

_BODY = b"List-Unsubscribe=One-Click"


class _Client(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is whole."""

    def __init__(self, host: str, paths: Iterator[str], taken: list[float], done: asyncio.Future[None]) -> None:
        self.host, self.paths, self.taken, self.done = host, paths, taken, done
        self.begun, self.answer = 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Post to the next path, or hang up."""
        path = next(self.paths, None)
        if path is None:
            self.transport.close()
            return
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(_BODY)}\r\n\r\n"
        )
        self.answer = b""
        self.begun = time.perf_counter()
        self.transport.write(head.encode() + _BODY)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.taken.append(time.perf_counter() - self.begun)
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.decode()))
            return
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _load(url: str, paths: list[str], connections: int) -> dict[str, float]:
    parts = urlsplit(url)
    loop, taken, left = asyncio.get_running_loop(), list[float](), iter(paths)
    waiting = [loop.create_future() for _ in range(connections)]
    begun = time.perf_counter()
    for done in waiting:
        client = partial(_Client, parts.netloc, left, taken, done)
        await loop.create_connection(client, str(parts.hostname), parts.port or 80)
    await asyncio.gather(*waiting)
    seconds = time.perf_counter() - begun
    taken.sort()
    middle, late = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    return {"seconds": seconds, "middle": middle * 1000, "late": late * 1000, "most": taken[-1] * 1000}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(sys.argv[1], sys.stdin.read().split(), int(sys.argv[2])))))
