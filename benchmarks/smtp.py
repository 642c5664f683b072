"""SMTP: the transport by itself, beside Postfix's smtp-source (C) and smtplib, into sinks in processes of their own."""

import asyncio
import os
import random
import shutil
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from statistics import median

from benchmarks.clock import ROOT
from benchmarks.figures import Figure
from newsletter.publication.delivery_settings import Security, SmtpServer
from newsletter.transports.base import Outgoing, Verdict
from newsletter.transports.smtp import SmtpTransport

MESSAGES, ROUNDS, DELAY = 2_000, 5, 20
SENDER, RECIPIENT = "bounces@example.org", "reader@example.com"
# What the sending of one message takes: MAIL, RCPT and DATA, then the content.
ROUND_TRIPS = 2
_PATHS = "/usr/sbin:/usr/local/sbin:/usr/libexec/postfix:/usr/bin"


def measure() -> Iterator[Figure]:
    """Figures at full speed, and with 20 ms until each reply."""
    if not (tools := postfix()):
        yield Figure("smtp-sink and smtp-source", note="Postfix is not installed")
        return
    content = _content()
    with sink(tools.sink) as port:
        for connections, aim in ((1, 1.0), (10, 1 / 0.8), (20, 1 / 0.8)):
            yield from _beside(tools.source, port, content, connections, aim)
    with late_sink() as port:
        for connections, least in ((1, None), (10, None), (50, 1 / 0.85), (100, None)):
            yield from _late(port, content, connections, least)


@dataclass(frozen=True, slots=True)
class Tools:
    """Postfix's programs for measuring, by their paths."""

    sink: str
    source: str


def postfix() -> Tools | None:
    """Where they are installed."""
    sink, source = shutil.which("smtp-sink", path=_PATHS), shutil.which("smtp-source", path=_PATHS)
    return Tools(sink, source) if sink and source else None


def _beside(source: str, port: int, content: bytes, connections: int, aim: float) -> Iterator[Figure]:
    """One number of connections: ours, smtp-source's and smtplib's, in turns."""
    size = str(len(content))
    command = [source, "-d", "-c", "-s", str(connections), "-m", str(MESSAGES), "-l", size, f"127.0.0.1:{port}"]
    ours, theirs, plain, processor = [], [], [], []
    for _ in range(ROUNDS):
        spent = time.process_time()
        ours.append(_ours(port, content, connections))
        processor.append((time.process_time() - spent) / MESSAGES * 1000)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        theirs.append(MESSAGES / (time.perf_counter() - start))
        plain.append(_plainly(port, content, connections))
    said = f"messages a second: ours {max(ours):,.0f}, smtp-source {max(theirs):,.0f}, smtplib {max(plain):,.0f}"
    ratio = median(other / own for own, other in zip(ours, theirs, strict=True))
    yield Figure(f"smtp-source's rate by ours, {counted(connections)}", ratio, "x", aim, said)
    yield Figure(f"processor time of a message, {counted(connections)}", min(processor), "ms", 1.2)


def _late(port: int, content: bytes, connections: int, most: float | None) -> Iterator[Figure]:
    """One number of connections, far away: what pipelining allows, by ours."""
    cycle = ROUND_TRIPS * DELAY / 1000
    rates = [_ours(port, content, connections, connections * 100, cycle) for _ in range(2)]
    allowed = connections / cycle
    yield Figure(
        f"what pipelining allows by ours, {DELAY} ms, {counted(connections)}",
        allowed / max(rates),
        "x",
        most,
        f"{max(rates):,.0f} of {allowed:,.0f} messages a second",
    )


def _ours(port: int, content: bytes, connections: int, messages: int = MESSAGES, spread: float = 0) -> float:
    """Messages a second of our own transport, all connections in one thread, from when all are open.

    The first messages are spread over so many seconds, as connections that are opened one after another would be.
    """
    server = SmtpServer(host="127.0.0.1", port=port, security=Security.NONE, messages=100_000)
    transport, message = SmtpTransport(server, None), Outgoing(SENDER, RECIPIENT, content)
    opened = [transport.connect() for _ in range(connections)]
    start = time.perf_counter()

    async def work(number: int) -> None:
        await asyncio.sleep(spread * number / connections)
        for _ in range(messages // connections):
            answer = await opened[number].sending(message)
            if answer.verdict is not Verdict.ACCEPTED:
                raise RuntimeError(f"the sink answered {answer}")

    async def all_works() -> None:
        await asyncio.gather(*map(work, range(connections)))

    asyncio.run(all_works())
    rate = messages / (time.perf_counter() - start)
    for connection in opened:
        connection.close()
    return rate


def _plainly(port: int, content: bytes, connections: int) -> float:
    """Messages a second of smtplib, in a thread a connection, from when all are open."""
    ready = threading.Barrier(connections + 1)

    def work() -> None:
        connection = smtplib.SMTP("127.0.0.1", port, "localhost")
        ready.wait()
        for _ in range(MESSAGES // connections):
            connection.sendmail(SENDER, RECIPIENT, content)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return MESSAGES / (time.perf_counter() - start)


def counted(connections: int) -> str:
    """How many connections, in words."""
    return "1 connection" if connections == 1 else f"{connections} connections"


def _content() -> bytes:
    """70 KB of HTML and 5 KB of text, 85 KB in quoted-printable."""
    words = ("lens", "paper", '<td style="font: 16px/1.5 serif">', "über", "—", "https://example.org/?utm_source=mail")
    chance = random.Random(1)
    text = " ".join(chance.choice(words) for _ in range(20_000))
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "A measure"
    message.set_content(text[:5_000], cte="quoted-printable")
    message.add_alternative(text[:62_000], subtype="html", cte="quoted-printable")
    return message.as_bytes()


@contextmanager
def sink(path: str) -> Iterator[int]:
    """Postfix's server that takes and forgets; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    as_root = ["-u", "root"] if os.geteuid() == 0 else []
    with subprocess.Popen([path, *as_root, f"127.0.0.1:{port}", "500"], stderr=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield port
        finally:
            process.terminate()


@contextmanager
def late_sink() -> Iterator[int]:
    """A server that is far away; yields its port."""
    command = [sys.executable, "-m", "benchmarks.late_sink", str(DELAY)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("smtp-sink does not listen")
