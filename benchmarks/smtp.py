"""SMTP: the transport alone, compared with Postfix's smtp-source (in C) and smtplib. Each server is another process."""

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

MESSAGES, ROUNDS, DELAY = 2_000, 3, 20
SENDER, RECIPIENT = "bounces@example.org", "reader@example.com"
# Round trips per message: MAIL, RCPT and DATA together, then the content.
ROUND_TRIPS = 2
_PATHS = "/usr/sbin:/usr/local/sbin:/usr/libexec/postfix:/usr/bin"


def measure() -> Iterator[Figure]:
    """Yield figures at full speed, and with 20 ms until each reply."""
    if not (tools := find_postfix()):
        yield Figure("SMTP", note="Postfix's smtp-sink and smtp-source are missing: run `apt-get install postfix`")
        return
    content = _make_content()
    with run_sink(tools.sink) as port:
        for connections, target in ((1, 1.0), (10, 1 / 0.8), (20, 1 / 0.8)):
            yield from _compare(tools.source, port, content, connections, target)
    with late_sink() as port:
        for connections, most in ((50, 1 / 0.85), (100, None)):
            yield from _measure_late(port, content, connections, most)


@dataclass(frozen=True, slots=True)
class Tools:
    """The paths of Postfix's test programs."""

    sink: str
    source: str


def find_postfix() -> Tools | None:
    """Return the paths of Postfix's test programs, or None if they are not installed."""
    sink, source = shutil.which("smtp-sink", path=_PATHS), shutil.which("smtp-source", path=_PATHS)
    return Tools(sink, source) if sink and source else None


def _compare(source: str, port: int, content: bytes, connections: int, target: float) -> Iterator[Figure]:
    """Compare the transport with smtp-source and smtplib, which run alternately."""
    size = str(len(content))
    command = [source, "-d", "-c", "-s", str(connections), "-m", str(MESSAGES), "-l", size, f"127.0.0.1:{port}"]
    ours, theirs, plain, processor = [], [], [], []
    for _ in range(ROUNDS):
        spent = time.process_time()
        ours.append(_measure_transport(port, content, connections))
        processor.append((time.process_time() - spent) / MESSAGES * 1000)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        theirs.append(MESSAGES / (time.perf_counter() - start))
        plain.append(_measure_smtplib(port, content, connections))
    note = f"messages/s: newsletter {max(ours):,.0f}, smtp-source {max(theirs):,.0f}, smtplib {max(plain):,.0f}"
    ratio = median(other / own for own, other in zip(ours, theirs, strict=True))
    yield Figure(f"smtp-source / newsletter, {count_connections(connections)}", ratio, "x", target, note)
    yield Figure(f"CPU time per message, {count_connections(connections)}", min(processor), "ms", 1.2)


def _measure_late(port: int, content: bytes, connections: int, most: float | None) -> Iterator[Figure]:
    """Compare the transport, with delayed replies, with the maximum that pipelining allows."""
    cycle = ROUND_TRIPS * DELAY / 1000
    rates = [_measure_transport(port, content, connections, connections * 100, cycle) for _ in range(2 if most else 1)]
    allowed = connections / cycle
    yield Figure(
        f"pipelining limit / newsletter, {DELAY} ms, {count_connections(connections)}",
        allowed / max(rates),
        "x",
        most,
        f"{max(rates):,.0f} of {allowed:,.0f} messages/s",
    )


def _measure_transport(
    port: int, content: bytes, connections: int, messages: int = MESSAGES, spread: float = 0
) -> float:
    """Send messages with newsletter's transport, with all connections in one thread.

    Args:
        port: The port of the server.
        content: The content of each message.
        connections: The number of connections. They are open before the time starts.
        messages: The total number of messages.
        spread: The seconds over which the first messages are spread, as if connections were opened one by one.

    Returns:
        Messages per second.
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
                raise RuntimeError(f"the server rejected a message: {answer}")

    async def work_all() -> None:
        await asyncio.gather(*map(work, range(connections)))

    asyncio.run(work_all())
    rate = messages / (time.perf_counter() - start)
    for connection in opened:
        connection.close()
    return rate


def _measure_smtplib(port: int, content: bytes, connections: int) -> float:
    """Send messages with smtplib, with a thread for each connection. Returns messages per second.

    The connections are open before the time starts.
    """
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


def count_connections(connections: int) -> str:
    """Return the number of connections with its noun."""
    return "1 connection" if connections == 1 else f"{connections} connections"


def _make_content() -> bytes:
    """Return a message with 70 KB of HTML and 5 KB of text, which is 85 KB in quoted-printable."""
    words = ("lens", "paper", '<td style="font: 16px/1.5 serif">', "über", "—", "https://example.org/?utm_source=mail")
    chance = random.Random(1)
    text = " ".join(chance.choice(words) for _ in range(20_000))
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "A measure"
    message.set_content(text[:5_000], cte="quoted-printable")
    message.add_alternative(text[:62_000], subtype="html", cte="quoted-printable")
    return message.as_bytes()


@contextmanager
def run_sink(path: str) -> Iterator[int]:
    """Run smtp-sink, which accepts and discards all messages. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    as_root = ["-u", "root"] if os.geteuid() == 0 else []
    with subprocess.Popen([path, *as_root, f"127.0.0.1:{port}", "500"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for_port(port)
            yield port
        finally:
            process.terminate()


@contextmanager
def late_sink() -> Iterator[int]:
    """Run a server with delayed replies. Yields its port."""
    command = [sys.executable, "-m", "benchmarks.late_sink", str(DELAY)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _wait_for_port(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("smtp-sink does not listen")
