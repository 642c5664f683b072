"""Sending: a campaign with its durable ledger, beside Postfix's smtp-source, to the same smtp-sink in the same run."""

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

from benchmarks.clock import PYTHON, ROOT
from benchmarks.figures import Figure
from benchmarks.smtp import DELAY, ROUND_TRIPS, counted, late_sink, postfix, sink
from newsletter.campaign.tally import Tally
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict

HTML, TEXT = 70_000, 5_000
MESSAGES, ROUNDS = 2_500, 3
# Of a long list so many are written to; what memory grows by from the first number on is told by itself.
SETTLED, ENOUGH = 10_000, 30_000


def measure() -> Iterator[Figure]:
    """Rates on the clock, in turns; processor time a message, ours alone; memory. It takes about two minutes."""
    if not (tools := postfix()):
        yield Figure("sending", note="Postfix's smtp-sink and smtp-source are not installed")
        return
    with sink(tools.sink) as port:
        for connections, share in ((1, 1.0), (10, 0.8), (20, 0.8)):
            yield from _beside(tools.source, port, connections, share)
    with late_sink() as port:
        for connections, least in ((1, None), (10, None), (50, 0.85), (100, None)):
            yield from _late(port, connections, least)
    small, large = (_campaign(recipients, 10, 0) for recipients in (2_000, 1_000_000))
    yield Figure("peak memory, 2,000 recipients", small["peak"], "MB")
    yield Figure("peak memory, 1,000,000 recipients", large["peak"], "MB", most=small["peak"] + 10)
    yield Figure(
        f"  of that, by {ENOUGH - SETTLED:,} more messages", large["growth"], "MB", most=10 * ENOUGH / 1_000_000
    )


def _beside(source: str, port: int, connections: int, share: float) -> Iterator[Figure]:
    """One number of connections: smtp-source with a connection a message and with few, and ours."""
    theirs, kept, bare, ours = [], [], [], []
    for _ in range(ROUNDS):
        theirs.append(_source(source, port, connections))
        kept.append(_source(source, port, connections, "-d"))
        if connections == 1:
            bare.append(_bare(port))
        ours.append(_campaign(MESSAGES, connections, port))
    rates = [run["rate"] for run in ours]
    said = (
        f"messages a second: ours {max(rates):,.0f}, smtp-source {max(theirs):,.0f}, "
        f"and {max(kept):,.0f} where it keeps its connections (-d)"
    )
    ratio = median(their / own for own, their in zip(rates, theirs, strict=True))
    yield Figure(f"smtp-source's rate by a campaign's, {counted(connections)}", ratio, "x", 1 / share, said)
    if bare:
        ratio = median(their / own for own, their in zip(bare, theirs, strict=True))
        said = f"the same bytes, and 4 KB made durable before each message: {max(bare):,.0f} a second, without a ledger"
        yield Figure("  the same by a bare loop over a socket", ratio, "x", note=said)
    yield Figure(f"  processor time a message, {counted(connections)}", min(run["cpu"] for run in ours), "ms", most=1.2)


def _late(port: int, connections: int, least: float | None) -> Iterator[Figure]:
    """One number of connections to a server that is far away, from the first greeting to the last farewell."""
    allowed = connections / (ROUND_TRIPS * DELAY / 1000)
    rate = max(_campaign(100 * connections, connections, port)["rate"] for _ in range(2 if least else 1))
    name = f"what pipelining allows by a campaign's rate, {DELAY} ms, {counted(connections)}"
    said = f"{rate:,.0f} of {allowed:,.0f} messages a second"
    yield Figure(name, allowed / rate, "x", 1 / least if least else None, said)


def _campaign(recipients: int, connections: int, port: int) -> dict[str, float]:
    """A campaign in a process of its own: its rate, and its processor time a message; a port of 0 is no server."""
    with TemporaryDirectory() as folder:
        program = f"from benchmarks.sending import run; run({folder!r}, {recipients}, {connections}, {port})"
        done = subprocess.run([PYTHON, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(folder: str, recipients: int, connections: int, port: int) -> None:
    """Begin a campaign and send it; prints what it took."""
    from sqlalchemy import true

    from newsletter.campaign.pacing import Pace
    from newsletter.campaign.run_state import PacedServer, RunRules
    from newsletter.campaign.sending import Sending, SendingLimits
    from newsletter.database.database import Database
    from newsletter.ledger import campaigns
    from newsletter.ledger.campaign import Transition
    from newsletter.ledger.deliveries import LedgerWriter, Waiting
    from newsletter.mail.message import MessageHead, Recipient, compose
    from newsletter.publication.delivery_settings import Security, SmtpServer
    from newsletter.transports.smtp import SmtpTransport

    database = Database.open(f"sqlite:///{folder}/newsletter.db")
    with database.write() as writing:
        writing.exec_driver_sql(_PEOPLE, (recipients,))
    beginning = campaigns.NewCampaign("029", "0" * 64, "Subject", "", "", git_clean=False, now=1)
    with database.write() as writing:
        id = campaigns.create_campaign(writing, beginning, true())
    words = "A lens is ground before it is polished, and that takes a week. "
    field = " {{unsubscribe_url}} {{preferences_url}} {{subscriber_email}} "
    head = MessageHead(
        *("Lens", "lens@example.org", "", "Issue 29", datetime(2026, 1, 1, tzinfo=UTC), "en", "Lens"),
        *("lens.example.org", "https://lens.example.org/", "https://lens.example.org/"),
        *("https://lens.example.org/029/", "029", "lens@example.org"),
    )
    html = f"<p>{words * (HTML // len(words))}</p>{field}"
    letter = compose(html, words * (TEXT // len(words)) + field, head, [b"k" * 32])

    def addressed(waiting: Waiting) -> Outgoing:
        to = Recipient(waiting.id, id, waiting.subscriber_id, waiting.address, waiting.name, waiting.language)
        return letter.to(to)

    settings = SmtpServer(host="127.0.0.1", port=port or 25, security=Security.NONE, connections=connections)
    transport = SmtpTransport(settings, None) if port else Nowhere()
    server = PacedServer(transport, Pace(0), connections)
    writer = LedgerWriter(database)
    sending = Sending(database, writer, id, addressed, [server], RunRules((60,), 20), SendingLimits())
    peaks: list[float] = []

    def watch(tally: Tally) -> None:
        accepted = tally.answered[DeliveryState.ACCEPTED]
        if accepted >= SETTLED and not peaks:
            peaks.append(_peak())
        if accepted >= ENOUGH and len(peaks) == 1:
            peaks.append(_peak())
            with database.write() as writing:
                campaigns.change_state(writing, id, Transition.PAUSE, "enough", 1)

    clock, processor = time.perf_counter(), time.process_time()
    ending = sending.run(watch)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    writer.close()
    assert ending.state is (CampaignState.PAUSED if len(peaks) == 2 else CampaignState.COMPLETE), ending
    growth = peaks[1] - peaks[0] if len(peaks) == 2 else 0
    found = {"rate": recipients / clock, "cpu": processor / recipients * 1000, "peak": _peak(), "growth": growth}
    print(json.dumps(found))


def _peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1_000_000


class Nowhere(Connection):
    """A transport that accepts and forgets."""

    name, connections, rate = "nowhere", 10, 0.0

    def connect(self) -> "Nowhere":
        """Itself."""
        return self

    def send(self, message: Outgoing) -> Answer:
        """Accept."""
        return Answer(Verdict.ACCEPTED, Stage.END, 250)


def _source(source: str, port: int, connections: int, *options: str) -> float:
    """Postfix's own load generator: messages of the same size, a second."""
    size = str(int((HTML + TEXT) * 1.06))
    command = [source, *options, "-s", str(connections), "-m", str(MESSAGES), "-l", size, f"127.0.0.1:{port}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return MESSAGES / (time.perf_counter() - start)


def _bare(port: int) -> float:
    """What Python reaches with one connection at best, if something is made durable before each message."""
    content = (b"x" * 74 + b"\r\n") * int((HTML + TEXT) * 1.06 / 76) + b".\r\n"
    envelope = b"MAIL FROM:<lens@example.org>\r\nRCPT TO:<reader@example.com>\r\nDATA\r\n"
    with TemporaryDirectory() as folder, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = connection.makefile("rb")
        answers.readline()
        connection.sendall(b"EHLO bare.example\r\n")
        while answers.readline()[3:4] == b"-":
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
                answers.readline()
            connection.sendall(content)
            answers.readline()
        seconds = time.perf_counter() - start
        os.close(file)
    return MESSAGES / seconds


_PEOPLE = """
WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?)
INSERT INTO subscriber (address, compared, state, consent_at, created_at)
SELECT address, address, 'active', 1, 1
FROM (SELECT 'r' || n || '@d' || (n % 5000) || '.example' AS address FROM counted)
"""
