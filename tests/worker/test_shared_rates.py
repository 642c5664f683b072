"""Limits that two workers on PostgreSQL share, by the log of the SMTP server."""

import re
import signal
import urllib.request
from pathlib import Path

import pytest

from newsletter.campaign.shared_pace import BLOCK
from newsletter.database.database import Database
from tests.campaign.publication import Recording, counts, delivery, publish
from tests.campaign.test_shared_pace import most_in_a_second
from tests.conftest import Run
from tests.schedule.scheduled import AT, ZONE, Scheduled, open_scheduled
from tests.waiting import wait_for
from tests.worker.working import logged, worker_process

RATE, WORKERS, CONNECTIONS = 40, 2, 2


def accepted_by(port: int) -> int:
    """Return how many messages of a worker were accepted, by its metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        found = re.search(r'^newsletter_messages_total{result="accepted"} (\S+)$', answer.read().decode(), re.MULTILINE)
    return int(float(found[1])) if found else 0


@pytest.fixture
def shared(run: Run, folder: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder whose database is on PostgreSQL."""
    Database.upgrade(empty_postgresql)
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    return run


def sent_by_workers(scheduled: Scheduled, server: Recording, ended: int) -> list[int]:
    """Start due campaigns, and let two workers send them when both have begun. Returns how many each has sent."""
    scheduled.start()
    serving = ("--health-port", "0")
    folder = scheduled.folder
    with worker_process(folder, *serving) as first, worker_process(folder, *serving) as second:
        wait_for(lambda: len(logged(folder, "campaign begun")) >= WORKERS)
        server.release()
        wait_for(lambda: len(logged(folder, "campaign ended")) >= ended, 90)
        wait_for(lambda: {each["state"] for each in scheduled.campaigns()} == {"complete"})
        shares = [accepted_by(event["port"]) for event in logged(folder, "health served")]
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in (first, second)] == [0, 0]
    return shares


def check_times(server: Recording, people: list[str], shares: list[int]) -> None:
    """Check that both workers sent, and no second has more than the limit, a block and the messages in progress."""
    times = [float(at) for recipient, at in server.lines("data") if recipient in people]
    assert min(shares) > len(times) // 20
    assert most_in_a_second(times) <= RATE + RATE * BLOCK + WORKERS * CONNECTIONS


@pytest.mark.slow
def test_two_workers_share_the_limit_of_a_server_in_one_campaign(shared: Run, folder: Path, server: Recording) -> None:
    """Each leases some hundred recipients at once."""
    people, held = [f"reader{each}@big.example" for each in range(450)], [f"held{each}@x.example" for each in (1, 2)]
    settings = delivery(server.port, connections=CONNECTIONS).replace("}", f", rate: {RATE}/s}}")
    publish(folder, settings, [*held, *people])
    scheduled = open_scheduled(folder, shared)
    with scheduled.database:
        scheduled.schedule()
        shares = sent_by_workers(scheduled, server, 2)
    assert counts(shared) == {"accepted": 452}
    assert sorted(server.accepted()) == sorted([*held, *people])
    check_times(server, people, shares)


@pytest.mark.slow
def test_two_workers_share_the_limit_of_a_domain_in_two_campaigns(shared: Run, folder: Path, server: Recording) -> None:
    """Each worker sends a campaign."""
    people, held = [f"reader{each}@big.example" for each in range(200)], [f"held{each}@x.example" for each in (1, 2)]
    publish(folder, delivery(server.port, f"domain_rate: {RATE}/s", CONNECTIONS), [*held, *people])
    (folder / "issues/030.yaml").write_text((folder / "issues/029.yaml").read_text().replace("29", "30"))
    scheduled = open_scheduled(folder, shared)
    with scheduled.database:
        scheduled.schedule()
        shared("send", "030", "--at", AT, "--zone", ZONE, "--yes", "--untested", code=0)
        shares = sent_by_workers(scheduled, server, 2)
    assert sorted(server.accepted()) == sorted([*held, *people] * 2)
    check_times(server, people, shares)
