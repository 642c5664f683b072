"""Several processes send one campaign from PostgreSQL, and some are stopped. `make torture` has more attacks."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, literal, select

from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.pause_and_cancel import pause_campaign
from newsletter.database.database import Database
from newsletter.database.tables import campaign as campaigns
from newsletter.database.tables import delivery, receipt_position
from tests.campaign.attacked import RESUME, SEND, TIMEOUT
from tests.campaign.sharing import Attacks, Workers, shared, shared_campaign_with_attacks
from tests.own_postgresql import own_postgresql

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# Seconds of a lease that a test waits for.
SHORT = 2.0


@pytest.fixture
def url(empty_postgresql: str) -> str:
    """The URL of a PostgreSQL database with the tables of newsletter."""
    Database.upgrade(empty_postgresql)
    return empty_postgresql


@contextmanager
def two(folder: Path, url: str, recipients: int = 400, lease: float = 0, more: str = "") -> Iterator[Workers]:
    """Start a campaign with two processes with two connections each, the first of which is the coordinator.

    `more` is added to the settings of the delivery.
    """
    with shared(folder, recipients, 2, 1, url) as group:
        with (folder / "newsletter.yaml").open("a") as settings:
            settings.write(more)
        group.start(*SEND, lease=lease)
        group.wait_for_leases(1)
        group.start(*SEND, lease=lease)
        group.wait_for_leases(2)
        group.campaign.server.release()
        yield group


def ended(process: "subprocess.Popen[bytes]") -> int:
    return process.wait(TIMEOUT)


def state_of(url: str) -> tuple[str, str]:
    """Return the state of the campaign and the reason."""
    with Database.open(url) as database, database.read() as connection:
        row = connection.execute(select(campaigns.c.state, campaigns.c.reason)).one()
    return row.state, row.reason


def receipt(folder: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((folder / "receipts/029.json").read_text())["campaigns"][0]
    return found


@pytest.mark.parametrize("number", [2, 4])
def test_processes_share_a_campaign(tmp_path: Path, url: str, number: int) -> None:
    """They may start at the same time. Everyone gets the issue once, and the receipt is always ahead."""
    with shared(tmp_path, 300, 2, 1, url) as group:
        group.start_all(number)
        leased = func.max(delivery.c.id).filter(delivery.c.lease.is_not(None) | (delivery.c.attempts > 0))
        while group.alive:
            with group.database.read() as connection:
                last = connection.execute(select(leased)).scalar() or 0
            assert not last or last <= receipt(tmp_path)["up_to_delivery"]
        assert [ended(process) for process in group.processes] == [0] * number
        assert sum("Joining campaign #1 of 029" in group.messages(one) for one in group.processes) == number - 1
        assert group.campaign.outcome(0, 0).violations == []
        assert receipt(tmp_path)["attempted"] == 300
    assert "status: published" in (tmp_path / "issues/029.yaml").read_text()


def test_a_killed_coordinator_is_replaced(tmp_path: Path, url: str) -> None:
    """The other process, on another host, sends the rest and completes the campaign. It writes its own receipt."""
    folder, other = tmp_path / "one", tmp_path / "other"
    folder.mkdir()
    with shared(folder, 400, 2, 1, url) as group:
        group.start(*SEND)
        group.wait_for_leases(1)
        shutil.copytree(folder, other, ignore=shutil.ignore_patterns("receipts", "recorded*"))
        survivor = group.start(*SEND, folder=other)
        group.wait_for_leases(2)
        group.campaign.server.release()
        group.wait_for_messages(60)
        group.processes[0].kill()
        assert ended(survivor) == 0
        assert group.campaign.outcome(1, 2).violations == []
    assert receipt(other)["attempted"] == 400
    with Database.open(url) as database, database.read() as connection:
        generation = connection.execute(select(receipt_position.c.generation)).scalar()
    assert generation == receipt(other)["generation"] > receipt(folder)["generation"]


def test_a_process_that_is_suspended_for_longer_than_its_lease_sends_nothing_more(tmp_path: Path, url: str) -> None:
    """Others send what it held. Afterwards, only answers to messages that were in progress can arrive."""
    with two(tmp_path, url, lease=SHORT) as group:
        suspended, other = group.processes
        group.wait_for_messages(60)
        suspended.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, suspended.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            assert ended(other) == 0
            assert state_of(url) == ("complete", "")
            in_doubt, before = group.campaign.in_state("uncertain"), group.campaign.server.accepted()
        finally:
            suspended.send_signal(signal.SIGCONT)
        assert ended(suspended) == 0
        assert len(in_doubt) <= 2
        assert {*group.campaign.server.accepted()} - {*before} <= in_doubt
        assert group.campaign.outcome(1, 2).violations == []


def test_one_process_stops_and_the_other_goes_on(tmp_path: Path, url: str) -> None:
    """After Ctrl-C, a process finishes its messages, gives back the rest, and says where the campaign goes on."""
    with two(tmp_path, url) as group:
        stopped, other = group.processes
        group.wait_for_messages(60)
        stopped.send_signal(signal.SIGINT)
        assert ended(stopped) == 1
        assert "Campaign #1 of 029 goes on in 1 other process: " in group.messages(stopped)
        assert "Reason: stopped by the author." in group.messages(stopped)
        assert ended(other) == 0
        assert group.campaign.outcome(0, 0).violations == []


def test_a_pause_stops_all_processes(tmp_path: Path, url: str) -> None:
    """Nothing is uncertain, and two processes send the rest later."""
    # Processes look for a pause once a second. Without the limit, they could send everything before.
    with two(tmp_path, url, recipients=600, more="  rate: 60/s\n") as group:
        group.wait_for_messages(60)
        pause_campaign(group.database, campaign_by_id(group.database, 1), 1)
        assert [ended(process) for process in group.processes] == [1, 1]
        assert all("Reason: paused by the author." in group.messages(one) for one in group.processes)
        assert set(group.campaign.states().values()) == {"pending", "accepted"}
        assert group.leases() == {}
        settings = tmp_path / "newsletter.yaml"
        settings.write_text(settings.read_text().replace("  rate: 60/s\n", ""))
        rest = [group.start(*RESUME) for _ in range(2)]
        assert [ended(process) for process in rest] == [0, 0]
        assert group.campaign.outcome(0, 0).violations == []


def test_failures_in_all_processes_pause_the_campaign(tmp_path: Path, url: str) -> None:
    """The last process records the rejections as bounces."""
    with two(tmp_path, url) as group:
        file = group.campaign.server.file
        with Database.open(url) as database, database.write() as connection:
            rejected = delivery.c.state == "pending"
            values = {"address": literal("550_5.1.1_") + delivery.c.address}
            connection.execute(delivery.update().where(rejected, delivery.c.lease.is_(None)).values(values))
        assert [ended(process) for process in group.processes] == [1, 1]
        state, reason = state_of(url)
        assert (state, "messages failed, more than" in reason) == ("paused", True)
        assert file.stat().st_size
        assert group.campaign.in_state("attempting") == set()


def test_killed_processes_lose_no_recipient_and_send_no_message_twice(tmp_path: Path) -> None:
    """Also if PostgreSQL and the server restart meanwhile. Only messages that were in progress are uncertain."""
    with TemporaryDirectory(prefix="own") as folder, own_postgresql(Path(folder)) as server:
        url, attacks = server.create("newsletter"), Attacks(3, 1, 1)
        outcome = shared_campaign_with_attacks(tmp_path, 600, 3, 2, 5, url, attacks, server.restart)
    assert outcome.violations == []
    assert outcome.runs == 5
