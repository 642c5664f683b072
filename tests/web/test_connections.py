"""Floods of connections: others are still served, and the log stays short."""

import asyncio
import json
import re
import resource
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from newsletter.database.states import SubscriberState
from newsletter.database.tables import suppression
from newsletter.errors import AccessError
from newsletter.mail.tokens import Purpose
from newsletter.web import connections, web_server
from tests.web.running import LOG, running
from tests.web.serving import FORM, Pages, served

# No proxy is trusted, so that the connections of this machine are limited like those of a visitor.
DIRECT = ("192.0.2.1",)
UNTRUSTING = ("--forwarded-allow-ips", *DIRECT)
HALF = b"GET /subscribe HTTP/1.1\r\nHost: x\r\n"
HALF_BODY = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nemail="


def flood(stack: ExitStack, port: int, count: int, sent: bytes = HALF) -> list[socket.socket]:
    """Open connections that stay open until the stack closes, and send the beginning of a request on each."""
    opened = []
    for _ in range(count):
        one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        one.sendall(sent)
        opened.append(one)
    return opened


def is_closed(one: socket.socket) -> bool:
    """Wait until the server closes a connection."""
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True


def test_unfinished_heads_of_one_network_do_not_shut_others_out(tmp_path: Path) -> None:
    """Those that have waited the longest are closed. Here, the others come from the same network, too."""
    with served(tmp_path, proxies=DIRECT) as pages, ExitStack() as stack:
        opened = flood(stack, pages.port, 2_100)
        assert pages.get("/subscribe").status == 200
        assert all(is_closed(one) for one in opened[: -connections.MOST_UNFINISHED])


def test_waiting_connections_of_many_visitors_do_not_shut_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy: connections with half a head, half a body, or no next request make room. One line says so."""
    monkeypatch.setattr(web_server, "connection_limit", lambda: 30)
    with served(tmp_path) as pages, ExitStack() as stack:
        for sent in (HALF, HALF_BODY, b"", HALF + b"\r\n"):
            flood(stack, pages.port, 40, sent)
            assert pages.get("/subscribe").status == 200
        limited = pages.logged("connections limited")
        assert (limited["level"], limited["reason"], limited["most"]) == ("warning", "too many connections", 30)


@pytest.mark.parametrize(
    "begin",
    [b"", HALF, HALF + b"\r\n" + HALF, b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nemail="],
)
def test_an_unfinished_request_is_closed_after_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: bytes
) -> None:
    """Also the head of a second request, and a body. Single bytes do not extend the time."""
    for phase in (connections.Phase.HEAD, connections.Phase.BODY):
        monkeypatch.setitem(connections._TIMEOUTS, phase, 0.2)
    with served(tmp_path) as pages, socket.create_connection(("127.0.0.1", pages.port), timeout=0.05) as one:
        one.sendall(begin)
        received = b""
        for _ in range(400):
            try:
                part = one.recv(65_536)
            except TimeoutError:
                if begin:
                    one.sendall(b"x")
                continue
            except ConnectionError:
                break
            received += part
            if not part:
                break
        else:
            pytest.fail("the connection is still open")
        assert received.count(b"HTTP/1.1 200") == begin.count(b"\r\n\r\n") - begin.count(b"POST")


def test_a_client_that_hangs_up_in_its_request_leaves_one_line(pages: Pages) -> None:
    """Not a traceback."""
    with ExitStack() as stack:
        flood(stack, pages.port, 1, HALF_BODY)
    assert pages.logged("request")["status"] == 499
    assert pages.log.empty()


def test_a_request_with_two_lengths_is_answered_and_its_connection_closed(pages: Pages) -> None:
    """What a proxy may have taken for the next request is not answered (RFC 9112, 6.1)."""
    pages.subscribed()
    path = "/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE)
    hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    lengths = f"Transfer-Encoding: chunked\r\nContent-Length: {5 + len(hidden)}\r\n"
    with socket.create_connection(("127.0.0.1", pages.port), timeout=20) as one:
        one.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{lengths}\r\n0\r\n\r\n{hidden}".encode())
        answer = b"".join(iter(lambda: one.recv(65_536), b"")).decode()
    assert answer.count("HTTP/1.1 ") == 1
    assert answer.startswith("HTTP/1.1 200 ")
    assert "\r\nconnection: close\r\n" in answer.lower()


def test_a_request_for_another_protocol_is_answered_and_leaves_one_line(pages: Pages) -> None:
    """As a request without `Upgrade`."""
    asked = "Connection: close, Upgrade\r\nUpgrade: websocket\r\n"
    with socket.create_connection(("127.0.0.1", pages.port), timeout=20) as one:
        one.sendall(f"GET /health HTTP/1.1\r\nHost: x\r\n{asked}\r\n".encode())
        answer = b"".join(iter(lambda: one.recv(65_536), b"")).decode()
    assert answer.startswith("HTTP/1.1 200 ")
    assert json.loads(pages.log.get(timeout=20))["event"] == "request"
    assert pages.log.empty()


def test_connections_stay_below_the_limit_of_open_files(tmp_path: Path) -> None:
    """The limit is read at start-up, and leaves descriptors for the database."""
    with running(tmp_path, *UNTRUSTING, files=300) as (process, url), ExitStack() as stack:
        flood(stack, int(url.rstrip("/").rpartition(":")[2]), 600)
        urllib.request.urlopen(f"{url}ready", timeout=20).close()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    log = (tmp_path / LOG).read_text()
    assert "Too many open files" not in log
    assert len(log) < 5_000


def test_a_system_without_descriptors_gets_one_line_a_minute(tmp_path: Path) -> None:
    """The limit of the process is lowered while it runs. Connections that wait make room for others."""
    with running(tmp_path, *UNTRUSTING) as (process, url), ExitStack() as stack:
        urllib.request.urlopen(f"{url}ready", timeout=20).close()
        used = max(int(path.name) for path in Path(f"/proc/{process.pid}/fd").iterdir())
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used + 4, used + 4))
        flood(stack, int(url.rstrip("/").rpartition(":")[2]), 20)
        urllib.request.urlopen(f"{url}health", timeout=60).close()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    log = (tmp_path / LOG).read_text()
    limited = [line for line in map(json.loads, log.splitlines()) if line["event"] != "request"]
    assert [(line["event"], line["reason"]) for line in limited] == [("connections limited", "Too many open files")]


def test_too_low_a_limit_of_open_files_is_an_error() -> None:
    """The message says how to raise it."""
    with pytest.raises(AccessError, match="may open only 100 files") as error:
        connections.connection_limit(lambda: (100, 100))
    assert re.search(r"Raise the limit to \d+ or more", error.value.advice)


def test_a_client_that_hung_up_is_still_unsubscribed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mail program gave up while another program, such as an import, locked the database."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", "sqlite:///newsletter.db?timeout=30")
    with served(tmp_path) as pages:
        pages.subscribed()
        other = sqlite3.connect(tmp_path / "newsletter.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        path, body = f"/unsubscribe/{pages.token(Purpose.UNSUBSCRIBE)}", b"List-Unsubscribe=One-Click"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        with ExitStack() as stack:
            flood(stack, pages.port, 1, head.encode() + body)
            assert pages.get("/health").status == 200
        assert pages.get("/health").status == 200
        other.execute("ROLLBACK")
        other.close()
        while pages.logged("request").get("outcome") != "unsubscribed":
            pass
        assert pages.state() is SubscriberState.UNSUBSCRIBED


def test_a_write_is_done_even_if_its_request_is_cancelled(pages: Pages) -> None:
    """The server cancels requests that take too long when it stops."""

    def suppress(digest: bytes) -> Callable[[Connection], None]:
        row = {"digest": digest, "reason": "author", "since": 0}
        return lambda connection: connection.execute(insert(suppression).values(row)).close()

    async def give_up() -> None:
        waiting = asyncio.create_task(pages.context.write(suppress(b"x")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    with pages.context.database.write() as connection:
        # The writer waits for this transaction.
        blocked = pages.context.writer.write(suppress(b"y"))
        asyncio.run(give_up())
        connection.rollback()
    blocked.result(20)
    pages.context.writer.write(lambda _: None).result(20)
    with pages.context.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM suppression").scalar() == 2
