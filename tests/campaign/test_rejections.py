"""Rejections in a campaign: whether servers reject the recipients or the sender."""

from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.campaign import sender
from newsletter.database import tables
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.queries import find_subscriber
from newsletter.transports import connection_pool
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import Recording, counts, delivery, publish, recording, states
from tests.conftest import Run


def rejected(status: str, number: int, *, domain: str = "") -> list[str]:
    """Return addresses that are rejected with a status, each at a different domain or all at one."""
    code = "451" if status.startswith("4") else "550"
    return [f"{code}_{status}_r{one}@{domain or f'd{one}.example'}" for one in range(number)]


def accepted(number: int) -> list[str]:
    """Return addresses that are accepted."""
    return [f"reader{one}@g{one % 4}.example" for one in range(number)]


@pytest.mark.parametrize("status", ["5.1.0", "5.1.7", "5.1.8", "5.7.1"])
def test_a_campaign_pauses_if_servers_reject_the_sender(run: Run, folder: Path, server: Recording, status: str) -> None:
    """Three domains in a row with a status about the sender or a policy are enough. All subscribers stay active."""
    publish(folder, delivery(server.port, connections=1), rejected(status, 12))
    assert "seems to reject the sender" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert counts(run)["pending"] >= 11
    assert states(run) == {"active": 12}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


@pytest.mark.parametrize("number", [2, 12])
def test_a_campaign_without_an_accepted_message_is_not_complete(
    run: Run, folder: Path, server: Recording, number: int
) -> None:
    """All recipients are rejected as unknown. They stay active, the issue stays a draft, and the reason is printed."""
    publish(folder, delivery(server.port, "pause_at: 100", connections=1), rejected("5.1.1", number))
    error = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "Reason: no message was accepted: 550 5.1.1 as requested." in error
    assert "newsletter send 029 --retry-failed" in error
    assert states(run) == {"active": number}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


def test_a_small_list_is_protected(run: Run, folder: Path, server: Recording) -> None:
    """Five failures are enough to pause, and the rejections of that run never count as bounces."""
    publish(folder, delivery(server.port, connections=1), [*accepted(2), *rejected("5.1.1", 8), *accepted(4)[2:]])
    assert "more than 20 %" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert states(run) == {"active": 12}
    run("send", "--resume", code=0)
    # The rejections of the second run count.
    assert counts(run) == {"accepted": 4, "failed": 8}
    assert states(run) == {"active": 10, "bounced": 2}


def test_the_policy_of_one_domain_does_not_stop_a_campaign(run: Run, folder: Path, server: Recording) -> None:
    """The first eight recipients are at a domain that rejects them. All others get the issue."""
    publish(folder, delivery(server.port, connections=1), [*rejected("5.7.1", 8, domain="corp.example"), *accepted(40)])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 40, "failed": 8}
    assert states(run) == {"active": 48}


def test_a_campaign_does_not_pause_twice_for_the_same_recipients(run: Run, folder: Path, server: Recording) -> None:
    """Recipients whose rejections paused it get one more attempt, and then have failed."""
    publish(folder, delivery(server.port, connections=1), [*accepted(30), *rejected("5.7.1", 3)])
    assert "seems to reject the sender" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert counts(run) == {"accepted": 30, "pending": 3}
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 30, "failed": 3}


@pytest.mark.parametrize("position", [0, 4, 8])
def test_a_recipient_that_makes_the_server_close_the_connection_fails(
    run: Run, folder: Path, server: Recording, position: int
) -> None:
    """If the server accepts other recipients, this one is deferred, and fails after the retries."""
    addresses = accepted(8)
    addresses.insert(position, "drop@x.example")
    publish(folder, delivery(server.port, "retry_after: [0, 0]", connections=1), addresses)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 8, "failed": 1}


@pytest.mark.parametrize("code", [421, 450, 550])
def test_a_reply_between_two_messages_is_charged_to_nobody(
    run: Run, folder: Path, server: Recording, code: int
) -> None:
    """The server sends it after each message, without a command. All recipients get the issue once."""
    addresses = [f"stray{code}.{number}@d{number % 9}.example" for number in range(60)]
    publish(folder, delivery(server.port, "retry_after: []", connections=3), addresses)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 60}
    assert sorted(server.accepted()) == sorted(addresses)


def test_a_server_that_ends_sessions_rejects_no_recipient(
    run: Run, folder: Path, server: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It replies 421 to seven recipients in a row, and accepts them in later sessions."""
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.0)
    addresses = [f"421once.{number}@d{number}.example" for number in range(7)]
    publish(folder, delivery(server.port, "retry_after: []", connections=1), addresses)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 7}


def test_a_problem_of_the_server_is_not_a_bounce(run: Run, folder: Path, server: Recording) -> None:
    """A lasting 4.3.1 is a soft bounce that counts for no suppression."""
    publish(folder, delivery(server.port, "retry_after: [0]"), [*accepted(8), *rejected("4.3.1", 1)])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 8, "failed": 1}
    assert "1 soft" in run("campaign", "report", "029", code=0).stdout


@pytest.mark.parametrize("rate", ["", "\nrate: 60/m"])
def test_a_server_that_closes_idle_connections(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, rate: str
) -> None:
    """Its 421 is not the reply to the next message, which was deferred or waited for the rate limit, and is sent."""
    monkeypatch.setattr(connection_pool, "IDLE", 0.2)
    with recording(tmp_path_factory.mktemp("idle"), idle_timeout=0.5) as server:
        publish(
            folder, delivery(server.port, f"retry_after: [1]{rate}", connections=1), ["450once_a@x.org", *accepted(1)]
        )
        run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 2}


def test_a_deferred_delivery_fails_if_the_subscriber_was_erased(run: Run, folder: Path, server: Recording) -> None:
    """No message is sent, and the campaign is complete."""
    publish(folder, delivery(server.port, connections=1), accepted(3))
    run("send", "029", "--yes", "--untested", code=0)
    database = open_database(Workspace(folder))
    with database.write() as connection:
        found = find_subscriber(connection, accepted(1)[0])
        assert found
        erase(connection, found, 2)
        # As if the delivery was deferred after the erasure.
        erased = tables.delivery.c.address == ""
        connection.execute(update(tables.delivery).where(erased).values(state="deferred", due_at=0))
        connection.execute(update(tables.campaign).values(state="paused"))
    database.close()
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 2, "failed": 1}


def test_an_invalid_signing_key_stops_a_campaign_before_it_starts(
    run: Run, folder: Path, server: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No delivery fails because of it."""
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", "nonsense")
    publish(
        folder, delivery(server.port, "dkim: {domain: example.org, selector: workspace}", connections=1), accepted(2)
    )
    assert "the key for DKIM" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert run("campaigns", code=0).stdout == ""
