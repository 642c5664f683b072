"""Capture: a cold `newsletter add` of 50 URLs from a server that responds after 200 ms."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER
from benchmarks.figures import Figure
from benchmarks.sample import write_publication

URLS, LATENCY, ROUNDS = 50, 0.2, 3
PER_HOST = 10
_PAGE = b"""<!DOCTYPE html><html lang="en"><head><title>A page | Site</title>
<meta property="og:title" content="A page of the benchmark"><meta property="og:site_name" content="Site">
<meta property="og:description" content="What the page is about."></head><body>%s</body></html>
""" % (b"<p>Some words of the page.</p>" * 1000)


def measure() -> Iterator[Figure]:
    """Yield the times for 50 hosts, which are different loopback addresses, and for one host with 50 pages."""
    with TemporaryDirectory() as name, _serving() as port:
        many = _best(Path(name), [f"http://127.0.0.{number + 1}:{port}/{number}" for number in range(URLS)])
        one = _best(Path(name), [f"http://127.0.0.1:{port}/{number}" for number in range(URLS)])
        start = _best(Path(name), [])
    yield Figure("50 URLs of 50 hosts, 200 ms each", many, "s", 2, "wall-clock time, cold start")
    yield Figure("50 URLs of one host, 200 ms each", one, "s", 2, f"at most {PER_HOST} concurrent requests to a host")
    yield Figure("lower bound: one response", LATENCY, "s")
    yield Figure("lower bound for one host: its rounds of responses", LATENCY * URLS / PER_HOST, "s")
    yield Figure("the command without a URL", start, "s", note="start, imports, reading the publication")


def _best(folder: Path, urls: list[str]) -> float:
    """Return the best time of several runs, each in a new publication."""
    times = []
    for number in range(ROUNDS):
        root = folder / f"{len(urls)}-{hash(tuple(urls))}-{number}"
        write_publication(root, 1, 15)
        command = [NEWSLETTER, "add", "--allow-private", "--inbox", *(urls or ["--no-fetch", "-"])]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, input="", check=False)
        times.append(time.perf_counter() - start)
        assert not urls or done.stdout.count("A page of the benchmark") == URLS, done.stderr
    return min(times)


@contextmanager
def _serving() -> Iterator[int]:
    """Run a server in a thread. Yields its port."""
    loop = asyncio.new_event_loop()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readuntil(b"\r\n\r\n")) if not reader.at_eof() else b"":
            await asyncio.sleep(LATENCY)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(_PAGE)}\r\n\r\n"
            writer.write(head.encode() + _PAGE)
            await writer.drain()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(respond(reader, writer))
        task.add_done_callback(lambda done: done.exception())

    server = loop.run_until_complete(asyncio.start_server(accept, "0.0.0.0", 0, backlog=100))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
