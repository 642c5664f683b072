"""The worker of the mail queue, in one process and in several."""

import io
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import ExceptionContext

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.states import MailKind, SubscriberState
from newsletter.database.tables import transactional_mail
from newsletter.mail.mail_queue import QueuedMail, request_mail
from newsletter.mail.queue_worker import MailQueueWorker
from newsletter.mail.tokens import Purpose, sign
from newsletter.mail.welcome_mail import WelcomeMail
from newsletter.subscribers.events import list_events
from newsletter.subscribers.queries import add_subscriber
from newsletter.transports.base import Answer, Outgoing, Stage, Transport, Verdict
from newsletter.transports.eml_folder import FolderConnection, FolderTransport
from newsletter.web.access_log import access_log
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import NOW, subscriber
from tests.transports.mail_server import mail_server
from tests.transports.samples import transport

PROCESS = """
import os, sys
from pathlib import Path
from newsletter.web.startup import pages_context
from newsletter.workspace.workspace import Workspace

workspace = Workspace(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with pages_context(workspace, os.environ, lambda: float(sys.argv[2])) as context:
    context.mail_queue.close(patience=60)
"""


def queue(database: Database, *names: str) -> None:
    """Queue a confirmation mail for each name."""
    with database.write() as connection:
        for name in names:
            id = add_subscriber(connection, subscriber(f"{name}@example.org", SubscriberState.PENDING))
            assert id
            request_mail(connection, MailKind.CONFIRMATION, id, "en", NOW)


def test_of_two_processes_exactly_one_sends_each_mail(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both processes start at the same time with the same due mail, and send it to a real server."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    names = [f"reader{number}" for number in range(60)]
    with mail_server() as server, Database.open(database_url) as database:
        settings = f"delivery: {{smtp: [{{host: 127.0.0.1, port: {server.port}, security: none}}]}}\n"
        write_publication(tmp_path, publication=PUBLICATION + settings)
        queue(database, *names)
        command = [sys.executable, "-c", PROCESS, str(tmp_path), str(NOW)]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)
            assert process.returncode == 0
        with database.read() as connection:
            states = connection.execute(
                select(transactional_mail.c.state, transactional_mail.c.attempts, func.count()).group_by(
                    transactional_mail.c.state, transactional_mail.c.attempts
                )
            ).all()
    assert states == [("sent", 1, len(names))]
    assert sorted(message.recipient for message in server.received) == sorted(f"{name}@example.org" for name in names)


def composed(mail: QueuedMail) -> Outgoing:
    """Return a message to the recipient of a queued mail."""
    return Outgoing("lens@example.org", mail.subscriber.address, b"Subject: Hello\r\n\r\nHello\r\n")


def run_worker(
    database: Database,
    through: Transport,
    compose: Callable[[QueuedMail], Outgoing | WelcomeMail | None] = composed,
    now: int = NOW,
) -> None:
    """Run a worker until nothing is due."""
    writer = GroupCommitWriter(database)
    worker = MailQueueWorker(database, writer, [through], compose, lambda: now, (60,))
    worker.start()
    worker.close(60)
    writer.close()


def not_composed(_mail: QueuedMail) -> Outgoing | None:
    raise ValueError("no template")


def nothing_to_send(_mail: QueuedMail) -> Outgoing | None:
    return None


@pytest.mark.parametrize(
    ("compose", "state", "due_at", "files"),
    [
        (composed, "sent", NOW + 3601, 1),
        (not_composed, "waiting", NOW + 60, 0),
        (nothing_to_send, "cancelled", NOW + 3601, 0),
    ],
)
def test_a_result_that_cannot_be_recorded_is_recorded_later(
    tmp_path: Path, compose: Callable[[QueuedMail], Outgoing | None], state: str, due_at: int, files: int
) -> None:
    """The worker writes it again until it succeeds, so no mail is sent twice or delayed until its lease ends."""
    failed = threading.Event()
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        queue(database, "ann")
        with database.write() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full AFTER UPDATE OF state, last_error ON transactional_mail"
                    " BEGIN INSERT INTO nowhere VALUES (1); END"
                )
            )
        writer = GroupCommitWriter(database)
        worker = MailQueueWorker(database, writer, [FolderTransport(tmp_path / "mail")], compose, lambda: NOW, (60,))

        def watch(line: str) -> None:
            if "nowhere" in line:
                failed.set()

        log = _Log(watch)
        with access_log(log):
            worker.start()
            worker.wake()
            assert failed.wait(60)
            with database.write() as connection:
                connection.execute(text("DROP TRIGGER full"))
            worker.close(60)
        writer.close()
        assert len(list(tmp_path.glob("mail/*"))) == files
        with database.read() as connection:
            (row,) = connection.execute(select(transactional_mail)).all()
        assert (row.state, row.due_at, row.claimed_at) == (state, due_at, None)
        assert "mail result not recorded" in log.getvalue()


def test_characters_that_a_database_cannot_store_are_removed_from_the_error(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """These are NUL and lone surrogates."""
    # pytest-xdist cannot send a captured log with such characters.
    caplog.set_level(logging.CRITICAL, "newsletter.mail")
    queue(database, "ann")

    def compose(_mail: QueuedMail) -> Outgoing | None:
        raise ValueError("bad\x00 \udc80\nname")

    run_and_log(database, tmp_path / "outbox", compose)
    with database.read() as connection:
        (row,) = connection.execute(select(transactional_mail)).all()
    assert (row.state, row.due_at, row.last_error) == ("waiting", NOW + 60, "not composed: bad name")


def test_an_error_while_closing_a_connection_does_not_stop_the_worker(tmp_path: Path) -> None:
    """The next mail is sent."""
    sent = threading.Semaphore(0)

    class Unclosable(FolderConnection):
        def close(self) -> None:
            raise OSError("too many open files")

    class UnclosableFolder(FolderTransport):
        def connect(self) -> FolderConnection:
            super().connect()
            return Unclosable(self.folder)

    def watch(line: str) -> None:
        if "too many open files" in line:
            sent.release()

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        writer = GroupCommitWriter(database)
        worker = MailQueueWorker(database, writer, [UnclosableFolder(tmp_path / "mail")], composed, lambda: NOW, (60,))
        with access_log(_Log(watch)):
            worker.start()
            for name in ("ann", "bob"):
                queue(database, name)
                worker.wake()
                assert sent.acquire(timeout=60)
            worker.close(60)
        writer.close()
        assert len(list((tmp_path / "mail").iterdir())) == 2


@pytest.mark.parametrize("raises", [False, True])
def test_what_a_server_quotes_is_neither_logged_nor_stored(tmp_path: Path, raises: bool) -> None:
    """The token of the message, its recipient and others, in a reply and in an exception of the connection."""
    token = sign([b"k" * 32], Purpose.CONFIRM, 4711, "ann@example.org", issued_at=NOW)
    quoted = (
        f"<eve@example.net> reports https://p.example/confirm/{token} to ann@example.org, see https://q.example/?id=77"
    )

    class Quoting(FolderConnection):
        def send(self, message: Outgoing) -> Answer:
            if raises:
                raise ValueError(quoted)
            return Answer(Verdict.DEFERRED, Stage.END, 451, text=quoted)

    class QuotingFolder(FolderTransport):
        def connect(self) -> FolderConnection:
            super().connect()
            return Quoting(self.folder)

    log = io.StringIO()
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        queue(database, "ann")
        with access_log(log):
            run_worker(database, QuotingFolder(tmp_path / "mail"))
        with database.read() as connection:
            stored = connection.execute(select(transactional_mail.c.last_error)).scalar_one()
    assert "<…> reports https://p.example/confirm/… to …, see https://q.example/?…" in stored
    for text_ in (stored, log.getvalue()):
        assert not re.search(r"example\.(org|net)|4711|id=77", text_)


class Faulty(FolderConnection):
    """A connection that raises unexpected exceptions: for mail to ann, and when it is closed after each mail."""

    usable = False

    def send(self, message: Outgoing) -> Answer:
        if message.recipient.startswith("ann"):
            raise ValueError(f"no place for {message.recipient}")
        return super().send(message)

    def close(self) -> None:
        raise RuntimeError("closed already")


class FaultyFolder(FolderTransport):
    """A transport with such connections."""

    def connect(self) -> Faulty:
        super().connect()
        return Faulty(self.folder)


class _Log(io.StringIO):
    """A log that also passes its lines to a function."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        super().__init__()
        self._on_line = on_line

    def write(self, line: str) -> int:
        self._on_line(line)
        return super().write(line)


def run_and_log(database: Database, folder: Path, compose: Callable[[QueuedMail], Outgoing | None]) -> list[str]:
    """Run a worker until nothing is due. Returns the lines of the log."""
    log = io.StringIO()
    with access_log(log):
        run_worker(database, FolderTransport(folder), compose)
    return log.getvalue().splitlines()


def test_mail_that_cannot_be_composed_does_not_delay_other_mail(database: Database, tmp_path: Path) -> None:
    """The error is logged and stored, and there is another attempt."""
    queue(database, "ann", "bob", "eve")

    def compose(mail: QueuedMail) -> Outgoing | None:
        if mail.subscriber.address.startswith("ann"):
            raise ValueError("no template")
        if mail.subscriber.address.startswith("bob"):
            return None
        return composed(mail)

    lines = [json.loads(line) for line in run_and_log(database, tmp_path / "outbox", compose)]
    assert [(line["event"], line["level"]) for line in lines] == [("mail not composed", "error"), ("mail", "info")]
    assert (lines[0]["kind"], lines[0]["subscriber"]) == ("confirm", 1)
    assert "no template" in lines[0]["traceback"]
    with database.read() as connection:
        rows = connection.execute(select(transactional_mail).order_by(transactional_mail.c.id)).all()
    assert [(row.state, row.due_at, row.last_error) for row in rows[:1]] == [
        ("waiting", NOW + 60, "not composed: no template")
    ]
    assert [row.state for row in rows] == ["waiting", "cancelled", "sent"]
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


def test_an_exception_of_a_transport_does_not_delay_other_mail(database: Database, tmp_path: Path) -> None:
    """It is logged, and the mail is tried again after the usual wait."""
    queue(database, "ann", "bob")
    log = io.StringIO()
    with access_log(log):
        run_worker(database, FaultyFolder(tmp_path / "outbox"))
    with database.read() as connection:
        query = select(transactional_mail).order_by(transactional_mail.c.id)
        rows = [(row.state, row.due_at, row.last_error) for row in connection.execute(query)]
    assert rows[0] == ("waiting", NOW + 60, "unsent ValueError: no place for …")
    assert rows[1][0] == "sent"
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["level"], line["subscriber"]) for line in lines[:2]] == [
        ("mail transport failed", "error", 1),
        ("mail", "warning", 1),
    ]
    assert "ValueError" in lines[0]["traceback"]


def test_mail_is_sent_once_if_its_connection_cannot_be_closed(database: Database, tmp_path: Path) -> None:
    """The answer of the server counts, so there is no second attempt."""
    queue(database, "bob")
    log = io.StringIO()
    with access_log(log):
        run_worker(database, FaultyFolder(tmp_path / "outbox"))
    with database.read() as connection:
        assert connection.execute(select(transactional_mail.c.state)).scalar() == "sent"
    assert "closed already" in log.getvalue()


def test_each_answer_of_a_server_is_recorded(database: Database) -> None:
    """Deferred mail waits for its next attempt, and rejected mail is not sent again."""
    queue(database, "ann", "rcpt-450", "rcpt-550")
    with mail_server() as server:
        run_worker(database, transport(server.port))
    with database.read() as connection:
        query = select(transactional_mail).order_by(transactional_mail.c.id)
        rows = [(row.state, row.due_at, row.last_error) for row in connection.execute(query)]
        events = [list_events(connection, id) for id in (1, 2, 3)]
    assert rows[0][0] == "sent"
    assert rows[1] == ("waiting", NOW + 60, "deferred 450 Not now")
    assert (rows[2][0], rows[2][2]) == ("failed", "refused 550")
    assert [[event.detail for event in of_one] for of_one in events] == [
        ["confirm: accepted 250"],
        [],
        ["confirm: refused 550"],
    ]


def test_mail_is_retried_while_the_server_cannot_be_reached(database: Database) -> None:
    """The waits come from the list; after its end, each is an hour."""
    queue(database, "ann")
    with mail_server() as server:
        unreachable = transport(server.port)
    for now, due_at in ((NOW, NOW + 60), (NOW + 60, NOW + 60 + 3600)):
        run_worker(database, unreachable, now=now)
        with database.read() as connection:
            (row,) = connection.execute(select(transactional_mail)).all()
        assert (row.state, row.due_at) == ("waiting", due_at)
        assert row.last_error.startswith("unsent")


def test_a_database_error_is_logged(tmp_path: Path) -> None:
    """The mail stays in the queue, and the worker can be closed."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        queue(database, "ann")
        with database.write() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE UPDATE ON transactional_mail WHEN new.claimed_at IS NOT NULL"
                " BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        lines = [json.loads(line) for line in run_and_log(database, tmp_path / "outbox", composed)]
        with database.read() as connection:
            (row,) = connection.execute(select(transactional_mail)).all()
    assert {(line["event"], line["level"]) for line in lines} == {("mail queue not read", "error")}
    assert "no room" in lines[0]["traceback"]
    assert (row.state, row.attempts) == ("waiting", 0)


def test_a_database_that_is_away_is_logged_without_a_traceback(empty_postgresql: str, tmp_path: Path) -> None:
    """It may be back in a moment, so this is no error of the program."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database:
        queue(database, "ann")
        with database.write() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS"
                " $$BEGIN RAISE EXCEPTION 'shutting down' USING ERRCODE = 'admin_shutdown'; END$$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER away BEFORE UPDATE ON transactional_mail FOR EACH ROW"
                " WHEN (new.claimed_at IS NOT NULL) EXECUTE FUNCTION leave()"
            )
        lines = [json.loads(line) for line in run_and_log(database, tmp_path / "outbox", composed)]
    assert {(line["event"], line["level"]) for line in lines} == {("mail queue not read", "warning")}
    assert "shutting down" in lines[0]["reason"]
    assert not any("traceback" in line for line in lines)


def test_a_result_waits_while_the_database_is_locked(tmp_path: Path) -> None:
    """Another program locks the database while the mail is sent: the result is written once the lock is free."""
    refused: list[str] = []
    with (
        Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}?timeout=0") as database,
        closing(sqlite3.connect(tmp_path / "newsletter.db", isolation_level=None, check_same_thread=False)) as other,
    ):
        queue(database, "ann")

        def compose(mail: QueuedMail) -> Outgoing:
            other.execute("BEGIN IMMEDIATE")
            event.listen(database.engine, "handle_error", unlock)
            return composed(mail)

        def unlock(context: ExceptionContext) -> None:
            refused.append(str(context.original_exception))
            if other.in_transaction:
                other.execute("ROLLBACK")

        assert [json.loads(line)["event"] for line in run_and_log(database, tmp_path / "outbox", compose)] == ["mail"]
        with database.read() as connection:
            assert connection.execute(select(transactional_mail.c.state)).scalar() == "sent"
    assert refused == ["database is locked"]
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


def test_a_request_wakes_the_worker(database: Database, tmp_path: Path) -> None:
    """The mail is sent immediately, before the next regular reading of the queue."""
    sent = threading.Event()

    def compose(mail: QueuedMail) -> Outgoing:
        sent.set()
        return composed(mail)

    writer = GroupCommitWriter(database)
    worker = MailQueueWorker(database, writer, [FolderTransport(tmp_path / "outbox")], compose, lambda: NOW)
    worker.start()
    for name in ("ann", "bob", "eve"):
        queue(database, name)
        worker.wake()
        assert sent.wait(30)
        sent.clear()
    worker.close(60)
    writer.close()
