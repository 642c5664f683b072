"""The limits on mail that visitors request, and what a visitor can learn about an address."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.database.tables import transactional_mail
from newsletter.subscribers import mail_limits
from newsletter.subscribers.mail_limits import canonical_mailbox
from newsletter.subscribers.queries import add_subscriber
from newsletter.subscribers.suppressions import suppress
from newsletter.web.rate_limit import RateLimits, network_of
from tests.subscribers.people import subscriber
from tests.web.serving import Answer, Pages, served

_VISITORS = count(1)


def post(pages: Pages, email: str, page: str = "/subscribe") -> Answer:
    """Post an address from a network that has not been seen before."""
    number = next(_VISITORS)
    return pages.post(page, {"email": email}, x_forwarded_for=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")


def requested(pages: Pages) -> int:
    """The number of requested mails."""
    with pages.context.database.read() as connection:
        return connection.execute(select(func.count()).select_from(transactional_mail)).scalar_one()


@pytest.mark.parametrize(
    "addresses",
    [
        [f"ann+{number}@gmail.com" for number in range(20)],
        [f"a{'.' * (number & 1)}n{'.' * (number >> 1 & 1)}n+{number}@googlemail.com" for number in range(20)],
        [f"Ann+{number}@example.org" for number in range(20)],
    ],
)
def test_a_mailbox_gets_three_mails_a_day_under_all_its_names(pages: Pages, addresses: list[str]) -> None:
    """The answer stays the same, and nobody is added who gets no mail. The next day, it gets mail again."""
    answers = [post(pages, address) for address in addresses]
    assert len({answer.text for answer in answers}) == 1
    assert requested(pages) == 3
    assert pages.subscriber(addresses[-1]) is None
    pages.clock.now += 24 * 3600
    post(pages, addresses[-1])
    assert requested(pages) == 4


def test_the_limit_of_a_mailbox_applies_after_a_restart(tmp_path: Path) -> None:
    """It is counted in the database."""
    for number in range(5):
        with served(tmp_path) as pages:
            post(pages, f"ann+{number}@example.org")
            assert requested(pages) == min(number + 1, 3)


def test_a_domain_gets_twenty_mails_an_hour(pages: Pages) -> None:
    """With its subdomains. Mail providers have many customers, so only the other limits apply to them."""
    for number in range(25):
        post(pages, f"reader{number}@s{number}.victim.co.uk")
    assert requested(pages) == 20
    for number in range(25):
        post(pages, f"reader{number}@gmail.com")
    assert requested(pages) == 45
    pages.clock.now += 3600
    post(pages, "reader@victim.co.uk")
    assert requested(pages) == 46


def test_all_mail_together_has_a_limit_with_an_alarm(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the answer for every address is 429. Subscribers can still unsubscribe."""
    monkeypatch.setattr(mail_limits, "ALL_AN_HOUR", 5)
    pages.subscribed()
    with pages.context.database.write() as connection:
        suppress(connection, "eve@example.org", SuppressionReason.COMPLAINT, 0)
    for number in range(4):
        assert post(pages, f"reader{number}@d{number}.example").status == 200
    answers = [post(pages, email) for email in ("new@example.com", "ann@example.org", "eve@example.org")]
    assert {(answer.status, answer.headers.get("retry-after"), answer.text) for answer in answers} == {
        (429, "600", answers[0].text)
    }
    alarm = pages.logged("mail limit reached")
    assert (alarm["level"], alarm["reason"]) == ("warning", "all mail")
    assert post(pages, "ann@example.org", "/unsubscribe").status == 200
    assert pages.mail_kinds()[-1] == "unsubscribe"
    pages.clock.now += 3600
    assert post(pages, "new@example.com").status == 200
    lines = [pages.log.get() for _ in range(pages.log.qsize())]
    assert not any("mail limit reached" in line for line in lines)


@pytest.mark.parametrize(
    ("network", "allowed"),
    [
        (lambda _: "192.0.2.1", 10),
        (lambda number: f"2001:db8:1:2::{number:x}", 10),
        (lambda number: f"2001:db8:1:{number:x}::1", 40),
        (lambda number: f"2001:db8:{number:x}::1", 100),
        (lambda number: f"192.0.2.{number}", 100),
    ],
)
def test_networks_are_limited_at_64_and_at_48_bits(network: Callable[[int], str], allowed: int) -> None:
    """An IPv6 visitor has at least 2⁶⁴ addresses, and may have 2¹⁶ such networks."""
    limits = RateLimits(lambda: 0.0)
    waits = [limits.wait(network_of(network(number))) for number in range(100)]
    assert waits.count(0) == allowed
    assert all(wait == 0 for wait in waits[:allowed])


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("a.n.n+news@googlemail.com", "ann@gmail.com"),
        ("a.n.n+news@example.org", "a.n.n@example.org"),
        ("+@example.org", "+@example.org"),
        ("ann@pm.me", "ann@proton.me"),
    ],
)
def test_addresses_of_one_mailbox_have_one_canonical_form(address: str, mailbox: str) -> None:
    """Dots and `+` are removed if the provider ignores them."""
    assert canonical_mailbox(address) == mailbox


@contextmanager
def recorded(pages: Pages) -> Iterator[list[str]]:
    """Record the statements that requests run."""
    statements: list[str] = []

    def record(_connection: object, statement: object, *_: object) -> None:
        statements.append(str(statement))

    event.listen(pages.context.database.engine, "before_execute", record)
    try:
        yield statements
    finally:
        event.remove(pages.context.database.engine, "before_execute", record)


@pytest.mark.parametrize("page", ["/subscribe", "/unsubscribe"])
def test_the_same_queries_run_for_every_address(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """For suppressed, known and unknown addresses, in the same order, with the same answer."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        with pages.context.database.write() as connection:
            for state in SubscriberState:
                add_subscriber(connection, subscriber(f"{state}@example.org", state))
            for reason in SuppressionReason:
                suppress(connection, f"{reason.name}@example.org".lower(), reason, 0)
            add_subscriber(connection, subscriber("complaint@example.org"))
        # Its statements must not be mixed with those of the requests.
        pages.context.mail_queue.close()
        post(pages, "first@example.com", page)
        answers, queries = set[tuple[int, str]](), dict[tuple[str, ...], list[str]]()
        reasons = [reason.name for reason in SuppressionReason]
        for name in [*(state.value for state in SubscriberState), *reasons, "unknown", "active", "unknown", "Active"]:
            with recorded(pages) as statements:
                answer = post(pages, f"{name}@example.org", page)
            answers.add((answer.status, answer.text))
            queries.setdefault(tuple(statements), []).append(name)
        assert len(answers) == 1
        assert len(queries) == 1, list(queries.values())
        assert any("INSERT INTO event" in statement for statement in next(iter(queries)))
        assert any("INSERT INTO transactional_mail" in statement for statement in next(iter(queries)))


@pytest.mark.parametrize("host", ["evil.example", "evil.example/x?y=", "evil.example:80"])
@pytest.mark.parametrize(
    "path", ["/preferences/x/", "/first", "//evil.example/first", "/first?a=b", "//preferences/x/"]
)
def test_the_host_header_is_never_echoed(tmp_path: Path, host: str, path: str) -> None:
    """Not in a redirect, whose target is on the same host, and not in a page."""
    archive = tmp_path / "site"
    for folder in (archive, archive / "first", archive / "evil.example/first"):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<h1>Home</h1>")
    with (
        served(tmp_path / "lens", archive=archive) as pages,
        socket.create_connection(("127.0.0.1", pages.port)) as one,
    ):
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: one.recv(65_536), b"")).decode()
    status, location = answer.split(" ")[1], answer.partition("location: ")[2].partition("\r")[0]
    assert f"//{host}" not in answer
    assert "evil.example:" not in answer
    assert status in ("307", "404", "400")
    if status == "307":
        assert location.startswith("/")
        assert not location.startswith("//")
        assert location == {"/preferences/x/": "/preferences/x", "/first": "/first/", "/first?a=b": "/first/?a=b"}.get(
            path, "/evil.example/first/"
        )
