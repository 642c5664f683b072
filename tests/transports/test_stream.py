"""Connections in one event loop: one that waits does not delay the others."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Coroutine

import pytest

from newsletter.publication.delivery_settings import Security
from newsletter.transports.base import Answer, Outgoing, Transport, Verdict
from newsletter.transports.smtp import Timeouts
from newsletter.transports.stream import Stream
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import LARGE, LONG_TIMEOUTS, SHORT_TIMEOUTS, message, transport


def run(*coroutines: Coroutine[None, None, None]) -> None:
    """Run coroutines concurrently."""

    async def run_all() -> None:
        await asyncio.gather(*coroutines)

    asyncio.run(run_all())


async def send_all(over: Transport, answers: list[Answer], *messages: Outgoing) -> None:
    """Open a connection, send messages and close it."""
    connection = await asyncio.to_thread(over.connect)
    answers.extend([await connection.sending(one) for one in messages])
    await connection.closing()


def silent(peer: Peer) -> None:
    """Receive a message and send no reply."""
    peer.greet("PIPELINING")
    peer.accept_envelope()
    peer.read_content()
    peer.read_all()


def test_a_server_that_does_not_reply_delays_no_other() -> None:
    """Its message is uncertain after the timeout. Messages to another server are accepted before that."""
    timeouts = Timeouts(connect=10, command=10, content=10, end=0.2, quit=0.2)
    lost: list[Answer] = []
    accepted: list[Answer] = []
    order: list[str] = []

    async def record_end(coroutine: Coroutine[None, None, None], name: str) -> None:
        await coroutine
        order.append(name)

    with raw_server(silent) as port, mail_server() as server:
        slow = send_all(transport(port, timeouts=timeouts), lost, message())
        fast = send_all(transport(server.port), accepted, *[message()] * 5)
        run(record_end(slow, "slow"), record_end(fast, "fast"))
    assert [(answer.verdict, answer.text) for answer in lost] == [(Verdict.UNCERTAIN, "no reply in time")]
    assert [answer.verdict for answer in accepted] == [Verdict.ACCEPTED] * 5
    assert order == ["fast", "slow"]


@pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS])
def test_a_message_larger_than_any_buffer_is_sent_in_parts(tls: ssl.SSLContext, security: Security) -> None:
    """It arrives complete over several connections at once, with and without TLS."""
    answers: list[Answer] = []
    with mail_server(tls if security is Security.STARTTLS else None) as server:
        run(*[send_all(transport(server.port, security), answers, message(content=LARGE)) for _ in range(3)])
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 3
    assert [one.content for one in server.received] == [LARGE] * 3


def test_a_message_that_the_server_does_not_read_is_unsent() -> None:
    """The end of the message was not sent before the timeout."""
    answers: list[Answer] = []
    finished = threading.Event()

    def stop_reading(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.accept_envelope()
        finished.wait(10)

    async def send(port: int) -> None:
        await send_all(transport(port, timeouts=SHORT_TIMEOUTS), answers, message(content=LARGE))
        finished.set()

    with raw_server(stop_reading) as port:
        run(send(port))
    assert [answer.verdict for answer in answers] == [Verdict.UNSENT]


def test_a_message_is_unsent_if_the_server_closed_the_idle_connection() -> None:
    """The connection notices it with the next message."""
    answers: list[Answer] = []
    closed = threading.Event()

    def close_after_message(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.accept_envelope()
        peer.read_content()
        peer.send(b"250 Queued\r\n")
        peer.connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    async def send_twice(port: int) -> None:
        connection = transport(port, timeouts=LONG_TIMEOUTS).connect()
        answers.append(await connection.sending(message()))
        await asyncio.to_thread(closed.wait, 10)
        answers.append(await connection.sending(message()))
        await connection.closing()

    with raw_server(close_after_message) as port:
        run(send_twice(port))
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED, Verdict.UNSENT]


def test_bytes_that_have_arrived_are_read_after_the_deadline() -> None:
    """A reply counts if it arrived while the event loop was busy."""
    client, server = socket.socketpair()
    with client, server:
        server.sendall(b"250 Queued\r\n")

        async def read_late() -> bytes:
            stream = Stream(client)
            received = await stream.read(time.monotonic() - 1)
            stream.close()
            return received

        assert asyncio.run(read_late()) == b"250 Queued\r\n"


def test_a_read_fails_after_the_deadline() -> None:
    """It raises TimeoutError if no bytes have arrived."""
    client, server = socket.socketpair()
    with client, server, pytest.raises(TimeoutError):
        asyncio.run(Stream(client).read(time.monotonic() - 1))


def test_a_stream_can_be_used_in_one_event_loop_after_another() -> None:
    """`send` runs an event loop for each message."""
    client, server = socket.socketpair()
    with client, server:
        stream = Stream(client)
        for word in (b"one", b"two"):
            server.sendall(word)
            assert asyncio.run(stream.read(time.monotonic() + 10)) == word
        stream.close()
