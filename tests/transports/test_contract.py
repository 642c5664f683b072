"""What holds of every transport: a server, a folder, a maildir and the console."""

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
class Place:
    """A transport, and what has arrived through it: all messages, however they are kept there."""

    transport: Transport
    arrived: Callable[[], list[bytes]]


@pytest.fixture(params=["smtp", "smtp without pipelining", "folder", "maildir", "console"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each transport."""
    if request.param.startswith("smtp"):
        with mail_server(pipelining=request.param == "smtp") as server:
            yield Place(transport(server.port), lambda: [message.content for message in server.received])
    elif request.param == "folder":
        yield Place(
            FolderTransport(tmp_path / "out"), lambda: [_below(f) for f in sorted((tmp_path / "out").iterdir())]
        )
    elif request.param == "maildir":
        yield Place(
            MaildirTransport(tmp_path / "out"),
            lambda: [
                _below_line(bytes(message).replace(os.linesep.encode(), b"\r\n"))
                for message in mailbox.Maildir(tmp_path / "out")
            ],
        )
    else:
        stream = io.StringIO()
        yield Place(ConsoleTransport(stream), lambda: [CONTENT] * stream.getvalue().count(".\n..\nWords.\n.end\n"))


def _below(file: Path) -> bytes:
    return _below_line(file.read_bytes())


def _below_line(content: bytes) -> bytes:
    """A message without the envelope that the last server put above it."""
    first, second, rest = content.split(b"\r\n", 2)
    assert first == b"Return-Path: <bounces@example.org>"
    assert second.startswith(b"Delivered-To: ")
    return rest


def test_a_message_arrives_as_it_was_handed_over(place: Place) -> None:
    """It is accepted, and no byte of it is changed, whatever its lines begin with."""
    connection = place.transport.connect()
    answer = connection.send(message())
    connection.close()
    assert (answer.verdict, answer.stage) == (Verdict.ACCEPTED, Stage.END)
    assert place.arrived() == [CONTENT]


def test_a_connection_takes_many_messages(place: Place) -> None:
    """It stays usable, and all of them arrive."""
    connection = place.transport.connect()
    for number in range(20):
        assert connection.usable
        assert connection.send(message(f"reader-{number}@example.com")).verdict is Verdict.ACCEPTED
    connection.close()
    assert len(place.arrived()) == 20


def test_two_connections_take_turns(place: Place) -> None:
    """What one does is nothing to the other."""
    first, second = place.transport.connect(), place.transport.connect()
    assert first.send(message("first@example.com")).verdict is Verdict.ACCEPTED
    assert second.send(message("second@example.com")).verdict is Verdict.ACCEPTED
    first.close()
    assert second.send(message("third@example.com")).verdict is Verdict.ACCEPTED
    second.close()
    assert len(place.arrived()) == 3


def test_a_transport_says_what_it_is(place: Place) -> None:
    """It has a name for reports, and bears a connection at least."""
    assert place.transport.name
    assert place.transport.connections >= 1
