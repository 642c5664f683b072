"""One event loop serves many connections: what one of them has to wait for does not hold up the others."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Coroutine

import pytest

from newsletter.publication.delivery_settings import Security
from newsletter.transports.base import Answer, Outgoing, Transport, Verdict
from newsletter.transports.smtp import Patience
from newsletter.transports.stream import Stream
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import IMPATIENT, LARGE, PATIENT, message, transport


def run(*works: Coroutine[None, None, None]) -> None:
    """Run all works side by side."""

    async def all_works() -> None:
        await asyncio.gather(*works)

    asyncio.run(all_works())


async def sends(over: Transport, answers: list[Answer], *messages: Outgoing) -> None:
    """Open a connection, send messages and close it."""
    connection = await asyncio.to_thread(over.connect)
    answers.extend([await connection.sending(one) for one in messages])
    await connection.closing()


def silent(peer: Peer) -> None:
    """A server that takes a message and says nothing."""
    peer.open("PIPELINING")
    peer.envelope()
    peer.content()
    peer.wait()


def test_a_server_that_falls_silent_holds_up_no_other() -> None:
    """Its message is uncertain when its time is over; another server's have been taken long before."""
    patience = Patience(opening=10, command=10, content=10, end=0.2, parting=0.2)
    lost: list[Answer] = []
    taken: list[Answer] = []
    order: list[str] = []

    async def noted(work: Coroutine[None, None, None], name: str) -> None:
        await work
        order.append(name)

    with raw_server(silent) as port, mail_server() as server:
        slow = sends(transport(port, patience=patience), lost, message())
        fast = sends(transport(server.port), taken, *[message()] * 5)
        run(noted(slow, "slow"), noted(fast, "fast"))
    assert [(answer.verdict, answer.text) for answer in lost] == [(Verdict.UNCERTAIN, "no answer in time")]
    assert [answer.verdict for answer in taken] == [Verdict.ACCEPTED] * 5
    assert order == ["fast", "slow"]


@pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS])
def test_a_message_larger_than_any_buffer_is_sent_in_parts(tls: ssl.SSLContext, security: Security) -> None:
    """Over several connections at once, each whole, with TLS and without."""
    answers: list[Answer] = []
    with mail_server(tls if security is Security.STARTTLS else None) as server:
        run(*[sends(transport(server.port, security), answers, message(content=LARGE)) for _ in range(3)])
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 3
    assert [one.content for one in server.received] == [LARGE] * 3


def test_a_server_that_does_not_read_is_left_when_its_time_is_over() -> None:
    """The end of the message has not left, so that it is unsent."""
    answers: list[Answer] = []
    gone = threading.Event()

    def deaf(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.envelope()
        gone.wait(10)

    async def sender(port: int) -> None:
        await sends(transport(port, patience=IMPATIENT), answers, message(content=LARGE))
        gone.set()

    with raw_server(deaf) as port:
        run(sender(port))
    assert [answer.verdict for answer in answers] == [Verdict.UNSENT]


def test_a_server_that_hangs_up_while_nothing_is_sent_has_taken_nothing() -> None:
    """It is found out with the next message, and costs nothing until then."""
    answers: list[Answer] = []
    gone = threading.Event()

    def leaves(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.envelope()
        peer.content()
        peer.say(b"250 Taken\r\n")
        peer.connection.shutdown(socket.SHUT_RDWR)
        gone.set()

    async def pausing(port: int) -> None:
        connection = transport(port, patience=PATIENT).connect()
        answers.append(await connection.sending(message()))
        await asyncio.to_thread(gone.wait, 10)
        answers.append(await connection.sending(message()))
        await connection.closing()

    with raw_server(leaves) as port:
        run(pausing(port))
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED, Verdict.UNSENT]


def test_what_arrived_in_time_is_read_after_the_deadline() -> None:
    """While the event loop was busy, a reply may have come and its deadline passed: the reply counts."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"250 Taken\r\n")

        async def reads_late() -> bytes:
            stream = Stream(ours)
            received = await stream.read(time.monotonic() - 1)
            stream.close()
            return received

        assert asyncio.run(reads_late()) == b"250 Taken\r\n"


def test_what_never_arrives_is_too_late() -> None:
    """A deadline that has passed is an error where the socket has nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        asyncio.run(Stream(ours).read(time.monotonic() - 1))


def test_a_connection_moves_from_one_event_loop_to_the_next() -> None:
    """As `send` uses it, which runs a loop for each message."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(ours)
        for word in (b"one", b"two"):
            theirs.sendall(word)
            assert asyncio.run(stream.read(time.monotonic() + 10)) == word
        stream.close()
