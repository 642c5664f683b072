"""One-click unsubscribe under load, compared with a bare starlette handler in the same run.

Each unsubscribe is durable on disk before its response. The server and the load generator are two processes on the same
machine. Each server is one process with one event loop.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from benchmarks.clock import NEWSLETTER, PYTHON
from benchmarks.figures import Figure
from newsletter.database.database import Database
from newsletter.database.signing_keys import signing_keys
from newsletter.database.tables import subscriber
from newsletter.mail.tokens import Purpose, sign

ROUNDS = 2
# The number of connections, and of requests over them. With one connection, each request waits for the disk.
LOADS = ((1, 300), (16, 3_000), (64, 10_000))
_PUBLICATION = (
    "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
    "delivery: {transport: folder}\n"
)
# Its response is as large as the page that confirms an unsubscribe.
_BARE = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

async def unsubscribe(request):
    await request.body()
    return HTMLResponse("x" * 1600)

listener = socket.socket(proto=socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(2048)
print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
app = Starlette(routes=[Route("/unsubscribe/{token}", unsubscribe, methods=["POST"])])
uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off")).run([listener])
"""


def measure() -> Iterator[Figure]:
    """Yield the best figures of both servers, which run alternately."""
    with TemporaryDirectory(dir=Path.cwd()) as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        for connections, number in LOADS:
            bare, pages = [], []
            for _ in range(ROUNDS):
                paths = _write_subscribers(root, number)
                with serving([PYTHON, "-c", _BARE]) as url:
                    bare.append(_load(url, paths, connections))
                with serving([NEWSLETTER, "-C", str(root), "serve", "--port", "0"]) as url:
                    pages.append(_load(url, paths, connections))
                _check_all_unsubscribed(root, number)
            yield from _compare(connections, number, bare, pages)


def _compare(
    connections: int, number: int, bare: list[dict[str, float]], pages: list[dict[str, float]]
) -> Iterator[Figure]:
    one, other = (min(runs, key=lambda run: run["seconds"]) for runs in (bare, pages))
    load = f"{connections} connection{'s' if connections > 1 else ''}"
    note = f"99th percentile: {one['p99']:.1f} ms"
    yield Figure(f"bare starlette, {load}", number / one["seconds"], "requests/s", note=note)
    yield Figure(f"one-click unsubscribe, {load}", number / other["seconds"], "requests/s")
    yield Figure(f"  median, {load}", other["median"], "ms")
    yield Figure(f"  99th percentile, {load}", other["p99"], "ms")


def _write_subscribers(root: Path, number: int) -> list[str]:
    """Create a database of active subscribers. Returns the paths that unsubscribe them."""
    for old in root.glob("newsletter.db*"):
        old.unlink()
    with Database.open(f"sqlite:///{root / 'newsletter.db'}") as database, database.write() as connection:
        columns = {
            "name": "",
            "language": "",
            "state": "active",
            "consent_source": "",
            "consent_at": 0,
            "created_at": 0,
        }
        rows = [
            {"id": id, "address": f"r{id}@example.org", "compared": f"r{id}@example.org"} | columns
            for id in range(1, number + 1)
        ]
        connection.execute(insert(subscriber), rows)
        keys = signing_keys(connection, "token")
    return [f"/unsubscribe/{sign(keys, Purpose.UNSUBSCRIBE, id, f'r{id}@example.org')}" for id in range(1, number + 1)]


def _check_all_unsubscribed(root: Path, number: int) -> None:
    with Database.open(f"sqlite:///{root / 'newsletter.db'}") as database, database.read() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM subscriber WHERE state = 'unsubscribed'").scalar()
    if found != number:
        raise RuntimeError(f"{found:,} of {number:,} subscribers are unsubscribed")


@contextmanager
def serving(command: list[str]) -> Iterator[str]:
    """Run a server until the block ends. Yields its URL, which it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _load(url: str, paths: list[str], connections: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.load", url, str(connections)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
