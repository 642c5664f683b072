"""Whatever a server does to a message, the answer says what became of it, and never more than is known."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from newsletter.transports.base import Stage, Verdict
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import CONTENT, IMPATIENT, LARGE, PATIENT, message, transport

STAGES = {"mail": Stage.MAIL, "rcpt": Stage.RCPT, "data": Stage.DATA, "end": Stage.END}


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [421, 450, 451, 452, 454, 550, 552, 554])
def test_a_refusal_has_its_stage_and_its_code(pipelining: bool, stage: str, code: int) -> None:
    """4yz defers and 5yz refuses, at each stage; only 421 ends the connection, and nothing was taken."""
    with mail_server(pipelining=pipelining) as server:
        connection = transport(server.port).connect()
        fault = f"{stage}-{code}@example.com"
        answer = connection.send(message(sender=fault) if stage == "mail" else message(fault))
        assert (answer.stage, answer.code) == (STAGES[stage], code)
        if code < 500:
            assert (answer.verdict, answer.enhanced, answer.text) == (Verdict.DEFERRED, "4.3.0", "Not now")
        else:
            assert (answer.verdict, answer.enhanced, answer.text) == (Verdict.REFUSED, "5.7.1", "Not here")
        assert server.received == []
        assert connection.usable is (code != 421)
        if connection.usable:
            assert connection.send(message()).verdict is Verdict.ACCEPTED
        connection.close()
    assert server.sessions == 1


def test_a_greylisted_message_is_taken_the_second_time() -> None:
    """The first answer defers, and the same connection may ask again."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        first, second = connection.send(message("grey@example.com")), connection.send(message("grey@example.com"))
        connection.close()
    assert (first.verdict, first.code, first.enhanced) == (Verdict.DEFERRED, 450, "4.7.1")
    assert (second.verdict, second.code, second.enhanced) == (Verdict.ACCEPTED, 250, "2.0.0")
    assert len(server.received) == 1


def test_a_server_that_takes_a_message_and_hangs_up_leaves_it_uncertain() -> None:
    """The content has left, its answer has not come: nobody can tell."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        answer = connection.send(message("end-drop@example.com"))
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.UNCERTAIN, Stage.END, 0)
        assert not connection.usable
        connection.close()
    assert len(server.received) == 1


def test_a_server_that_hangs_up_within_the_content_has_not_taken_it() -> None:
    """The end of the data had not left."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        answer = connection.send(message("mid-drop@example.com", content=LARGE))
        assert (answer.verdict, answer.stage) == (Verdict.UNSENT, Stage.DATA)
        assert not connection.usable
        connection.close()
    assert server.received == []


def hears(*commands: bytes, then: bytes = b"", wait: bool = False) -> Callable[[Peer], object]:
    """A server that offers pipelining, hears some commands, says something, and hangs up or falls silent."""

    def conversation(peer: Peer) -> None:
        peer.open("PIPELINING")
        for command in commands:
            assert peer.hear().startswith(command)
        peer.say(then)
        if wait:
            peer.wait()

    return conversation


def takes(*, then: tuple[bytes, ...] = (), wait: bool = False) -> Callable[[Peer], object]:
    """A server that takes a whole message, says something, and hangs up or falls silent."""

    def conversation(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.envelope()
        peer.content()
        peer.say(*then)
        if wait:
            peer.wait()

    return conversation


ALL = (b"MAIL", b"RCPT", b"DATA")
OK = b"250 Go on\r\n"
BROKEN = {
    "hangs up at MAIL": (hears(*ALL), Verdict.UNSENT, Stage.MAIL),
    "hangs up at RCPT": (hears(*ALL, then=OK), Verdict.UNSENT, Stage.RCPT),
    "hangs up at DATA": (hears(*ALL, then=OK + OK), Verdict.UNSENT, Stage.DATA),
    "hangs up at the end": (takes(), Verdict.UNCERTAIN, Stage.END),
    "says half a reply": (takes(then=(b"250 Ta",)), Verdict.UNCERTAIN, Stage.END),
    "says half of many lines": (takes(then=(b"250-Taken\r\n",)), Verdict.UNCERTAIN, Stage.END),
    "garbage at MAIL": (hears(*ALL, then=b"\x00\xff\x16\r\n", wait=True), Verdict.UNSENT, Stage.MAIL),
    "garbage at RCPT": (hears(*ALL, then=OK + b"HTTP/1.1 200 OK\r\n", wait=True), Verdict.UNSENT, Stage.RCPT),
    "garbage at DATA": (hears(*ALL, then=OK + OK + b"3540\r\n", wait=True), Verdict.UNSENT, Stage.DATA),
    "garbage at the end": (takes(then=(b"taken\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "no digits at the end": (takes(then=(b"2x0 Taken\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "codes that differ": (takes(then=(b"250-Taken\r\n550 Not\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "a line without end": (takes(then=(b"2" * 70_000,), wait=True), Verdict.UNCERTAIN, Stage.END),
    "lines without end": (takes(then=(b"250-Taken\r\n" * 10_000,), wait=True), Verdict.UNCERTAIN, Stage.END),
    "354 to MAIL": (hears(*ALL, then=b"354 Go on\r\n", wait=True), Verdict.UNSENT, Stage.MAIL),
    "250 to DATA": (hears(*ALL, then=OK * 3, wait=True), Verdict.UNSENT, Stage.DATA),
    "354 to the end": (takes(then=(b"354 Go on\r\n",), wait=True), Verdict.UNCERTAIN, Stage.END),
    "more than was asked": (hears(*ALL, then=OK * 2 + b"354 Go on\r\n" + OK, wait=True), Verdict.UNSENT, Stage.DATA),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_conversation_is_unsent_until_the_end_of_the_data_has_left(name: str) -> None:
    """Then it is uncertain; either way there is no code, a reason in words, and the connection is not used again."""
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
        (hears(*ALL, wait=True), Verdict.UNSENT, Stage.MAIL),
        (hears(*ALL, then=OK, wait=True), Verdict.UNSENT, Stage.RCPT),
        (hears(*ALL, then=OK + OK, wait=True), Verdict.UNSENT, Stage.DATA),
        (takes(wait=True), Verdict.UNCERTAIN, Stage.END),
    ],
)
def test_a_server_that_falls_silent_is_waited_for_so_long(
    conversation: Callable[[Peer], object], verdict: Verdict, stage: Stage
) -> None:
    """Each stage has its patience, and then the same answer as a connection that ends."""
    with raw_server(conversation) as port:
        connection = transport(port, patience=IMPATIENT).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.stage, answer.text) == (verdict, stage, "no answer in time")


def test_a_reply_that_drips_is_not_waited_for_without_end() -> None:
    """The patience is for a whole reply, not for its next byte."""

    def drip(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.connection.settimeout(0.02)
        with suppress(ConnectionError):
            for byte in b"250-" + b"x" * 10_000:
                peer.say(bytes([byte]))
                with suppress(TimeoutError):
                    if not peer.connection.recv(65_536):
                        return

    with raw_server(drip) as port:
        connection = transport(port, patience=IMPATIENT).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.stage, answer.text) == (Verdict.UNSENT, Stage.MAIL, "no answer in time")


def test_a_server_that_does_not_read_the_content_is_left() -> None:
    """What it has not taken in time was not sent, and what follows cannot be told from it."""
    with raw_server(hears(*ALL, then=OK + OK + b"354 Go on\r\n", wait=False)) as port:
        connection = transport(port, patience=IMPATIENT).connect()
        answer = connection.send(message(content=LARGE))
        connection.close()
    assert (answer.verdict, answer.stage) == (Verdict.UNSENT, Stage.DATA)


def test_replies_may_come_in_any_packets_and_lines() -> None:
    """One packet for all, one for each byte, and replies of many lines, are the same replies."""

    def conversation(peer: Peer) -> None:
        peer.open("PIPELINING")
        for _ in ALL:
            peer.hear()
        peer.say(
            *(bytes([byte]) for byte in b"250-2.1.0 Sender\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354-Go\r\n354 on\r\n")
        )
        peer.content()
        peer.say(b"250-2.0.0 Taken\r\n25", b"0-2.0.0 as 7,\r", b"\n250 2.0.0 it\x1b[31m says\r\n")
        peer.envelope()
        peer.content()
        peer.say(b"250\n")
        assert peer.hear() == b"QUIT"
        peer.say(b"221 Bye\r\n")

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.code, answer.enhanced) == (Verdict.ACCEPTED, 250, "2.0.0")
        assert answer.text == "Taken as 7, it [31m says"
        bare = connection.send(message())
        assert (bare.verdict, bare.code, bare.enhanced, bare.text) == (Verdict.ACCEPTED, 250, "", "")
        connection.close()


def test_the_first_of_two_answers_to_the_end_counts() -> None:
    """What was said too much could be taken for the answer to the next message, so that there is none."""
    with raw_server(takes(then=(b"452 Full\r\n250 Taken\r\n",), wait=True)) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.code) == (Verdict.DEFERRED, 452)
        assert not connection.usable
        connection.close()


def test_content_for_nobody_is_not_sent() -> None:
    """Where DATA is answered by 354 although RCPT was refused (RFC 2920, §3.1), not even an empty message leaves."""
    heard: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.open("PIPELINING")
        for _ in ALL:
            peer.hear()
        peer.say(b"250 ok\r\n550 5.1.1 Nobody\r\n354 Go on\r\n")
        heard.append(peer.wait())

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.REFUSED, Stage.RCPT, 550)
        assert not connection.usable
        connection.close()
    assert heard == [b""]


@pytest.mark.parametrize("answers", [b"503 Bad\r\n421 Closing\r\n", b"503 Bad\r\n", b"503 Bad\r\n500 What\r\n", b"4"])
def test_an_envelope_that_is_refused_keeps_its_answer_whatever_follows(answers: bytes) -> None:
    """RSET may fail and the connection end: the message was refused, and the connection is not used again."""
    with raw_server(hears(*ALL, then=OK + b"550 5.1.1 Nobody\r\n" + answers)) as port:
        connection = transport(port).connect()
        answer = connection.send(message())
        assert (answer.verdict, answer.stage, answer.code) == (Verdict.REFUSED, Stage.RCPT, 550)
        assert not connection.usable
        connection.close()


def test_a_server_that_refuses_within_the_content_is_heard() -> None:
    """What it said before it stopped reading is the answer, not only that the connection failed."""

    def conversation(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.envelope()
        peer.hear()
        peer.say(b"552 5.3.4 Too large\r\n")

    with raw_server(conversation) as port:
        connection = transport(port, patience=PATIENT).connect()
        answer = connection.send(message(content=LARGE))
        connection.close()
    assert (answer.verdict, answer.code, answer.enhanced) == (Verdict.REFUSED, 552, "5.3.4")


def test_a_connection_takes_as_many_messages_as_the_server_bears() -> None:
    """Then it is not usable, and has said QUIT when it is closed."""
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
    """With pipelining the server has MAIL, RCPT and DATA before it has answered; without, one after another."""
    heard: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.open(*["PIPELINING"] * pipelining, "SIZE 1000000")
        if pipelining:
            heard.extend(peer.hear() for _ in ALL)
            peer.say(b"250 ok\r\n250 ok\r\n354 Go on\r\n")
        else:
            for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 Go on\r\n"):
                heard.append(peer.hear())
                peer.say(answer)
        heard.append(peer.content())
        peer.say(b"250 Taken\r\n")

    with raw_server(conversation) as port:
        connection = transport(port).connect()
        assert connection.send(message(sender="")).verdict is Verdict.ACCEPTED
        connection.close()
    stuffed = CONTENT.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")
    assert heard == [b"MAIL FROM:<> SIZE=%d" % len(CONTENT), b"RCPT TO:<ada@example.com>", b"DATA", stuffed]
