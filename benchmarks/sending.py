"""Sending: a campaign with its durable ledger, compared with Postfix's smtp-source, to the same smtp-sink."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.clock import PYTHON, ROOT
from benchmarks.figures import Figure
from benchmarks.smtp import DELAY, ROUND_TRIPS, count_connections, find_postfix, late_sink, run_sink
from newsletter.campaign.tally import Tally
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict

if TYPE_CHECKING:
    from newsletter.campaign.run_state import ComposeMessage
    from newsletter.database.database import Database
    from newsletter.ledger.delivery import WaitingDelivery

HTML, TEXT = 70_000, 5_000
MESSAGES, ROUNDS = 2_000, 3
# With a long list, the growth of memory is measured between these numbers of messages. Then the campaign is paused.
SETTLED, ENOUGH = 10_000, 30_000


def measure() -> Iterator[Figure]:
    """Yield rates, CPU time per message, and memory. This takes about two minutes."""
    if not (tools := find_postfix()):
        yield Figure("sending", note="Postfix's smtp-sink and smtp-source are missing: run `apt-get install postfix`")
        return
    with run_sink(tools.sink) as port:
        for connections, share in ((1, 1.0), (10, 0.8), (20, 0.8)):
            yield from _compare(tools.source, port, connections, share)
    with late_sink() as port:
        for connections, least in ((50, 0.85), (100, None)):
            yield from _measure_late(port, connections, least)
    small, large = (run_campaign(recipients, 10, 0) for recipients in (2_000, 1_000_000))
    yield Figure("peak memory, 2,000 recipients", small["peak"], "MB")
    yield Figure("peak memory, 1,000,000 recipients", large["peak"], "MB", most=small["peak"] + 10)
    yield Figure(f"  growth during {ENOUGH - SETTLED:,} messages", large["growth"], "MB", most=10 * ENOUGH / 1_000_000)


def _compare(source: str, port: int, connections: int, share: float) -> Iterator[Figure]:
    """Compare a campaign with smtp-source, which opens a connection for each message, or with `-d` keeps them open."""
    theirs, kept, bare, ours = [], [], [], []
    for _ in range(ROUNDS):
        theirs.append(_measure_source(source, port, connections))
        kept.append(_measure_source(source, port, connections, "-d"))
        if connections == 1:
            bare.append(_measure_bare_loop(port))
        ours.append(run_campaign(MESSAGES, connections, port))
    rates = [run["rate"] for run in ours]
    note = (
        f"messages/s: newsletter {max(rates):,.0f}, smtp-source {max(theirs):,.0f}, "
        f"smtp-source -d {max(kept):,.0f} (keeps its connections)"
    )
    ratio = median(their / own for own, their in zip(rates, theirs, strict=True))
    yield Figure(f"smtp-source / campaign, {count_connections(connections)}", ratio, "x", 1 / share, note)
    if bare:
        ratio = median(their / own for own, their in zip(bare, theirs, strict=True))
        note = f"{max(bare):,.0f} messages/s: the same bytes, with 4 KB synced to disk before each message, no ledger"
        yield Figure("  smtp-source / bare loop over a socket", ratio, "x", note=note)
    name = f"  CPU time per message, {count_connections(connections)}"
    yield Figure(name, min(run["cpu"] for run in ours), "ms", most=1.2)


def _measure_late(port: int, connections: int, least: float | None) -> Iterator[Figure]:
    """Compare a campaign to a server with delayed replies with the maximum that pipelining allows."""
    allowed = connections / (ROUND_TRIPS * DELAY / 1000)
    rate = max(run_campaign(100 * connections, connections, port)["rate"] for _ in range(2 if least else 1))
    name = f"pipelining limit / campaign, {DELAY} ms, {count_connections(connections)}"
    note = f"{rate:,.0f} of {allowed:,.0f} messages/s"
    yield Figure(name, allowed / rate, "x", 1 / least if least else None, note)


def run_campaign(recipients: int, connections: int, port: int) -> dict[str, float]:
    """Run a campaign in a new process. Returns the figures that `run` prints. Port 0 means: without a server."""
    with TemporaryDirectory() as folder:
        program = f"from benchmarks.sending import run; run({folder!r}, {recipients}, {connections}, {port})"
        done = subprocess.run([PYTHON, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(folder: str, recipients: int, connections: int, port: int) -> None:
    """Create a campaign and send it. Prints JSON: messages per second, CPU time per message, peak and growth of memory.

    Args:
        folder: The folder for the database.
        recipients: The number of recipients.
        connections: The number of connections.
        port: The port of the server, or 0 for a transport that discards the messages.
    """
    from newsletter.campaign.pacing import Pace
    from newsletter.campaign.run_state import PacedServer, RunRules
    from newsletter.campaign.sending import CampaignRun, SendingLimits
    from newsletter.database.database import Database
    from newsletter.ledger.campaign import Transition
    from newsletter.ledger.campaign_states import change_state
    from newsletter.ledger.ledger_writer import LedgerWriter
    from newsletter.publication.delivery_settings import Security, SmtpServer
    from newsletter.transports.smtp import SmtpTransport

    database = Database.open(f"sqlite:///{folder}/newsletter.db")
    id = make_campaign(database, recipients)
    make_message = make_messages(id)
    settings = SmtpServer(host="127.0.0.1", port=port or 25, security=Security.NONE, connections=connections)
    transport = SmtpTransport(settings, None) if port else DiscardingTransport()
    server = PacedServer(transport, Pace(0), connections)
    writer = LedgerWriter(database)
    sending = CampaignRun(database, writer, id, make_message, [server], RunRules((60,), 20), SendingLimits())
    peaks: list[float] = []

    def watch(tally: Tally) -> None:
        accepted = tally.answered[DeliveryState.ACCEPTED]
        if accepted >= SETTLED and not peaks:
            peaks.append(_peak())
        if accepted >= ENOUGH and len(peaks) == 1:
            peaks.append(_peak())
            with database.write() as writing:
                change_state(writing, id, Transition.PAUSE, "enough", 1)

    clock, processor = time.perf_counter(), time.process_time()
    ending = sending.run(watch)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    writer.close()
    assert ending.state is (CampaignState.PAUSED if len(peaks) == 2 else CampaignState.COMPLETE), ending
    growth = peaks[1] - peaks[0] if len(peaks) == 2 else 0
    found = {"rate": recipients / clock, "cpu": processor / recipients * 1000, "peak": _peak(), "growth": growth}
    print(json.dumps(found))


def make_campaign(database: "Database", recipients: int) -> int:
    """Create a campaign in an empty database. Returns its id."""
    from sqlalchemy import text, true

    from newsletter.ledger.new_campaign import NewCampaign, create_campaign

    with database.write() as writing:
        writing.execute(text(_SUBSCRIBERS), {"recipients": recipients})
    beginning = NewCampaign("029", "0" * 64, "Subject", "", "", git_clean=False, now=1)
    with database.write() as writing:
        return create_campaign(writing, beginning, true())


def make_messages(id: int) -> "ComposeMessage":
    """Return the function that composes the messages of a campaign."""
    from newsletter.mail.message import MessageHead, Recipient, compose

    words = "A lens is ground before it is polished, and that takes a week. "
    field = " {{unsubscribe_url}} {{preferences_url}} {{subscriber_email}} "
    head = MessageHead(
        *("Lens", "lens@example.org", "", "Issue 29", datetime(2026, 1, 1, tzinfo=UTC), "en", "Lens"),
        *("lens.example.org", "https://lens.example.org/", "https://lens.example.org/"),
        *("https://lens.example.org/029/", "029", "lens@example.org"),
    )
    html = f"<p>{words * (HTML // len(words))}</p>{field}"
    composed = compose(html, words * (TEXT // len(words)) + field, head, [b"k" * 32])

    def make_message(waiting: "WaitingDelivery") -> Outgoing:
        to = Recipient(waiting.id, id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language)
        return composed.to(to)

    return make_message


def _peak() -> float:
    """Return the peak memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux's `ru_maxrss` includes the memory of the process that started this one.
        return float(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1_000_000


class DiscardingTransport(Connection):
    """A transport that accepts and discards all messages."""

    name, connections, rate = "discard", 10, 0.0

    def connect(self) -> "DiscardingTransport":
        """Return the transport, which is its own connection."""
        return self

    def send(self, message: Outgoing) -> Answer:
        """Accept a message."""
        return Answer(Verdict.ACCEPTED, Stage.END, 250)


def _measure_source(source: str, port: int, connections: int, *options: str) -> float:
    """Run smtp-source with messages of the same size. Returns messages per second."""
    size = str(int((HTML + TEXT) * 1.06))
    command = [source, *options, "-s", str(connections), "-m", str(MESSAGES), "-l", size, f"127.0.0.1:{port}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return MESSAGES / (time.perf_counter() - start)


def _measure_bare_loop(port: int) -> float:
    """Send messages in a loop over one socket, with a sync to disk before each. Returns messages per second.

    This is the maximum for Python with one connection and a durable ledger.
    """
    content = (b"x" * 74 + b"\r\n") * int((HTML + TEXT) * 1.06 / 76) + b".\r\n"
    envelope = b"MAIL FROM:<lens@example.org>\r\nRCPT TO:<reader@example.com>\r\nDATA\r\n"
    with TemporaryDirectory() as folder, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = connection.makefile("rb")
        replies.readline()
        connection.sendall(b"EHLO bare.example\r\n")
        while replies.readline()[3:4] == b"-":
            pass
        file = os.open(Path(folder) / "log", os.O_RDWR | os.O_CREAT)
        os.pwrite(file, bytes(4_200_000), 0)
        os.fsync(file)
        start = time.perf_counter()
        for number in range(MESSAGES):
            os.pwrite(file, b"y" * 4_120, number % 1_000 * 4_120)
            os.fsync(file)
            connection.sendall(envelope)
            for _ in range(3):
                replies.readline()
            connection.sendall(content)
            replies.readline()
        seconds = time.perf_counter() - start
        os.close(file)
    return MESSAGES / seconds


_SUBSCRIBERS = """
WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :recipients)
INSERT INTO subscriber (address, compared, state, consent_at, created_at)
SELECT address, address, 'active', 1, 1
FROM (SELECT 'r' || n || '@d' || (n % 5000) || '.example' AS address FROM counted)
"""
