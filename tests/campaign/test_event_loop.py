"""One thread serves many connections: what one of them has to wait for is nothing to the others."""

import socket
import ssl
import threading

import pytest

from newsletter.campaign.event_loop import Loop, Rest, Work, in_thread
from newsletter.campaign.ledger_commits import Entry
from newsletter.publication.delivery_settings import Security
from newsletter.transports.base import Answer, Connection, Outgoing, Transport, Verdict
from newsletter.transports.smtp import Patience
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import IMPATIENT, LARGE, PATIENT, message, transport


def done(*works: Work, stopping: threading.Event | None = None, made: list[int] | None = None) -> None:
    """Do all works; how many entries share each write is noted."""

    def write(entries: list[Entry]) -> None:
        if made is not None:
            made.append(len(entries))

    Loop(write, lambda: False, stopping or threading.Event()).run(works)


def sends(over: Transport, answers: list[Answer], *messages: Outgoing) -> Work:
    """A work that opens a connection, sends messages and parts."""
    opening = in_thread(over.connect)
    yield opening
    connection = opening.result()
    for one in messages:
        answer = yield from connection.sending(one)
        answers.append(answer)
    yield from connection.closing()


def silent(peer: Peer) -> None:
    """A server that takes a message and says nothing."""
    peer.open("PIPELINING")
    peer.envelope()
    peer.content()
    peer.wait()


def test_a_server_that_falls_silent_holds_up_nobody_else() -> None:
    """Its message is uncertain when its time is over; another server's have been taken long before."""
    patience = Patience(opening=10, command=10, content=10, end=0.2, parting=0.2)
    lost: list[Answer] = []
    taken: list[Answer] = []
    order: list[str] = []

    def told(work: Work, name: str) -> Work:
        yield from work
        order.append(name)

    with raw_server(silent) as port, mail_server() as server:
        slow = sends(transport(port, patience=patience), lost, message())
        fast = sends(transport(server.port), taken, *[message()] * 5)
        done(told(slow, "slow"), told(fast, "fast"))
    assert [(answer.verdict, answer.text) for answer in lost] == [(Verdict.UNCERTAIN, "no answer in time")]
    assert [answer.verdict for answer in taken] == [Verdict.ACCEPTED] * 5
    assert order == ["fast", "slow"]


@pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS])
def test_a_message_larger_than_any_buffer_is_sent_in_parts(tls: ssl.SSLContext, security: Security) -> None:
    """Over several connections at once, each whole, with TLS and without."""
    answers: list[Answer] = []
    with mail_server(tls if security is Security.STARTTLS else None) as server:
        large = [sends(transport(server.port, security), answers, message(content=LARGE)) for _ in range(3)]
        done(*large)
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 3
    assert [one.content for one in server.received] == [LARGE] * 3


def test_a_server_that_does_not_read_is_left_when_its_time_is_over() -> None:
    """The end of the message has not left, so that it is unsent."""
    answers: list[Answer] = []

    def deaf(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.envelope()
        gone.wait(10)

    gone = threading.Event()

    def sender(port: int) -> Work:
        yield from sends(transport(port, patience=IMPATIENT), answers, message(content=LARGE))
        gone.set()

    with raw_server(deaf) as port:
        done(sender(port))
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

    def pausing(port: int) -> Work:
        connection = transport(port, patience=PATIENT).connect()

        def when_gone() -> Connection:
            gone.wait(10)
            return connection

        answers.append((yield from connection.sending(message())))
        yield in_thread(when_gone)
        answers.append((yield from connection.sending(message())))
        yield from connection.closing()

    with raw_server(leaves) as port:
        done(pausing(port))
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED, Verdict.UNSENT]


def test_what_is_brought_at_once_is_written_at_once() -> None:
    """Entries of several works share a write, and each goes on when it is written."""
    made: list[int] = []

    def brings(times: int) -> Work:
        for _ in range(times):
            yield Entry(None, None)

    done(*[brings(3) for _ in range(4)], made=made)
    assert sum(made) == 12
    assert max(made) <= 4


def test_a_rest_ends_when_the_campaign_stops() -> None:
    """However long it would have been."""
    stopping, ended = threading.Event(), list[str]()

    def rests() -> Work:
        yield Rest(float("inf"))
        ended.append("rest")

    def stops() -> Work:
        yield Entry(None, None)
        stopping.set()

    done(rests(), stops(), stopping=stopping)
    assert ended == ["rest"]
