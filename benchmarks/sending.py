"""Sending: a campaign with its durable ledger, beside Postfix's smtp-source, to the same smtp-sink in the same run."""

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import PYTHON, ROOT
from benchmarks.figures import Figure
from newsletter.models.delivery import Answer, CampaignState, Outgoing, Stage, Verdict

SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"
HTML, TEXT = 70_000, 5_000
MESSAGES, ROUNDS = 2_000, 3
DELAY = 0.02


def measure() -> Iterator[Figure]:
    """Messages a second on the clock, the best of three; processor time a message, ours alone; memory."""
    if not (Path(SINK).exists() and Path(SOURCE).exists()):
        yield Figure("sending", note="Postfix's smtp-sink and smtp-source are not installed")
        return
    for connections in (1, 10, 20):
        with _sink() as port:
            ceiling, ours = [], []
            for _ in range(ROUNDS):
                ceiling.append(_source(port, connections))
                ours.append(_campaign(MESSAGES, connections, port))
        best = max(run["rate"] for run in ours)
        share = 1.0 if connections == 1 else 0.8
        name = f"{connections} connection{'' if connections == 1 else 's'}"
        yield Figure(f"smtp-source, {name}", max(ceiling), "messages/s")
        yield Figure(f"a campaign, {name}", best, "messages/s", note=f"{best / max(ceiling):.2f} of it; aim {share}")
        yield Figure(f"  processor time a message, {name}", min(run["cpu"] for run in ours), "ms", most=1.2)
    for connections in (1, 10, 50, 100):
        with _slow() as port:
            run = _campaign(min(1_000, 40 * connections), connections, port)
        yield Figure(f"20 ms more for each reply, {connections} connections", run["rate"], "messages/s")
    small, large = (_campaign(recipients, 10, 0)["peak"] for recipients in (2_000, 1_000_000))
    yield Figure("peak memory, 2,000 recipients", small, "MB")
    yield Figure("peak memory, 1,000,000 recipients", large, "MB", most=small + 10)


def _campaign(recipients: int, connections: int, port: int) -> dict[str, float]:
    """A campaign in a process of its own: its rate, and its processor time a message; a port of 0 is no server."""
    with TemporaryDirectory() as folder:
        program = f"from benchmarks.sending import run; run({folder!r}, {recipients}, {connections}, {port})"
        done = subprocess.run([PYTHON, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(folder: str, recipients: int, connections: int, port: int) -> None:
    """Begin a campaign and send it; prints what it took."""
    from sqlalchemy import insert, true

    from newsletter.delivery.campaign import Limits, Sending
    from newsletter.delivery.message import MessageHead, Recipient, compose
    from newsletter.delivery.pace import Pace
    from newsletter.delivery.sender import Rules, Server
    from newsletter.models.delivery_settings import Security, SmtpServer
    from newsletter.store import campaigns
    from newsletter.store.database import Database
    from newsletter.store.ledger import LedgerWriter, Waiting
    from newsletter.store.tables import subscriber
    from newsletter.transports.smtp import SmtpTransport

    database = Database.open(f"sqlite:///{folder}/newsletter.db")
    rows = (
        {"address": f"r{n}@d{n % 5000}.example", "compared": f"r{n}@d{n % 5000}.example", "state": "active"}
        | {"consent_at": 1, "created_at": 1}
        for n in range(recipients)
    )
    while page := [row for row, _ in zip(rows, range(2_000), strict=False)]:
        with database.write() as writing:
            writing.execute(insert(subscriber), page)
    beginning = campaigns.Beginning("029", "0" * 64, "Subject", "", "", git_clean=False, now=1)
    with database.write() as writing:
        id = campaigns.begin(writing, beginning, true())
    words = "A lens is ground before it is polished, and that takes a week. "
    field = " {{unsubscribe_url}} {{preferences_url}} {{subscriber_email}} "
    head = MessageHead(
        *("Lens", "lens@example.org", "", "Issue 29", datetime(2026, 1, 1, tzinfo=UTC), "en", "Lens"),
        *("lens.example.org", "https://lens.example.org/", "https://lens.example.org/"),
        *("https://lens.example.org/029/", "029", "lens@example.org"),
    )
    html = f"<p>{words * (HTML // len(words))}</p>{field}"
    letter = compose(html, words * (TEXT // len(words)) + field, head, [b"k" * 32])

    def addressed(waiting: Waiting) -> tuple[str, Outgoing]:
        to = Recipient(waiting.id, id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language)
        return letter.message_id(to), letter.to(to)

    settings = SmtpServer(host="127.0.0.1", port=port or 25, security=Security.NONE, connections=connections)
    transport = SmtpTransport(settings, None) if port else Nowhere()
    server = Server(transport, Pace(0), connections)
    writer = LedgerWriter(database)
    sending = Sending(database, writer, id, addressed, [server], Rules((60,), 20), Limits())
    clock, processor = time.perf_counter(), time.process_time()
    ending = sending.run(lambda _: None)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    writer.close()
    assert ending.state is CampaignState.COMPLETE, ending
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1_000_000
    print(json.dumps({"rate": recipients / clock, "cpu": processor / recipients * 1000, "peak": peak}))


class Nowhere:
    """A transport that accepts and forgets."""

    name, connections, usable = "nowhere", 10, True

    def connect(self) -> "Nowhere":
        """Itself."""
        return self

    def send(self, message: Outgoing) -> Answer:
        """Accept."""
        return Answer(Verdict.ACCEPTED, Stage.END, 250)

    def close(self) -> None:
        """Nothing is open."""


def _source(port: int, connections: int) -> float:
    """Postfix's own load generator: messages of the same size, a second."""
    size = str(int((HTML + TEXT) * 1.03))
    command = [SOURCE, "-s", str(connections), "-m", str(MESSAGES), "-l", size, f"127.0.0.1:{port}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return MESSAGES / (time.perf_counter() - start)


@contextmanager
def _sink() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    with subprocess.Popen([SINK, *user, f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL) as sink:
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.01)
            yield port
        finally:
            sink.terminate()


@contextmanager
def _slow() -> Iterator[int]:
    """A server with PIPELINING whose every reply comes 20 ms late."""
    program = f"from benchmarks.sending import serve_slowly; serve_slowly({DELAY})"
    with subprocess.Popen([PYTHON, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield int(server.stdout.readline())
        finally:
            server.kill()


def serve_slowly(delay: float) -> None:
    """Accept all messages; commands that come together are answered together."""

    class Slow(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport, self.buffer, self.in_data = transport, bytearray(), False
            self.reply(b"220 slow ESMTP\r\n")

        def reply(self, line: bytes) -> None:
            asyncio.get_running_loop().call_later(delay, self.transport.write, line)

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while True:
                end = self.buffer.find(b"\r\n.\r\n" if self.in_data else b"\r\n")
                if end < 0:
                    return
                if self.in_data:
                    del self.buffer[: end + 5]
                    self.in_data = False
                    self.reply(b"250 2.0.0 taken\r\n")
                    continue
                verb = bytes(self.buffer[:4]).upper()
                del self.buffer[: end + 2]
                self.in_data = verb == b"DATA"
                replies = {b"EHLO": b"250-slow\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
                self.reply(replies.get(verb, b"250 2.0.0 ok\r\n"))

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Slow, "127.0.0.1", 0, backlog=1000)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())
