"""What becomes of a campaign that is stopped, left, cancelled, or hindered while it runs."""

import csv
import io
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

import pytest

from tests.campaign.publication import Recording, counts, delivery, publish
from tests.conftest import Run
from tests.transports.raw_server import Peer, raw_server

pytestmark = pytest.mark.slow

SEND = (sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested")
PEOPLE = ["held@x.example", *(f"reader{number}@d{number}.example" for number in range(3))]


@contextmanager
def sending(folder: Path, server: Recording, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that sends, from when the server has the first message and holds its answer back."""
    with subprocess.Popen(command or SEND, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        try:
            while not server.accepted():
                assert sender.poll() is None
            yield sender
        finally:
            sender.kill()


def heard(sender: subprocess.Popen[str], words: str) -> str:
    """The line that holds some words, as soon as it is said."""
    assert sender.stderr
    return next(line for line in sender.stderr if words in line)


def rest(sender: subprocess.Popen[str]) -> str:
    """What else it says until it ends."""
    assert sender.stderr
    said = sender.stderr.read()
    sender.wait(30)
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_under_way_is_finished(run: Run, folder: Path, server: Recording, number: signal.Signals) -> None:
    """However long the server takes: its answer is noted, and the others stay pending."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender:
        sender.send_signal(number)
        assert "Ctrl-C again" in heard(sender, "Finishing the messages in progress")
        server.go()
        said = rest(sender)
    assert sender.returncode == 1
    assert "3 pending, 1 accepted" in said
    assert "Reason: stopped by the author." in said
    assert counts(run) == {"accepted": 1, "pending": 3}
    assert "in progress" not in run("send", "--resume", code=0).stderr
    assert sorted(server.accepted()) == sorted(PEOPLE)


def test_who_does_not_wait_leaves_it_in_doubt(run: Run, folder: Path, server: Recording) -> None:
    """Ctrl-C twice ends the process at once; the next `--resume` says of whom nobody can tell."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender:
        sender.send_signal(signal.SIGINT)
        heard(sender, "Finishing the messages in progress")
        sender.send_signal(signal.SIGINT)
        said = rest(sender)
    assert sender.returncode == 1
    assert "is stopped: 3 pending, 1 attempting" in said
    assert "Reason: it was left while messages were under way." in said
    server.go()
    said = run("send", "--resume", code=0).stderr
    assert "1 message was in progress when the last run was interrupted:\n  held@x.example\n" in said
    assert counts(run) == {"accepted": 3, "uncertain": 1}


def test_a_connection_that_is_only_being_opened_is_not_waited_for(run: Run, folder: Path) -> None:
    """One Ctrl-C ends a campaign whose server accepts the connection and sends no greeting."""
    opened = threading.Event()

    def silent(peer: Peer) -> None:
        opened.set()
        # Fails the test if the client stays for longer than the peer's ten seconds.
        assert peer.connection.recv(1) == b""

    with raw_server(silent) as port:
        publish(folder, delivery(port, connections=1), PEOPLE)
        with subprocess.Popen(SEND, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
            assert opened.wait(60)
            sender.send_signal(signal.SIGINT)
            shown = rest(sender)
    assert sender.returncode == 1
    assert "is paused: 4 pending" in shown
    assert "Why: stopped by the author." in shown
    assert counts(run) == {"pending": 4}


def test_a_terminal_that_is_closed_pauses(run: Run, folder: Path, server: Recording) -> None:
    """Nobody is there to be told; what is under way is finished all the same, and noted."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    terminal, its = pty.openpty()
    command = (*SEND, "--rate", "1/m")
    with subprocess.Popen(command, cwd=folder, stdin=its, stdout=its, stderr=its, start_new_session=True) as sender:
        os.close(its)
        while not server.accepted():
            assert sender.poll() is None
        os.close(terminal)
        sender.send_signal(signal.SIGHUP)
        server.go()
        sender.wait(30)
    assert counts(run) == {"accepted": 1, "pending": 3}
    assert " paused " in run("campaigns", code=0).stdout


def test_what_is_ignored_stays_ignored(run: Run, folder: Path, server: Recording) -> None:
    """Under `nohup` a campaign outlives its terminal."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server, "nohup", *SEND) as sender:
        sender.send_signal(signal.SIGHUP)
        server.go()
        rest(sender)
    assert sender.returncode == 0
    assert counts(run) == {"accepted": 4}


def test_a_cancelled_campaign_stays_so(run: Run, folder: Path, server: Recording) -> None:
    """Whatever the process that sends it is told at the same moment; and cancelling it again says what to do."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender:
        sender.send_signal(signal.SIGINT)
        heard(sender, "Finishing the messages in progress")
        run("campaign", "cancel", "029", code=0)
        server.go()
        assert "is cancelled: 3 pending, 1 accepted" in rest(sender)
    assert " cancelled " in run("campaigns", code=0).stdout
    assert "no campaign to go on with" in run("send", "--resume", code=1).stderr
    assert "`newsletter send 029`" in run("campaign", "cancel", "029", code=1).stderr


def test_a_complete_campaign_stays_so(run: Run, folder: Path, server: Recording) -> None:
    """It cannot be paused or cancelled any more."""
    publish(folder, delivery(server.port), PEOPLE[1:])
    run("send", "029", "--yes", "--untested", code=0)
    for word in ("pause", "cancel"):
        assert "is complete already" in run("campaign", word, "029", code=1).stderr
    assert " complete " in run("campaigns", code=0).stdout


def test_another_writer_is_waited_for(run: Run, folder: Path, server: Recording) -> None:
    """While another program has the database, what was accepted is kept and said, and nobody new is written to."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender, closing(sqlite3.connect(folder / "newsletter.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        server.go()
        heard(sender, "Another program is writing to the database")
        assert server.accepted() == ["held@x.example"]
        other.execute("ROLLBACK")
        rest(sender)
    assert sender.returncode == 0
    assert counts(run) == {"accepted": 4}


def test_another_writer_keeps_nobody_from_leaving(run: Run, folder: Path, server: Recording) -> None:
    """Ctrl-C twice ends the process though the database is locked; what was accepted is in doubt then."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender, closing(sqlite3.connect(folder / "newsletter.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        server.go()
        heard(sender, "Another program is writing to the database")
        sender.send_signal(signal.SIGINT)
        heard(sender, "Finishing the messages in progress")
        sender.send_signal(signal.SIGINT)
        assert "3 pending, 1 attempting" in rest(sender)
    assert "1 message was in progress" in run("send", "--resume", code=0).stderr
    assert counts(run) == {"accepted": 3, "uncertain": 1}


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the system cannot bound another process's files")
def test_a_full_disk_says_how_far_it_came(run: Run, folder: Path, server: Recording) -> None:
    """With the counts, and how to go on."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender:
        resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (1, 1))
        server.go()
        said = rest(sender)
    assert sender.returncode == 1
    assert "is stopped: 3 pending, 1 attempting" in said
    assert "To continue: `newsletter send 029 --resume`" in said
    assert "disk" in said
    assert "Nothing was changed" not in said


def test_an_issue_that_breaks_meanwhile_is_a_warning(run: Run, folder: Path, server: Recording) -> None:
    """Everybody has it: the campaign is complete, and the author sets the status."""
    publish(folder, delivery(server.port, connections=1), PEOPLE)
    with sending(folder, server) as sender:
        (folder / "issues/029.yaml").rename(folder / "issues/030.yaml")
        server.go()
        said = rest(sender)
    assert sender.returncode == 0
    assert "is complete: 4 accepted" in said
    assert "Write `status: published` in its file" in said
    assert " complete " in run("campaigns", code=0).stdout


def test_only_those_of_the_last_run_are_listed(run: Run, folder: Path, server: Recording) -> None:
    """Twenty of them, and how many more; who was uncertain before is not among them."""
    people = [f"reader{number}@d.example" for number in range(30)]
    publish(folder, delivery(server.port), people)
    run("send", "029", "--yes", "--untested", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE delivery SET state = 'uncertain' WHERE id <= 5")
        connection.execute("UPDATE delivery SET state = 'attempting' WHERE id > 5")
        connection.execute("UPDATE campaign SET state = 'sending'")
    said = run("send", "--resume", "--untested", code=1).stderr
    assert "25 messages were in progress" in said
    assert said.count("@d.example") == 20
    assert "and 5 more" in said
    assert "reader4@" not in said


def test_who_is_put_off_is_told(run: Run, folder: Path, server: Recording) -> None:
    """How many wait and until when, without a terminal too."""
    publish(folder, delivery(server.port, "retry_after: [3600]"), [*PEOPLE[1:], "450once@x.example"])
    with sending(folder, server) as sender:
        line = heard(sender, "deferred by a server")
        assert line.startswith("1 deferred by a server until ")
        assert "continue later with `newsletter send 029 --resume`" in line
        sender.send_signal(signal.SIGINT)
        assert "3 accepted, 1 deferred" in rest(sender)


def test_who_is_gone_is_not_tried_again(run: Run, folder: Path, server: Recording) -> None:
    """`--retry-failed` leaves out who has bounced, and their record as it is."""
    publish(folder, delivery(server.port), [*PEOPLE[1:], "550_5.1.1_gone@x.example"])
    run("send", "029", "--yes", "--untested", code=0)

    def gone() -> dict[str, str]:
        rows = csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout))
        return next(row for row in rows if row["state"] == "failed")

    before = gone()
    assert (before["code"], before["enhanced"], before["attempts"]) == ("550", "5.1.1", "1")
    run("send", "--retry-failed", code=0)
    assert gone() == before
