"""`newsletter worker`: schedules, campaigns, transactional mail, bounces and housekeeping."""

import json
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.database.states import MailKind, SubscriberState
from newsletter.mail.mail_queue import request_mail
from newsletter.subscribers.queries import add_subscriber
from newsletter.transports.base import Outgoing
from newsletter.worker.parts import Part
from newsletter.worker.worker import Worker
from tests.bounces.imap_server import PASSWORD, USER, ImapServer, Mail, serving
from tests.bounces.shapes import postfix
from tests.campaign.publication import Recording, counts, delivery, publish, states
from tests.conftest import Run
from tests.schedule.conftest import ADDRESSES
from tests.schedule.scheduled import DUE, Scheduled, open_scheduled
from tests.subscribers.people import subscriber
from tests.waiting import wait_for
from tests.worker.working import logged, worker_process, working


def test_a_scheduled_issue_is_sent(scheduled: Scheduled, server: Recording) -> None:
    """Each subscriber gets it once, and the issue is marked as published."""
    scheduled.schedule()
    with working(scheduled):
        wait_for(lambda: scheduled.campaigns() and scheduled.campaigns()[0]["state"] == "complete")
    assert sorted(server.accepted()) == sorted(ADDRESSES)
    assert "status: published" in (scheduled.folder / "issues/029.yaml").read_text()
    assert scheduled.listed()["state"] == "started"


def test_an_issue_that_was_on_the_web_is_remembered_until_it_is_sent(scheduled: Scheduled, server: Recording) -> None:
    """`newsletter publish` writes the file. What it says of other issues is kept."""
    file = scheduled.folder / ".newsletter/publish.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"deployed": "", "unsent": {"028": "", "029": ""}}')
    scheduled.schedule()
    with working(scheduled):
        wait_for(lambda: scheduled.campaigns() and scheduled.campaigns()[0]["state"] == "complete")
    assert len(server.accepted()) == len(ADDRESSES)
    assert json.loads(file.read_text())["unsent"] == {"028": ""}


def test_a_schedule_that_is_not_due_waits(scheduled: Scheduled, server: Recording) -> None:
    """A worker that stops leaves it as it is."""
    scheduled.schedule()
    with working(scheduled, now=DUE - 3600):
        pass
    assert (scheduled.listed()["state"], server.accepted()) == ("waiting", [])


def test_a_campaign_that_waits_for_its_hours_is_logged(
    scheduled: Scheduled, server: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    """With the time at which it continues. A worker that stops does not wait for it."""
    day = datetime.fromtimestamp(DUE, UTC) + timedelta(days=2)
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(settings.read_text() + f"  weekdays: [{day:%A}]\n".lower())
    scheduled.schedule()
    with caplog.at_level(logging.INFO), working(scheduled, code=1):
        wait_for(lambda: "campaign waits" in caplog.messages)
    waits = next(record for record in caplog.records if record.message == "campaign waits")
    reason = f"outside the delivery hours until {day:%a} {day.day} {day:%b} 00:00 (UTC)"
    assert waits.__dict__["fields"] == {"campaign": 1, "reason": reason}
    assert server.accepted() == []


def test_a_campaign_of_the_author_is_not_continued(scheduled: Scheduled, server: Recording) -> None:
    """By the clock of the worker, it began a hundred years ago."""
    scheduled.schedule("--to", "domain:d2.example")
    scheduled.run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    with scheduled.database.write() as connection:
        connection.execute(text("UPDATE campaign SET state = 'sending'"))
        connection.execute(text("UPDATE delivery SET state = 'pending'"))
    sent = len(server.accepted())
    with working(scheduled):
        wait_for(lambda: scheduled.listed()["state"] != "waiting")
    assert len(server.accepted()) == sent + 1
    assert scheduled.listed()["reason"].startswith("campaign #1 of 029 is not finished")


def test_a_campaign_that_cannot_be_sent_is_paused_and_reported(scheduled: Scheduled, server: Recording) -> None:
    """The content has changed since it started. It is not tried again and again."""
    scheduled.schedule()
    scheduled.start()
    issue = scheduled.folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))
    with working(scheduled):
        wait_for(server.accepted)
    assert server.accepted() == ["author@example.org"]
    assert scheduled.campaigns()[0]["state"] == "paused"
    assert scheduled.listed()["reason"].startswith("stopped: 029 has changed since campaign #1 started")


@contextmanager
def _started(run: Run, folder: Path) -> Iterator[Scheduled]:
    """Start the campaign of a schedule, without sending it."""
    scheduled = open_scheduled(folder, run)
    with scheduled.database:
        scheduled.schedule()
        scheduled.start()
        yield scheduled


@pytest.mark.slow
def test_sigterm_finishes_messages_in_progress_and_the_next_worker_continues(
    run: Run, folder: Path, server: Recording
) -> None:
    """No delivery is uncertain. The exit code is 1 as long as a campaign is not complete."""
    addresses = [f"reader{number}@d.example" for number in range(300)]
    publish(folder, delivery(server.port, "rate: 40/s"), addresses)
    with _started(run, folder) as scheduled, worker_process(folder) as process:
        wait_for(lambda: len(server.accepted()) > 5)
        assert "another worker runs on newsletter.db" in run("worker", code=1).stderr
        assert "another process is sending" in run("send", "--resume", code=1).stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 1
        assert scheduled.campaigns()[0]["state"] == "stopped"
        assert set(counts(run)) == {"accepted", "pending"}
        (folder / "newsletter.yaml").write_text((folder / "newsletter.yaml").read_text().replace("  rate: 40/s\n", ""))
        with worker_process(folder, "--only", "campaigns", "--connections", "2") as process:
            wait_for(lambda: logged(folder, "campaign ended")[1:])
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
    assert sorted(server.accepted()) == sorted(addresses)
    assert counts(run) == {"accepted": 300}


@pytest.mark.slow
def test_workers_that_are_killed_lose_nobody_and_send_nothing_twice(run: Run, folder: Path, server: Recording) -> None:
    """Each kill leaves at most one uncertain delivery for each connection, and the next worker continues."""
    addresses = [f"reader{number}@d.example" for number in range(600)]
    publish(folder, delivery(server.port, "rate: 200/s"), addresses)
    kills = 4
    with _started(run, folder):
        for number in range(1, kills + 1):
            with worker_process(folder) as process:
                wait_for(lambda: len(server.accepted()) > number * 100)  # noqa: B023 (called at once)
                process.kill()
                process.wait(30)
        with worker_process(folder) as process:
            wait_for(lambda: logged(folder, "campaign ended"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    found = counts(run)
    uncertain = found.get("uncertain", 0)
    assert found["accepted"] + uncertain == len(addresses)
    assert uncertain <= kills * 4
    accepted = server.accepted()
    assert len(set(accepted)) == len(accepted) >= found["accepted"]


@pytest.mark.slow
def test_a_second_signal_stops_at_once(run: Run, folder: Path, server: Recording) -> None:
    """The messages in progress are uncertain then, at most one for each connection."""
    addresses = [f"held{number}@d.example" for number in range(20)]
    publish(folder, delivery(server.port), addresses)
    with _started(run, folder), worker_process(folder) as process:
        wait_for(server.accepted)
        while process.poll() is None:
            # Signals within half a second of the first are the same request.
            process.send_signal(signal.SIGTERM)
        # One more signal may come when the worker has stopped and the process has not yet ended.
        assert process.returncode in (1, -signal.SIGTERM)
    assert logged(folder, "worker stopped")[0]["unfinished"]
    assert counts(run)["attempting"] <= 4


def test_transactional_mail_is_sent(scheduled: Scheduled, server: Recording) -> None:
    """Mail that waits in the queue when the worker starts is sent at once."""
    with scheduled.database.write() as connection:
        id = add_subscriber(connection, subscriber("new@example.org", SubscriberState.PENDING))
        assert id
        request_mail(connection, MailKind.CONFIRMATION, id, "en", int(DUE))
    with working(scheduled, Part.MAIL):
        wait_for(server.accepted)
    assert server.accepted() == ["new@example.org"]


def test_subscribers_who_did_not_confirm_are_removed(scheduled: Scheduled) -> None:
    """This is done when the worker starts, and then each day."""
    with scheduled.database.write() as connection:
        id = add_subscriber(connection, subscriber("old@example.org", SubscriberState.PENDING))
        assert id
        for kind, at in (("asked", DUE - 8 * 86400), ("written", DUE - 8 * 86400)):
            values = {"id": id, "kind": kind, "at": int(at)}
            connection.execute(text("INSERT INTO event (subscriber_id, kind, at) VALUES (:id, :kind, :at)"), values)
    with working(scheduled, Part.MAIL):
        wait_for(lambda: "old@example.org" not in scheduled.run("subscribers", "list", code=0).stdout)


def test_bounces_are_read(scheduled: Scheduled, server: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mailbox is that of `newsletter bounces --imap`."""
    monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", PASSWORD)
    scheduled.run("send", "029", "--yes", "--untested", code=0)
    sent = {
        address: Outgoing("lens@example.org", address, f"Message-ID: {id}\r\n\r\n".encode())
        for address, id in server.lines("accepted")
    }
    with serving(ImapServer({7: Mail(postfix(sent[ADDRESSES[0]], "5.1.1"))})) as mailbox:
        settings = scheduled.folder / "newsletter.yaml"
        imap = f"{{host: 127.0.0.1, port: {mailbox.port}, security: none, username: {USER}}}"
        settings.write_text(settings.read_text() + f"  bounces:\n    imap: {imap}\n")
        with working(scheduled, Part.BOUNCES):
            wait_for(lambda: "\\Seen" in mailbox.mails[7].flags)
    assert states(scheduled.run) == {"active": 5, "bounced": 1}


def test_an_upgraded_database_stops_the_worker(scheduled: Scheduled) -> None:
    """A service manager then starts the new version."""
    with scheduled.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert Worker(scheduled.folder, scheduled.database, clock=scheduled.clock).run() == 1


def _get(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.slow
def test_health_and_metrics_are_served(scheduled: Scheduled, server: Recording) -> None:
    """A worker is ready as long as the database can be used. The metrics count what it sent."""
    scheduled.schedule()
    scheduled.start()
    with worker_process(scheduled.folder, "--health-port", "0") as process:
        wait_for(lambda: logged(scheduled.folder, "campaign ended"))
        port = logged(scheduled.folder, "health served")[0]["port"]
        assert _get(port, "/live") == (200, "alive\n")
        assert _get(port, "/ready") == (200, "ready\n")
        status, metrics = _get(port, "/metrics")
        assert status == 200
        for line in (
            'newsletter_messages_total{result="accepted"} 6.0',
            'newsletter_schedules{state="started"} 1.0',
            'newsletter_campaigns{state="complete"} 1.0',
            "newsletter_mail_waiting 0.0",
            'newsletter_recipients{state="pending"} 0.0',
        ):
            assert line in metrics.splitlines()
        with scheduled.database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        status, reason = _get(port, "/ready")
        assert (status, "newer version" in reason) == (503, True)
        assert _get(port, "/other")[0] == 404
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.mark.parametrize("only", ["", "campaign", "mail,,bounces"])
def test_unknown_parts_are_refused(scheduled: Scheduled, only: str) -> None:
    """Wrong usage exits with 2."""
    refused = scheduled.run("worker", "--only", only, code=2).stderr
    assert "--only" in refused
    assert "such as campaigns,mail." in refused
