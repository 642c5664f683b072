"""The worker of the mail queue, in this process and in several."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.states import MailKind, SubscriberState
from newsletter.database.tables import transactional_mail
from newsletter.mail.mail_queue import QueuedMail, request_mail
from newsletter.mail.queue_worker import MailQueueWorker
from newsletter.subscribers.queries import add_subscriber
from newsletter.transports.base import Outgoing
from newsletter.transports.eml_folder import FolderTransport
from newsletter.web.access_log import access_log
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import NOW, subscriber
from tests.transports.mail_server import mail_server

PROCESS = """
import os, sys
from pathlib import Path
from newsletter.web.startup import pages_context
from newsletter.workspace.workspace import Workspace

workspace = Workspace(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with pages_context(workspace, os.environ, lambda: float(sys.argv[2])):
    pass
"""


def queue(database: Database, *names: str) -> None:
    """Queue a confirmation for each."""
    with database.write() as connection:
        for name in names:
            id = add_subscriber(connection, subscriber(f"{name}@example.org", SubscriberState.PENDING))
            assert id
            request_mail(connection, MailKind.CONFIRMATION, id, "en", NOW)


def test_of_two_processes_exactly_one_sends_each_mail(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both begin at once, with the same mail due, over real connections."""
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


def worked_off(database: Database, folder: Path, compose: Callable[[QueuedMail], Outgoing | None]) -> list[str]:
    """Run a worker until nothing is due; the lines of the log."""
    log = io.StringIO()
    with access_log(log):
        writer = GroupCommitWriter(database)
        worker = MailQueueWorker(database, writer, [FolderTransport(folder)], compose, lambda: NOW, (60,))
        worker.start()
        worker.close(60)
        writer.close()
    return log.getvalue().splitlines()


def test_mail_that_cannot_be_composed_delays_no_other(database: Database, tmp_path: Path) -> None:
    """Its error is logged and kept, and it is tried again."""
    queue(database, "ann", "bob", "eve")

    def compose(mail: QueuedMail) -> Outgoing | None:
        if mail.subscriber.address.startswith("ann"):
            raise ValueError("no template")
        if mail.subscriber.address.startswith("bob"):
            return None
        return Outgoing("lens@example.org", mail.subscriber.address, b"Subject: Hello\r\n\r\nHello\r\n")

    lines = [json.loads(line) for line in worked_off(database, tmp_path / "outbox", compose)]
    assert [(line["said"], line["level"]) for line in lines] == [("letter not written", "error"), ("letter", "info")]
    assert "no template" in lines[0]["traceback"]
    with database.read() as connection:
        rows = connection.execute(select(transactional_mail).order_by(transactional_mail.c.id)).all()
    assert [(row.state, row.due_at, row.last_error) for row in rows[:1]] == [
        ("waiting", NOW + 60, "not composed: no template")
    ]
    assert [row.state for row in rows] == ["waiting", "cancelled", "sent"]
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1
