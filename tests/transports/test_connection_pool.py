"""The connection pool, over real connections to mail servers on loopback."""

import socket
from collections.abc import Callable

import pytest

from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import Security, SmtpServer
from newsletter.transports.base import Outgoing, Verdict
from newsletter.transports.connection_pool import IDLE, ConnectionPool
from newsletter.transports.smtp import SmtpTransport
from tests.transports.mail_server import MailServer, mail_server


class Timer:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def pool_of(*servers: MailServer, timer: Callable[[], float] = Timer()) -> ConnectionPool:  # noqa: B008
    settings = [SmtpServer(host="127.0.0.1", port=server.port, security=Security.NONE) for server in servers]
    return ConnectionPool([SmtpTransport(one, None) for one in settings], timer)


def message(recipient: str = "ann@example.org") -> Outgoing:
    return Outgoing("lens@example.org", recipient, b"Subject: Hello\r\n\r\nHello\r\n")


def send(pool: ConnectionPool, recipient: str = "ann@example.org", attempt: int = 0, *, fresh: bool = False) -> Verdict:
    with pool.connection(attempt, fresh=fresh) as connection:
        return connection.send(message(recipient)).verdict


def test_a_usable_connection_is_reused() -> None:
    """No connection is opened before the first message, and all messages use one connection."""
    with mail_server() as server:
        pool = pool_of(server)
        assert server.sessions == 0
        assert [send(pool) for _ in range(3)] == [Verdict.ACCEPTED] * 3
        assert server.sessions == 1
        pool.close_unused()
        assert send(pool) is Verdict.ACCEPTED
        assert server.sessions == 2
        pool.close_unused()


def test_an_unusable_connection_is_replaced() -> None:
    """After a 421 reply, the next message uses a new connection."""
    with mail_server() as server:
        pool = pool_of(server)
        assert send(pool, "rcpt-421@example.org") is Verdict.UNSENT
        assert send(pool) is Verdict.ACCEPTED
        assert server.sessions == 2
        pool.close_unused()


def test_a_connection_is_not_reused_after_an_exception() -> None:
    """Part of a message may have been written to it."""
    with mail_server() as server:
        pool = pool_of(server)
        with pytest.raises(KeyError), pool.connection():
            raise KeyError
        assert send(pool) is Verdict.ACCEPTED
        assert server.sessions == 2
        pool.close_unused()


def test_an_idle_connection_is_not_reused() -> None:
    """The server may have closed it."""
    timer = Timer()
    with mail_server() as server:
        pool = pool_of(server, timer=timer)
        for seconds, sessions in ((0.0, 1), (IDLE - 0.1, 1), (IDLE, 2)):
            timer.now += seconds
            assert send(pool) is Verdict.ACCEPTED
            assert server.sessions == sessions
        pool.close_unused()


def test_a_fresh_connection_replaces_an_unused_one() -> None:
    """A server never has more connections than there are users."""
    with mail_server() as server:
        pool = pool_of(server)
        send(pool)
        assert send(pool, fresh=True) is Verdict.ACCEPTED
        assert server.sessions == 2
        pool.close_unused()
        assert server.commands.count("QUIT") == 2


def test_the_least_busy_server_is_used() -> None:
    """Among equally busy servers, each attempt uses the next one. A requested server is used even if it is busy."""
    with mail_server() as one, mail_server() as other:
        pool = pool_of(one, other)
        leases = [pool.acquire() for _ in range(3)]
        assert [lease.server for lease in leases] == [0, 1, 0]
        leases.append(pool.acquire(server=0))
        assert leases[-1].server == 0
        for lease in leases:
            pool.release(lease)
        with pool.connection(1), pool.connection(1), pool.connection(1):
            pass
        assert (one.sessions, other.sessions) == (3, 2)
        pool.close_unused()


def test_an_unreachable_server_does_not_stay_busy() -> None:
    """The caller gets the error, and another attempt uses the other server."""
    with socket.socket() as closed, mail_server() as server:
        closed.bind(("127.0.0.1", 0))
        pool = pool_of(MailServer(port=closed.getsockname()[1]), server)
        for _ in range(2):
            with pytest.raises(TransportError):
                pool.acquire()
        assert send(pool, attempt=1) is Verdict.ACCEPTED
        pool.close_unused()
