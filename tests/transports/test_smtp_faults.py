"""Faults of servers: the answer is correct, and never more certain than the transport can know."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from newsletter.transports.base import Stage, Verdict
from newsletter.transports.smtp_replies import Replies
from tests.conftest import REPOSITORY
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import CONTENT, LARGE, LONG_TIMEOUTS, SHORT_TIMEOUTS, message, transport

STAGES = {"mail": Stage.MAIL, "rcpt": Stage.RCPT, "data": Stage.DATA, "end": Stage.END}


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [421, 450, 451, 452, 454, 550, 552, 554])
def test_a_negative_reply_gives_its_stage_and_code(pipelining: bool, stage: str, code: int) -> None:
    """4yz defers and 5yz rejects the message at each stage. 421 ends the session before anything is sent."""
    with mail_server(pipelining=pipelining) as server:
        connection = transport(server.port).connect()
        fault = f"{stage}-{code}@example.com"
        answer = connection.send(message(sender=fault) if stage == "mail" else message(fault))
        assert (answer.stage, answer.code) == (STAGES[stage], code)
        if code == 421 and stage != "end":
            assert (answer.verdict, answer.enhanced, answer.text) == (Verdict.UNSENT, "4.3.0", "Not now")
        elif code < 500:
            assert (answer.verdict, answer.enhanced, answer.text) == (Verdict.DEFERRED, "4.3.0", "Not now")
        else:
            assert (answer.verdict, answer.enhanced, answer.text) == (Verdict.REFUSED, "5.7.1", "Not here")
        assert server.received == []
        assert connection.usable is (code != 421)
        if connection.usable:
            assert connection.send(message()).verdict is Verdict.ACCEPTED
        connection.close()
    assert server.sessions == 1


def test_a_greylisted_message_is_accepted_the_second_time() -> None:
    """The first attempt is deferred, and the same connection is used again."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        first, second = connection.send(message("grey@example.com")), connection.send(message("grey@example.com"))
        connection.close()
    assert (first.verdict, first.code, first.enhanced) == (Verdict.DEFERRED, 450, "4.7.1")
    assert (second.verdict, second.code, second.enhanced) == (Verdict.ACCEPTED, 250, "2.0.0")
    assert len(server.received) == 1


def test_a_message_is_uncertain_if_the_connection_closes_after_the_content() -> None:
    """The content was sent, but no reply was received."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        answer = connection.send(message("end-drop@example.com"))
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.UNCERTAIN, Stage.END, 0)
        assert not connection.usable
        connection.close()
    assert len(server.received) == 1


def test_a_message_is_unsent_if_the_connection_closes_within_the_content() -> None:
    """The end of the data was not sent."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        answer = connection.send(message("mid-drop@example.com", content=LARGE))
        assert (answer.verdict, answer.stage) == (Verdict.UNSENT, Stage.DATA)
        assert not connection.usable
        connection.close()
    assert server.received == []


def reads(*commands: bytes, then: bytes = b"", wait: bool = False) -> Callable[[Peer], object]:
    """Return a server that reads pipelined commands, sends bytes, and closes the connection or stops replying."""

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for command in commands:
            assert peer.read().startswith(command)
        peer.send(then)
        if wait:
            peer.read_all()

    return conversation


def reads_message(*, then: tuple[bytes, ...] = (), wait: bool = False) -> Callable[[Peer], object]:
    """Return a server that reads a message, sends packets, and closes the connection or stops replying."""

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.accept_envelope()
        peer.read_content()
        peer.send(*then)
        if wait:
            peer.read_all()

    return conversation


ALL = (b"MAIL", b"RCPT", b"DATA")
OK = b"250 Go on\r\n"
BROKEN = {
    "closed at MAIL": (reads(*ALL), Verdict.UNSENT, Stage.MAIL),
    "closed at RCPT": (reads(*ALL, then=OK), Verdict.UNSENT, Stage.RCPT),
    "closed at DATA": (reads(*ALL, then=OK + OK), Verdict.UNSENT, Stage.DATA),
    "closed at the end": (reads_message(), Verdict.UNCERTAIN, Stage.END),
    "half a reply": (reads_message(then=(b"250 Ta",)), Verdict.UNCERTAIN, Stage.END),
    "half a multiline reply": (reads_message(then=(b"250-Queued\r\n",)), Verdict.UNCERTAIN, Stage.END),
    "garbage at MAIL": (reads(*ALL, then=b"\x00\xff\x16\r\n", wait=True), Verdict.UNSENT, Stage.MAIL),
    "garbage at RCPT": (reads(*ALL, then=OK + b"HTTP/1.1 200 OK\r\n", wait=True), Verdict.UNSENT, Stage.RCPT),
    "garbage at DATA": (reads(*ALL, then=OK + OK + b"3540\r\n", wait=True), Verdict.UNSENT, Stage.DATA),
    "garbage at the end": (reads_message(then=(b"taken\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "not a code at the end": (reads_message(then=(b"2x0 Queued\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "different codes": (reads_message(then=(b"250-Queued\r\n550 Not\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "a line without end": (reads_message(then=(b"2" * 70_000,), wait=True), Verdict.UNCERTAIN, Stage.END),
    "lines without end": (reads_message(then=(b"250-Queued\r\n" * 10_000,), wait=True), Verdict.UNCERTAIN, Stage.END),
    "354 to MAIL": (reads(*ALL, then=b"354 Go on\r\n", wait=True), Verdict.UNSENT, Stage.MAIL),
    "250 to DATA": (reads(*ALL, then=OK * 3, wait=True), Verdict.UNSENT, Stage.DATA),
    "354 to the end": (reads_message(then=(b"354 Go on\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "too many replies": (reads(*ALL, then=OK * 2 + b"354 Go on\r\n" + OK, wait=True), Verdict.UNSENT, Stage.DATA),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_conversation_is_unsent_before_and_uncertain_after_the_end_of_the_data(name: str) -> None:
    """The answer has a reason and no code, and the connection is not usable."""
    conversation, verdict, stage = BROKEN[name]
    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.stage, answer.code) == (verdict, stage, 0)
        assert answer.text
        assert not connection.usable
        connection.close()


@pytest.mark.parametrize(
    ("conversation", "verdict", "stage"),
    [
        (reads(*ALL, wait=True), Verdict.UNSENT, Stage.MAIL),
        (reads(*ALL, then=OK, wait=True), Verdict.UNSENT, Stage.RCPT),
        (reads(*ALL, then=OK + OK, wait=True), Verdict.UNSENT, Stage.DATA),
        (reads_message(wait=True), Verdict.UNCERTAIN, Stage.END),
    ],
)
def test_a_server_that_stops_replying_causes_a_timeout(
    conversation: Callable[[Peer], object], verdict: Verdict, stage: Stage
) -> None:
    """The verdict at each stage is the same as for a closed connection."""
    with raw_server(conversation) as port:
        connection = transport(port, timeouts=SHORT_TIMEOUTS).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.stage, answer.text) == (verdict, stage, "no reply in time")


def test_the_timeout_is_for_the_whole_reply() -> None:
    """A server that sends one byte after another does not extend it."""

    def drip(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.read(b"DATA\r\n")
        peer.connection.settimeout(0.02)
        with suppress(ConnectionError):
            for byte in b"250-" + b"x" * 10_000:
                peer.send(bytes([byte]))
                with suppress(TimeoutError):
                    if not peer.connection.recv(65_536):
                        return

    with raw_server(drip) as port:
        connection = transport(port, timeouts=SHORT_TIMEOUTS).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.stage, answer.text) == (Verdict.UNSENT, Stage.MAIL, "no reply in time")


@pytest.mark.parametrize("reply", [b"250-" + b"x" * 66 + b"\r\n", b"x"])
def test_a_reply_has_a_limited_length(reply: bytes) -> None:
    """Whether it has many lines or one: of 20,000 bytes, no end is awaited."""

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.read(b"DATA\r\n")
        peer.send((reply * 20_000)[:20_000])
        peer.read_all()

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert not connection.usable
        connection.close()
    assert (answer.verdict, answer.stage) == (Verdict.UNSENT, Stage.MAIL)
    assert "SMTP reply" in answer.text


def test_each_byte_of_a_reply_is_read_once() -> None:
    """A reply that arrives in single bytes takes as many steps as it has bytes, not their square."""

    def steps(length: int) -> int:
        counted = 0

        def count(frame: FrameType, event: str, argument: object) -> Any:  # typeshed's type is recursive
            nonlocal counted
            counted += event == "line"
            return count

        replies, before = Replies(socket.socket()), sys.gettrace()
        with replies.connection:
            sys.settrace(count)
            try:
                for _ in range(length):
                    replies.feed(b"250-\r\n")
                    assert replies.next_reply() is None
            finally:
                sys.settrace(before)
        return counted

    assert steps(800) < 3 * steps(400)


SUSPENDED = """
import sys
from newsletter.transports.smtp import Timeouts
from tests.transports.samples import message, transport
connection = transport(int(sys.argv[1]), timeouts=Timeouts(end=1)).connect()
print("connected", flush=True)
answer = connection.send(message())
print(answer.verdict.value, answer.code, flush=True)
"""


def test_a_reply_that_waits_after_a_suspension_counts() -> None:
    """The process is stopped for longer than its timeout while the server accepts the message."""
    process: subprocess.Popen[str] | None = None
    started = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        assert started.wait(10)
        assert process
        peer.accept_envelope()
        peer.read_content()
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        peer.send(b"250 Queued\r\n")
        threading.Event().wait(1.5)
        process.send_signal(signal.SIGCONT)
        peer.read_all()

    with raw_server(conversation) as port:
        process = subprocess.Popen(
            [sys.executable, "-c", SUSPENDED, str(port)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        started.set()
        output, _ = process.communicate(timeout=60)
    assert output == "connected\naccepted 250\n"


def test_content_that_the_server_does_not_read_is_unsent() -> None:
    """The connection fails before the end of the data was sent."""
    with raw_server(reads(*ALL, then=OK + OK + b"354 Go on\r\n", wait=False)) as port:
        connection = transport(port, timeouts=SHORT_TIMEOUTS).connect()
        answer = connection.send(message(content=LARGE))
        connection.close()
    assert (answer.verdict, answer.stage) == (Verdict.UNSENT, Stage.DATA)


def test_replies_may_arrive_in_any_packets_and_lines() -> None:
    """All in one packet, one byte per packet, and multiline replies are parsed in the same way."""

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for _ in ALL:
            peer.read()
        peer.send(
            *(bytes([byte]) for byte in b"250-2.1.0 Sender\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354-Go\r\n354 on\r\n")
        )
        peer.read_content()
        peer.send(b"250-2.0.0 Queued\r\n25", b"0-2.0.0 as 7,\r", b"\n250 2.0.0 it\x1b[31m says\r\n")
        peer.accept_envelope()
        peer.read_content()
        peer.send(b"250\n")
        assert peer.read() == b"QUIT"
        peer.send(b"221 Bye\r\n")

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.code, answer.enhanced) == (Verdict.ACCEPTED, 250, "2.0.0")
        assert answer.text == "Queued as 7, it [31m says"
        bare = connection.send(message())
        assert (bare.verdict, bare.code, bare.enhanced, bare.text) == (Verdict.ACCEPTED, 250, "", "")
        connection.close()


@pytest.mark.parametrize(
    ("replies", "verdict", "code"),
    [
        (b"250 Queued\r\n421 Closing\r\n", Verdict.ACCEPTED, 250),
        (b"250 Queued\r\n550 No\r\n", Verdict.ACCEPTED, 250),
        (b"552 Too large\r\n421 Closing\r\n", Verdict.REFUSED, 552),
        (b"452 Full\r\n250 Queued\r\n", Verdict.UNCERTAIN, 0),
        (b"550 No\r\n250 Queued\r\n", Verdict.UNCERTAIN, 0),
        (b"421 Closing\r\n250 Queued\r\n", Verdict.UNCERTAIN, 0),
        (b"550 No\r\n25", Verdict.UNCERTAIN, 0),
    ],
)
def test_two_replies_to_the_end_are_no_rejection(replies: bytes, verdict: Verdict, code: int) -> None:
    """It is not known which one answers the message, unless the first accepts it or the second ends the session."""
    with raw_server(reads_message(then=(replies,), wait=True)) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.code) == (verdict, code)
        assert not connection.usable
        connection.close()


@pytest.mark.parametrize("reply", [b"421 4.3.2 Closing\r\n", b"550 5.7.1 No\r\n", b"250 Hello\r\n", b"4"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_reply_between_two_messages_retires_the_connection(reply: bytes, pipelining: bool) -> None:
    """Nothing of the next message is written, and the reply is not its answer."""
    received: list[bytes] = []
    sent = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.greet(*["PIPELINING"] * pipelining)
        if pipelining:
            peer.accept_envelope()
        else:
            for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 Go on\r\n"):
                peer.read()
                peer.send(answer)
        peer.read_content()
        peer.send(b"250 Queued\r\n")
        assert first.wait(10)
        peer.send(reply)
        sent.set()
        received.append(peer.read_all())

    first = threading.Event()
    with raw_server(conversation) as port:
        connection = transport(port).connect()
        accepted = connection.send(message())
        assert (accepted.verdict, connection.usable) == (Verdict.ACCEPTED, True)
        first.set()
        assert sent.wait(10)
        answer = connection.send(message("bob@example.com"))
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.UNSENT, Stage.CONNECT, 0)
        assert not connection.usable
        connection.close()
    assert received == [b""]


@pytest.mark.parametrize(
    "replies",
    [
        # Before the reply to MAIL, to RCPT and to DATA.
        b"550 5.1.1 No\r\n250 ok\r\n250 ok\r\n354 Go on\r\n",
        b"250 ok\r\n550 5.1.1 No\r\n250 ok\r\n354 Go on\r\n",
        b"250 ok\r\n250 ok\r\n550 5.1.1 No\r\n354 Go on\r\n",
        b"450 4.2.1 No\r\n250 ok\r\n250 ok\r\n354 Go on\r\n",
        b"250 Hello\r\n250 ok\r\n250 ok\r\n354 Go on\r\n",
        # Also if the recipient is rejected.
        b"550 5.7.1 No\r\n250 ok\r\n550 5.1.1 Nobody\r\n503 Bad\r\n",
    ],
)
def test_a_reply_too_many_is_never_charged_to_the_recipient(replies: bytes) -> None:
    """The transaction is aborted before any content is sent, and the connection is closed."""
    received: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.read(b"DATA\r\n")
        peer.send(replies)
        received.append(peer.read_all())

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.code) == (Verdict.UNSENT, 0)
        assert not connection.usable
        connection.close()
    assert received[0] in (b"", b"RSET\r\n")


def test_content_without_a_recipient_is_not_sent() -> None:
    """If RCPT is rejected and DATA still gets a 354 (RFC 2920, §3.1), not even an empty message is sent."""
    received: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for _ in ALL:
            peer.read()
        peer.send(b"250 ok\r\n550 5.1.1 Nobody\r\n354 Go on\r\n")
        received.append(peer.read_all())

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.REFUSED, Stage.RCPT, 550)
        assert not connection.usable
        connection.close()
    assert received == [b""]


@pytest.mark.parametrize("answers", [b"503 Bad\r\n421 Closing\r\n", b"503 Bad\r\n", b"503 Bad\r\n500 What\r\n", b"4"])
def test_a_rejected_envelope_keeps_its_answer_if_the_reset_fails(answers: bytes) -> None:
    """The message is rejected, and the connection is not usable."""
    with raw_server(reads(*ALL, then=OK + b"550 5.1.1 Nobody\r\n" + answers)) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.REFUSED, Stage.RCPT, 550)
        assert not connection.usable
        connection.close()


def test_a_rejection_within_the_content_is_the_answer() -> None:
    """The reply that the server sent before it closed the connection counts, not the failed connection."""

    def conversation(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.accept_envelope()
        peer.read()
        peer.send(b"552 5.3.4 Too large\r\n")

    with raw_server(conversation) as port:
        connection = transport(port, timeouts=LONG_TIMEOUTS).connect()
        answer = connection.send(message(content=LARGE))
        connection.close()
    assert (answer.verdict, answer.code, answer.enhanced) == (Verdict.REFUSED, 552, "5.3.4")


def test_a_connection_sends_at_most_the_allowed_number_of_messages() -> None:
    """Then it is not usable, and closing it sends QUIT."""
    with mail_server() as server:
        connection = transport(server.port, messages=3).connect()
        for left in (2, 1, 0):
            assert connection.send(message()).verdict is Verdict.ACCEPTED
            assert connection.usable is (left > 0)
        connection.close()
    assert len(server.received) == 3
    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize("pipelining", [True, False])
def test_the_commands_of_a_message(pipelining: bool) -> None:
    """With pipelining, MAIL, RCPT and DATA are sent together; without it, each waits for the reply to the last."""
    received: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.greet(*["PIPELINING"] * pipelining, "SIZE 1000000")
        if pipelining:
            received.extend(peer.read() for _ in ALL)
            peer.send(b"250 ok\r\n250 ok\r\n354 Go on\r\n")
        else:
            for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 Go on\r\n"):
                received.append(peer.read())
                peer.send(answer)
        received.append(peer.read_content())
        peer.send(b"250 Queued\r\n")

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        assert connection.send(message(sender="")).verdict is Verdict.ACCEPTED
        connection.close()
    stuffed = CONTENT.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")
    assert received == [b"MAIL FROM:<> SIZE=%d" % len(CONTENT), b"RCPT TO:<ada@example.com>", b"DATA", stuffed]
