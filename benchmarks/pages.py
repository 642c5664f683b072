"""One-click unsubscribe under a load generator, each durable on disk, beside a bare starlette handler in the same run.

Server and load generator are two processes and share the machine; both servers run in one process, on one loop.
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

ROUNDS = 3
# Connections, and how many leave over them: one alone waits for the disk at each.
LOADS = ((1, 300), (16, 3_000), (64, 10_000))
_PUBLICATION = (
    "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
    "delivery: {transport: folder}\n"
)
# As large an answer as the page that says that somebody has left.
_BARE = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

async def leave(request):
    await request.body()
    return HTMLResponse("x" * 1600)

listener = socket.socket(proto=socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(2048)
print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
app = Starlette(routes=[Route("/unsubscribe/{token}", leave, methods=["POST"])])
uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off")).run([listener])
"""


def measure() -> Iterator[Figure]:
    """Both servers in turns, the best of each."""
    with TemporaryDirectory(dir=Path.cwd()) as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        for connections, number in LOADS:
            bare, pages = [], []
            for _ in range(ROUNDS):
                paths = _people(root, number)
                with _serving([PYTHON, "-c", _BARE]) as url:
                    bare.append(_load(url, paths, connections))
                with _serving([NEWSLETTER, "-C", str(root), "serve", "--port", "0"]) as url:
                    pages.append(_load(url, paths, connections))
                _check_all_left(root, number)
            yield from _figures(connections, number, bare, pages)


def _figures(
    connections: int, number: int, bare: list[dict[str, float]], pages: list[dict[str, float]]
) -> Iterator[Figure]:
    one, other = (min(runs, key=lambda run: run["seconds"]) for runs in (bare, pages))
    with_ = f"{connections} connection{'s' if connections > 1 else ''}"
    yield Figure(f"bare starlette, {with_}", number / one["seconds"], "requests/s", note=f"99 %: {one['late']:.1f} ms")
    yield Figure(f"one-click unsubscribe, {with_}", number / other["seconds"], "requests/s")
    yield Figure(f"  of these, the middle with {with_}", other["middle"], "ms")
    yield Figure(f"  of these, the 99th percentile with {with_}", other["late"], "ms")


def _people(root: Path, number: int) -> list[str]:
    """A new database of active subscribers, and the paths by which each leaves."""
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


def _check_all_left(root: Path, number: int) -> None:
    with Database.open(f"sqlite:///{root / 'newsletter.db'}") as database, database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM subscriber WHERE state = 'unsubscribed'").scalar()
    if left != number:
        raise RuntimeError(f"{left:,} of {number:,} have left")


@contextmanager
def _serving(command: list[str]) -> Iterator[str]:
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
