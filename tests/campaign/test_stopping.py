"""Campaigns that are stopped, aborted, cancelled, or disturbed while they run."""

import csv
import io
import json
import os
import pty
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from newsletter.database.database import Database
from tests.campaign.publication import Recording, counts, delivery, publish
from tests.conftest import Run
from tests.transports.raw_server import Peer, raw_server

pytestmark = pytest.mark.slow

SEND = (sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested")
RECORDING = "Waiting for the database, to record that you stopped the campaign"
ADDRESSES = ["held@x.example", *(f"reader{number}@d{number}.example" for number in range(3))]


@contextmanager
def sending(folder: Path, server: Recording, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that sends, until the server has the first message and holds back its reply."""
    with subprocess.Popen(command or SEND, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        try:
            while not server.accepted():
                assert sender.poll() is None
            yield sender
        finally:
            sender.kill()


def wait_for_line(sender: subprocess.Popen[str], words: str) -> str:
    """Wait for an output line that contains some words, and return it."""
    assert sender.stderr
    return next(line for line in sender.stderr if words in line)


def remaining_output(sender: subprocess.Popen[str]) -> str:
    """Return the remaining output when the process has ended."""
    assert sender.stderr
    output = sender.stderr.read()
    sender.wait(30)
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_messages_in_progress_are_finished(run: Run, folder: Path, server: Recording, number: signal.Signals) -> None:
    """The process waits for the reply and records it. Other deliveries stay pending."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        sender.send_signal(number)
        assert "Ctrl-C again" in wait_for_line(sender, "Finishing the messages in progress")
        server.release()
        output = remaining_output(sender)
    assert sender.returncode == 1
    assert "3 pending, 1 accepted" in output
    assert "Reason: stopped by the author." in output
    assert counts(run) == {"accepted": 1, "pending": 3}
    assert "in progress" not in run("send", "--resume", code=0).stderr
    assert sorted(server.accepted()) == sorted(ADDRESSES)


def test_messages_in_progress_at_an_abort_are_uncertain(run: Run, folder: Path, server: Recording) -> None:
    """A second Ctrl-C ends the process immediately. The next `--resume` lists the uncertain messages."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, "Finishing the messages in progress")
        sender.send_signal(signal.SIGINT)
        output = remaining_output(sender)
    assert sender.returncode == 1
    assert "is stopped: 3 pending, 1 attempting" in output
    assert "Reason: aborted while messages were in progress." in output
    server.release()
    output = run("send", "--resume", code=0).stderr
    assert "1 message was in progress when the last run was interrupted:\n  held@x.example\n" in output
    assert counts(run) == {"accepted": 3, "uncertain": 1}


def test_a_stop_does_not_wait_for_a_connection_to_open(run: Run, folder: Path) -> None:
    """One Ctrl-C ends a campaign whose server accepts the connection and sends no greeting."""
    opened = threading.Event()

    def silent(peer: Peer) -> None:
        opened.set()
        # The test fails if the client keeps the connection for more than the ten seconds of the peer.
        assert peer.connection.recv(1) == b""

    with raw_server(silent) as port:
        publish(folder, delivery(port, connections=1), ADDRESSES)
        with subprocess.Popen(SEND, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
            assert opened.wait(60)
            sender.send_signal(signal.SIGINT)
            output = remaining_output(sender)
    assert sender.returncode == 1
    assert "is paused: 4 pending" in output
    assert "Reason: stopped by the author." in output
    assert counts(run) == {"pending": 4}


def test_a_closed_terminal_pauses_the_campaign(run: Run, folder: Path, server: Recording) -> None:
    """Messages in progress are finished and recorded, although nothing can be printed."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    terminal, child = pty.openpty()
    command = (*SEND, "--rate", "1/m")
    with subprocess.Popen(
        command, cwd=folder, stdin=child, stdout=child, stderr=child, start_new_session=True
    ) as sender:
        os.close(child)
        while not server.accepted():
            assert sender.poll() is None
        os.close(terminal)
        sender.send_signal(signal.SIGHUP)
        server.release()
        sender.wait(30)
    assert counts(run) == {"accepted": 1, "pending": 3}
    assert " paused " in run("campaigns", code=0).stdout


def test_an_ignored_signal_stays_ignored(run: Run, folder: Path, server: Recording) -> None:
    """With `nohup` a campaign continues after its terminal is closed."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server, "nohup", *SEND) as sender:
        sender.send_signal(signal.SIGHUP)
        server.release()
        remaining_output(sender)
    assert sender.returncode == 0
    assert counts(run) == {"accepted": 4}


def test_a_campaign_that_is_cancelled_while_it_stops_stays_cancelled(run: Run, folder: Path, server: Recording) -> None:
    """It cannot be resumed. The error of a second `cancel` contains the command for the remaining subscribers."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, "Finishing the messages in progress")
        run("campaign", "cancel", "029", "--yes", code=0)
        server.release()
        assert "is cancelled: 3 pending, 1 accepted" in remaining_output(sender)
    assert " cancelled " in run("campaigns", code=0).stdout
    assert "no campaign can be resumed" in run("send", "--resume", code=1).stderr
    assert "`newsletter send 029`" in run("campaign", "cancel", "029", code=1).stderr


def test_a_complete_campaign_stays_complete(run: Run, folder: Path, server: Recording) -> None:
    """It cannot be paused or cancelled."""
    publish(folder, delivery(server.port), ADDRESSES[1:])
    run("send", "029", "--yes", "--untested", code=0)
    for command in ("pause", "cancel"):
        assert "is already complete" in run("campaign", command, "029", code=1).stderr
    assert " complete " in run("campaigns", code=0).stdout


def test_a_campaign_waits_while_the_database_is_locked(run: Run, folder: Path, server: Recording) -> None:
    """The outcome is recorded later, the wait is printed, and no other message is sent."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender, closing(sqlite3.connect(folder / "newsletter.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        server.release()
        wait_for_line(sender, "Another program is writing to the database")
        assert server.accepted() == ["held@x.example"]
        other.execute("ROLLBACK")
        remaining_output(sender)
    assert sender.returncode == 0
    assert counts(run) == {"accepted": 4}


def test_a_campaign_can_be_aborted_while_the_database_is_locked(run: Run, folder: Path, server: Recording) -> None:
    """A second Ctrl-C ends sending, a third one the wait for the database. The accepted message is uncertain."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender, closing(sqlite3.connect(folder / "newsletter.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        server.release()
        wait_for_line(sender, "Another program is writing to the database")
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, "Finishing the messages in progress")
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, RECORDING)
        sender.send_signal(signal.SIGINT)
        assert "3 pending, 1 attempting" in remaining_output(sender)
    assert "1 message was in progress" in run("send", "--resume", code=0).stderr
    assert counts(run) == {"accepted": 3, "uncertain": 1}


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the system cannot limit the file size of another process")
def test_a_campaign_waits_while_the_disk_is_full(run: Run, folder: Path, server: Recording) -> None:
    """The answer to the message in progress is kept and recorded later. No message is uncertain."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        _, most = resource.prlimit(sender.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (1, most))
        server.release()
        wait_for_line(sender, "disk")
        assert server.accepted() == ["held@x.example"]
        resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (most, most))
        remaining_output(sender)
    assert sender.returncode == 0
    assert counts(run) == {"accepted": 4}
    assert sorted(server.accepted()) == sorted(ADDRESSES)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the system cannot limit the file size of another process")
def test_a_campaign_can_be_aborted_while_the_disk_is_full(run: Run, folder: Path, server: Recording) -> None:
    """The counts and the command that continues the campaign are printed."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (1, 1))
        server.release()
        wait_for_line(sender, "disk")
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, "Finishing the messages in progress")
        sender.send_signal(signal.SIGINT)
        wait_for_line(sender, RECORDING)
        sender.send_signal(signal.SIGINT)
        output = remaining_output(sender)
    assert sender.returncode == 1
    assert "is stopped: 3 pending, 1 attempting" in output
    assert "To continue: `newsletter send 029 --resume`" in output
    assert "Traceback" not in output


@contextmanager
def postgresql_away(url: str) -> Iterator[None]:
    """End all sessions of a PostgreSQL database, and accept no other, as while it restarts."""
    name = str(make_url(url).database)
    admin = make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())


@pytest.fixture
def on_postgresql(empty_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Send from a PostgreSQL database. Returns its URL."""
    Database.upgrade(empty_postgresql)
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    return empty_postgresql


def test_a_campaign_waits_while_postgresql_is_away(
    run: Run, on_postgresql: str, folder: Path, server: Recording
) -> None:
    """Answers that arrive meanwhile are recorded when it is back. Nothing is sent twice, and nothing is uncertain."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        with postgresql_away(on_postgresql):
            server.release()
            wait_for_line(sender, "Nothing is lost as long as this command runs")
        output = remaining_output(sender)
    assert sender.returncode == 0, output
    assert counts(run) == {"accepted": 4}
    assert sorted(server.accepted()) == sorted(ADDRESSES)


def test_how_to_continue_is_printed_even_if_postgresql_stays_away(
    run: Run, on_postgresql: str, folder: Path, server: Recording
) -> None:
    """After an abort, the counts cannot be read. The message in progress is uncertain after a resume."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        with postgresql_away(on_postgresql):
            server.release()
            wait_for_line(sender, "Nothing is lost as long as this command runs")
            sender.send_signal(signal.SIGINT)
            wait_for_line(sender, "Finishing the messages in progress")
            sender.send_signal(signal.SIGINT)
            wait_for_line(sender, RECORDING)
            sender.send_signal(signal.SIGINT)
            output = remaining_output(sender)
        assert sender.returncode == 1
        assert "To continue when the database works again: `newsletter send 029 --resume`" in output
        assert "the stop could not be recorded; a worker may continue" in output
        assert "Traceback" not in output
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 3, "uncertain": 1}


@pytest.mark.parametrize("interrupts", [1, 2])
def test_a_stop_is_recorded_when_postgresql_is_back(
    run: Run, on_postgresql: str, folder: Path, server: Recording, interrupts: int
) -> None:
    """So no worker continues the campaign. One that waits for deferred recipients ends at the first Ctrl-C."""
    publish(folder, delivery(server.port, "retry_after: [3600]", 1), ["450once@x.example", *ADDRESSES])
    with sending(folder, server) as sender:
        if interrupts == 1:
            server.release()
            wait_for_line(sender, "deferred by a server")
        with postgresql_away(on_postgresql):
            sender.send_signal(signal.SIGINT)
            if interrupts == 2:
                wait_for_line(sender, "Finishing the messages in progress")
                sender.send_signal(signal.SIGINT)
            wait_for_line(sender, RECORDING)
        output = remaining_output(sender)
    assert (sender.returncode, "could not be recorded" in output) == (1, False)
    (campaign,) = json.loads(run("campaigns", "--json", code=0).stdout)
    assert (campaign["state"], campaign["reason"]) == ("stopped", "aborted by the author")


def test_an_issue_that_cannot_be_published_is_a_warning(run: Run, folder: Path, server: Recording) -> None:
    """The campaign is complete, and the author must set the status."""
    publish(folder, delivery(server.port, connections=1), ADDRESSES)
    with sending(folder, server) as sender:
        (folder / "issues/029.yaml").rename(folder / "issues/030.yaml")
        server.release()
        output = remaining_output(sender)
    assert sender.returncode == 0
    assert "is complete: 4 accepted" in output
    assert "Write `status: published` in its file" in output
    assert " complete " in run("campaigns", code=0).stdout


def test_only_uncertain_messages_of_the_last_run_are_listed(run: Run, folder: Path, server: Recording) -> None:
    """At most 20 addresses are listed, with the number of the others."""
    addresses = [f"reader{number}@d.example" for number in range(30)]
    publish(folder, delivery(server.port), addresses)
    run("send", "029", "--yes", "--untested", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE delivery SET state = 'uncertain' WHERE id <= 5")
        connection.execute("UPDATE delivery SET state = 'attempting' WHERE id > 5")
        connection.execute("UPDATE campaign SET state = 'sending'")
    output = run("send", "--resume", "--untested", code=1).stderr
    assert "25 messages were in progress" in output
    assert output.count("@d.example") == 20
    assert "and 5 more" in output
    assert "reader4@" not in output


def test_the_number_of_deferred_messages_is_printed(run: Run, folder: Path, server: Recording) -> None:
    """The time of the next attempt is printed, too, even without a terminal."""
    publish(folder, delivery(server.port, "retry_after: [3600]"), [*ADDRESSES[1:], "450once@x.example"])
    with sending(folder, server) as sender:
        line = wait_for_line(sender, "deferred by a server")
        assert line.startswith("1 deferred by a server until ")
        assert "continue later with `newsletter send 029 --resume`" in line
        sender.send_signal(signal.SIGINT)
        assert "3 accepted, 1 deferred" in remaining_output(sender)


def test_a_bounced_subscriber_is_not_retried(run: Run, folder: Path, server: Recording) -> None:
    """`--retry-failed` does not change their delivery."""
    publish(folder, delivery(server.port), [*ADDRESSES[1:], "550_5.1.1_gone@x.example"])
    run("send", "029", "--yes", "--untested", code=0)

    def failed() -> dict[str, str]:
        rows = csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout))
        return next(row for row in rows if row["state"] == "failed")

    before = failed()
    assert (before["code"], before["enhanced"], before["attempts"]) == ("550", "5.1.1", "1")
    run("send", "--retry-failed", code=0)
    assert failed() == before
