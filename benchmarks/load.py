"""`python -m benchmarks.load URL CONNECTIONS < PATHS`: sends a one-click unsubscribe request (RFC 8058) to each path.

The keep-alive connections share the paths. Each sends one request at a time. Prints JSON with the total seconds, and
the median, the 99th percentile and the maximum of the response times in milliseconds.
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
    """One connection. It sends the next request when the response to the last one is complete."""

    def __init__(self, host: str, paths: Iterator[str], times: list[float], done: asyncio.Future[None]) -> None:
        self.host, self.paths, self.times, self.done = host, paths, times, done
        self.start, self.response = 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send_request()

    def send_request(self) -> None:
        """Send a request to the next path, or close the connection if there is none."""
        path = next(self.paths, None)
        if path is None:
            self.transport.close()
            return
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(_BODY)}\r\n\r\n"
        )
        self.response = b""
        self.start = time.perf_counter()
        self.transport.write(head.encode() + _BODY)

    def data_received(self, data: bytes) -> None:
        self.response += data
        head, found, body = self.response.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.times.append(time.perf_counter() - self.start)
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.decode()))
            return
        self.send_request()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _load(url: str, paths: list[str], connections: int) -> dict[str, float]:
    parts = urlsplit(url)
    loop, times, remaining = asyncio.get_running_loop(), list[float](), iter(paths)
    waiting = [loop.create_future() for _ in range(connections)]
    start = time.perf_counter()
    for done in waiting:
        client = partial(_Client, parts.netloc, remaining, times, done)
        await loop.create_connection(client, str(parts.hostname), parts.port or 80)
    await asyncio.gather(*waiting)
    seconds = time.perf_counter() - start
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    return {"seconds": seconds, "median": middle * 1000, "p99": late * 1000, "max": times[-1] * 1000}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(sys.argv[1], sys.stdin.read().split(), int(sys.argv[2])))))
