"""Links to entries beside a running campaign, compared with `/health` under the same load, in one run.

The campaign writes to the database of the pages as fast as it can. Connections ask for `/health` and a link in turn,
so that both meet the same load. Each link is another reader's, so that each click is counted and stored.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.clock import NEWSLETTER, PYTHON, ROOT
from benchmarks.figures import Figure
from benchmarks.pages import serving
from newsletter.clicks.read_counts import count_clicks
from newsletter.database.database import Database

RECIPIENTS, ENTRIES = 60_000, 20
MOST = 2
LOADS = (1, 8)
_PUBLICATION = (
    "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
    "delivery: {transport: folder, pages_url: https://p.example/}\nclicks: true\n"
)
_ENTRY = "    - {{id: e{n}, title: Story {n}, url: https://example.com/{n}, comment: Words.}}\n"


def measure() -> Iterator[Figure]:
    """Yield the medians and 99th percentiles of both, and their ratios, by the number of connections."""
    for connections in LOADS:
        with TemporaryDirectory(dir=Path.cwd()) as name:
            yield from _compare(Path(name), connections)


def _compare(root: Path, connections: int) -> Iterator[Figure]:
    (root / "issues").mkdir()
    (root / "newsletter.yaml").write_text(_PUBLICATION)
    entries = "".join(_ENTRY.format(n=number) for number in range(ENTRIES))
    (root / "issues/029.yaml").write_text(
        f"title: T\ndate: 2026-01-01\nstatus: published\nsections:\n  other:\n{entries}"
    )
    program = f"from benchmarks.sending import run; run({str(root)!r}, {RECIPIENTS}, 10, 0)"
    with serving([NEWSLETTER, "-C", str(root), "serve", "--port", "0"]) as site:
        with subprocess.Popen([PYTHON, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL) as campaign:
            health, links = asyncio.run(_load(site, campaign, connections))
        if campaign.returncode:
            raise RuntimeError("the campaign failed")
    # The pages store what they have counted when they stop.
    with Database.open(f"sqlite:///{root / 'newsletter.db'}") as database, database.read() as connection:
        counted = sum(clicks.certain + clicks.doubtful for clicks in count_clicks(connection, ["029"]))
    if counted != len(links):
        raise RuntimeError(f"{counted:,} of {len(links):,} clicks are stored")
    where = f"{connections} connection{'s' if connections > 1 else ''}"
    for percent, word in ((50, "median"), (99, "99th percentile")):
        one, other = (times[len(times) * percent // 100] * 1000 for times in (health, links))
        yield Figure(f"/health beside a campaign, {where}: {word}", one, "ms", note=f"{len(health):,} requests")
        yield Figure(f"a link beside a campaign, {where}: {word}", other, "ms")
        yield Figure(f"  link / health, {where}: {word}", other / one, "x", most=MOST)


async def _load(site: str, campaign: "subprocess.Popen[bytes]", connections: int) -> tuple[list[float], list[float]]:
    """Send requests until the campaign ends. Returns the sorted response times in seconds."""
    health: list[float] = []
    links: list[float] = []
    await asyncio.gather(*(_ask(site, campaign, number, health, links) for number in range(connections)))
    return sorted(health), sorted(links)


async def _ask(
    site: str, campaign: "subprocess.Popen[bytes]", number: int, health: list[float], links: list[float]
) -> None:
    host = urlsplit(site)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    count = 0
    while campaign.poll() is None:
        count += 1
        # Another network for each request.
        address = f"2001:{number:x}:{count & 65535:x}:{count >> 16:x}::1"
        fields = f"Host: {host.netloc}\r\nX-Forwarded-For: {address}\r\nUser-Agent: Firefox\r\n"
        for path, status, times in (
            ("/health", b"200", health),
            (f"/go/029/e{count % ENTRIES}", b"302", links),
        ):
            start = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            await reader.readexactly(length)
            times.append(time.perf_counter() - start)
            if not head.startswith(b"HTTP/1.1 " + status):
                raise RuntimeError(head.decode())
    writer.close()
