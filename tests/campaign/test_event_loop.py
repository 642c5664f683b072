"""One thread serves many connections: what one of them has to wait for is nothing to the others."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from sqlalchemy import true

from newsletter.campaign.event_loop import Loop, Rest, Work, in_thread
from newsletter.campaign.ledger_commits import Entry, write
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.ledger.campaigns import NewCampaign, counts, create_campaign
from newsletter.ledger.deliveries import Claim, LedgerWriter, Outcome, Waiting, pending_page
from newsletter.publication.delivery_settings import Security
from newsletter.subscribers.queries import add_subscriber
from newsletter.transports.base import Answer, Connection, Outgoing, Transport, Verdict
from newsletter.transports.smtp import Patience
from tests.subscribers.people import NOW, subscriber
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import IMPATIENT, LARGE, PATIENT, message, transport


def done(*works: Work, stopping: threading.Event | None = None) -> None:
    """Do all works; nothing is written."""
    Loop(lambda _: None, lambda: False, stopping or threading.Event()).run(works)


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


def test_senders_share_commits(tmp_path: Path) -> None:
    """Claims and outcomes of forty senders are durable in far fewer transactions than there are entries."""
    commits: list[int] = []
    senders, each = 40, 5
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        with database.write() as connection:
            for number in range(senders * each):
                add_subscriber(connection, subscriber(f"reader{number}@x.example"))
            campaign = create_campaign(connection, NewCampaign("029", "c" * 64, "", "", "", True, NOW), true())
        with database.read() as connection:
            waiting = pending_page(connection, campaign, 0, senders * each)
        writer = LedgerWriter(database)

        def commit(entries: list[Entry]) -> None:
            commits.append(len(entries))
            write(writer, entries)

        def sends(mine: list[Waiting]) -> Work:
            for one in mine:
                entry = Entry(None, Claim(one.id, NOW, "", "server"))
                yield entry
                assert entry.claimed
                yield Entry(Outcome(one.id, DeliveryState.ACCEPTED, NOW, 1), None)

        works = [sends(waiting[start::senders]) for start in range(senders)]
        Loop(commit, lambda: False, threading.Event()).run(works)
        writer.close()
        with database.read() as connection:
            assert counts(connection, campaign)[DeliveryState.ACCEPTED] == senders * each
    assert sum(commits) == 2 * senders * each
    # The first entry is alone. While a commit takes longer than a step of a sender, the others come together.
    assert len(commits) <= sum(commits) / (senders / 2)


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
