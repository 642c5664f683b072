"""What a campaign makes of refusals: who is refused, the recipients or we."""

from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.database import tables
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.queries import find_subscriber
from newsletter.transports import connection_pool
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import Recording, counts, delivery, publish, recording, states
from tests.conftest import Run


def refused(status: str, number: int, *, domain: str = "") -> list[str]:
    """Addresses that are refused with a status, each at a domain of its own or all at one."""
    code = "451" if status.startswith("4") else "550"
    return [f"{code}_{status}_r{one}@{domain or f'd{one}.example'}" for one in range(number)]


def good(number: int) -> list[str]:
    """Addresses that are taken."""
    return [f"reader{one}@g{one % 4}.example" for one in range(number)]


@pytest.mark.parametrize("status", ["5.1.0", "5.1.7", "5.1.8", "5.7.1"])
def test_who_is_refused_everywhere_stops(run: Run, folder: Path, server: Recording, status: str) -> None:
    """Words about our address or by policy, from three domains in a row, pause the campaign; nobody is lowered."""
    publish(folder, delivery(server.port, connections=1), refused(status, 12))
    assert "refuses one message after another" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert counts(run)["pending"] >= 11
    assert states(run) == {"active": 12}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


@pytest.mark.parametrize("number", [2, 12])
def test_a_campaign_that_reached_nobody_is_not_complete(run: Run, folder: Path, server: Recording, number: int) -> None:
    """Even if each is told to be unknown: nobody is lowered, the issue is not published, and it is told why."""
    publish(folder, delivery(server.port, "pause_at: 100", connections=1), refused("5.1.1", number))
    said = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "Reason: no message was accepted: 550 5.1.1 as asked for." in said
    assert "newsletter send 029 --retry-failed" in said
    assert states(run) == {"active": number}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


def test_a_small_list_is_protected(run: Run, folder: Path, server: Recording) -> None:
    """Five failures are enough to pause, and what was refused in that run is held against nobody, then or later."""
    publish(folder, delivery(server.port, connections=1), [*good(2), *refused("5.1.1", 8), *good(4)[2:]])
    assert "more than the 20 %" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert states(run) == {"active": 12}
    run("send", "--resume", code=0)
    # What the second run heard itself counts.
    assert counts(run) == {"accepted": 4, "failed": 8}
    assert states(run) == {"active": 10, "bounced": 2}


def test_one_domains_policy_stops_nobody_else(run: Run, folder: Path, server: Recording) -> None:
    """Eight at one domain that refuses them, first in line: the others get theirs, and the campaign is complete."""
    publish(folder, delivery(server.port, connections=1), [*refused("5.7.1", 8, domain="corp.example"), *good(40)])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 40, "failed": 8}
    assert states(run) == {"active": 48}


def test_nobody_stops_a_campaign_twice(run: Run, folder: Path, server: Recording) -> None:
    """Whose policy has paused it is tried once more, and then has failed."""
    publish(folder, delivery(server.port, connections=1), [*good(30), *refused("5.7.1", 3)])
    assert "refuses one message after another" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert counts(run) == {"accepted": 30, "pending": 3}
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 30, "failed": 3}


@pytest.mark.parametrize("place", [0, 4, 8])
def test_where_a_server_hangs_up_is_given_up(run: Run, folder: Path, server: Recording, place: int) -> None:
    """A recipient at whom it does, while it takes others, is put off and fails at last."""
    people = good(8)
    people.insert(place, "drop@x.example")
    publish(folder, delivery(server.port, "retry_after: [0, 0]", connections=1), people)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 8, "failed": 1}


def test_a_servers_own_trouble_is_no_readers_bounce(run: Run, folder: Path, server: Recording) -> None:
    """A lasting 4.3.1 is counted against nobody."""
    publish(folder, delivery(server.port, "retry_after: [0]"), [*good(8), *refused("4.3.1", 1)])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 8, "failed": 1}
    assert "1 refused" in run("campaign", "report", "029", code=0).stdout


@pytest.mark.parametrize("rate", ["", "\nrate: 60/m"])
def test_a_server_that_parts_with_idle_connections(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, rate: str
) -> None:
    """Its words of parting are no answer to the next message: who was put off, or waits for the pace, gets theirs."""
    monkeypatch.setattr(connection_pool, "IDLE", 0.2)
    with recording(tmp_path_factory.mktemp("idle"), patience=0.5) as server:
        publish(folder, delivery(server.port, f"retry_after: [1]{rate}", connections=1), ["450once_a@x.org", *good(1)])
        run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 2}


def test_who_is_erased_while_put_off_is_closed(run: Run, folder: Path, server: Recording) -> None:
    """Nobody writes to them, and the campaign comes to its end."""
    publish(folder, delivery(server.port, connections=1), good(3))
    run("send", "029", "--yes", "--untested", code=0)
    database = open_database(Workspace(folder))
    with database.write() as connection:
        found = find_subscriber(connection, good(1)[0])
        assert found
        erase(connection, found, 2)
        # As where they were put off after the erasure.
        mine = tables.delivery.c.address == ""
        connection.execute(update(tables.delivery).where(mine).values(state="deferred", due_at=0))
        connection.execute(update(tables.campaign).values(state="paused"))
    database.close()
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 2, "failed": 1}


def test_a_key_that_signs_nothing_is_no_recipients_fault(
    run: Run, folder: Path, server: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told before anything begins."""
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", "nonsense")
    publish(folder, delivery(server.port, "dkim: {domain: example.org, selector: workspace}", connections=1), good(2))
    assert "the key for DKIM" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert run("campaigns", code=0).stdout == ""
