"""Sending: a campaign that several processes send together from PostgreSQL, to a server with delayed replies."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import PYTHON, ROOT
from benchmarks.figures import Figure
from benchmarks.sending import make_campaign, run_campaign
from benchmarks.smtp import DELAY, ROUND_TRIPS, late_sink
from newsletter.database.database import Database
from tests.own_postgresql import OwnPostgresql, own_postgresql

# One process needs 48 s for them at 20 ms a reply, four need 12. SQLite sends fewer, which is enough for its rate.
MESSAGES, MESSAGES_SQLITE, CONNECTIONS = 6_000, 2_000, 5
# How many times as fast as one process several must be.
AIMS = {2: 1.7, 4: 3.0}


def measure() -> Iterator[Figure]:
    """Yield rates of one, two and four processes, and of one process with SQLite."""
    with TemporaryDirectory(prefix="own") as folder, own_postgresql(Path(folder)) as server, late_sink() as port:
        sqlite = run_campaign(MESSAGES_SQLITE, CONNECTIONS, port)["rate"]
        rates = {number: _measure(server, f"shared_{number}", number, port) for number in (1, *AIMS)}
    allowed = CONNECTIONS / (ROUND_TRIPS * DELAY / 1000)
    for number, aim in AIMS.items():
        note = f"{rates[number]:,.0f} of {number * allowed:,.0f} messages/s, one process {rates[1]:,.0f}"
        name = f"one process / {number} processes, {DELAY} ms, {CONNECTIONS} connections each"
        yield Figure(name, rates[1] / rates[number], "x", 1 / aim, note)
    yield Figure("SQLite / PostgreSQL, one process", sqlite / rates[1], "x", note=f"SQLite {sqlite:,.0f} messages/s")


def _measure(server: OwnPostgresql, name: str, number: int, port: int) -> float:
    """Send a campaign with several processes. Returns messages per second, without their start and exit."""
    url = server.create(name)
    with Database.open(url) as database, TemporaryDirectory() as folder:
        make_campaign(database, MESSAGES)
        program = f"from benchmarks.shared import work; work({url!r}, {folder!r}, {port})"
        command = [PYTHON, "-c", program]
        processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(number)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        start = time.perf_counter()
        for process in processes:
            _write(process)
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ended\n"
        seconds = time.perf_counter() - start
        for process in processes:
            assert process.wait() == 0
        return MESSAGES / seconds


def _write(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def work(url: str, folder: str, port: int) -> None:
    """Share in a campaign, as one of the processes, when a line arrives at stdin."""
    from benchmarks.sending import make_messages
    from newsletter.campaign.find_campaign import campaign_by_id
    from newsletter.campaign.pacing import Pace
    from newsletter.campaign.run_state import PacedServer, RunRules
    from newsletter.campaign.sending import CampaignRun, SendingLimits
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.campaign.shared_campaign import SharedCampaign
    from newsletter.database.states import CampaignState
    from newsletter.ledger.campaign import Transition
    from newsletter.ledger.campaign_states import change_state
    from newsletter.publication.delivery_settings import Security, SmtpServer
    from newsletter.transports.smtp import SmtpTransport

    settings = SmtpServer(host="127.0.0.1", port=port, security=Security.NONE, connections=CONNECTIONS)
    server = PacedServer(SmtpTransport(settings, None), Pace(0), CONNECTIONS)
    with Database.open(url) as database, sending_lock(database, shared=True) as writer:
        campaign = campaign_by_id(database, 1)
        compose = make_messages(1)
        print("ready", flush=True)
        sys.stdin.readline()
        shared = SharedCampaign(database, writer, campaign, Path(folder))
        rules, limits = RunRules((60,), 20), SendingLimits()
        sending = CampaignRun(database, writer, 1, compose, [server], rules, limits, shared=shared)
        with shared.joined(sending.tally):
            ending = sending.run(lambda _: None)
            assert ending.state is CampaignState.COMPLETE, ending
            with database.write() as connection:
                change_state(connection, 1, Transition.COMPLETE, "", 1)
        print("ended", flush=True)
