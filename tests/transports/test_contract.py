"""Properties that all transports share: SMTP, folder, maildir and console."""

import io
import mailbox
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.transports.base import Stage, Transport, Verdict
from newsletter.transports.console import ConsoleTransport
from newsletter.transports.eml_folder import FolderTransport
from newsletter.transports.maildir import MaildirTransport
from tests.transports.mail_server import mail_server
from tests.transports.samples import CONTENT, message, transport


@dataclass(frozen=True)
class Target:
    """A transport, and a function that returns the content of all messages that it delivered."""

    transport: Transport
    arrived: Callable[[], list[bytes]]


@pytest.fixture(params=["smtp", "smtp without pipelining", "folder", "maildir", "console"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """Each transport in turn."""
    if request.param.startswith("smtp"):
        with mail_server(pipelining=request.param == "smtp") as server:
            yield Target(transport(server.port), lambda: [message.content for message in server.received])
    elif request.param == "folder":
        yield Target(
            FolderTransport(tmp_path / "out"),
            lambda: [_without_envelope(file.read_bytes()) for file in sorted((tmp_path / "out").iterdir())],
        )
    elif request.param == "maildir":
        yield Target(
            MaildirTransport(tmp_path / "out"),
            lambda: [
                _without_envelope(bytes(message).replace(os.linesep.encode(), b"\r\n"))
                for message in mailbox.Maildir(tmp_path / "out")
            ],
        )
    else:
        stream = io.StringIO()
        yield Target(ConsoleTransport(stream), lambda: [CONTENT] * stream.getvalue().count(".\n..\nWords.\n.end\n"))


def _without_envelope(content: bytes) -> bytes:
    """Return a message without the envelope that the transport added to its header."""
    first, second, rest = content.split(b"\r\n", 2)
    assert first == b"Return-Path: <bounces@example.org>"
    assert second.startswith(b"Delivered-To: ")
    return rest


def test_a_message_arrives_unchanged(target: Target) -> None:
    """It is accepted, also if its lines begin with dots."""
    connection = target.transport.connect()
    answer = connection.send(message())
    connection.close()
    assert (answer.verdict, answer.stage) == (Verdict.ACCEPTED, Stage.END)
    assert target.arrived() == [CONTENT]


def test_a_connection_sends_many_messages(target: Target) -> None:
    """It stays usable, and all messages arrive."""
    connection = target.transport.connect()
    for number in range(20):
        assert connection.usable
        assert connection.send(message(f"reader-{number}@example.com")).verdict is Verdict.ACCEPTED
    connection.close()
    assert len(target.arrived()) == 20


def test_two_connections_are_independent(target: Target) -> None:
    """One stays usable after the other is closed."""
    first, second = target.transport.connect(), target.transport.connect()
    assert first.send(message("first@example.com")).verdict is Verdict.ACCEPTED
    assert second.send(message("second@example.com")).verdict is Verdict.ACCEPTED
    first.close()
    assert second.send(message("third@example.com")).verdict is Verdict.ACCEPTED
    second.close()
    assert len(target.arrived()) == 3


def test_a_transport_has_a_name_and_a_limit_of_connections(target: Target) -> None:
    """At least one connection is allowed."""
    assert target.transport.name
    assert target.transport.connections >= 1
