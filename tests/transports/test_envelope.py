"""The SMTP commands for an envelope, and messages that are rejected before anything is written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.transports.base import Answer, Outgoing, Stage, Verdict
from newsletter.transports.envelope import Envelope, envelope_for
from tests.transports.mail_server import mail_server
from tests.transports.samples import CONTENT, message, transport

ALL = {"size": "", "8bitmime": "", "smtputf8": "", "pipelining": ""}
ANYTHING = st.characters(exclude_categories=())
WORDS = st.text(ANYTHING, max_size=20)
ADDRESSES = st.text(ANYTHING, max_size=330) | st.builds("{}@{}".format, WORDS, WORDS)


@given(ADDRESSES, ADDRESSES)
def test_no_address_can_add_a_command_or_a_parameter(sender: str, recipient: str) -> None:
    """Any two addresses give two one-line commands with one address each, or a rejection."""
    envelope = envelope_for(Outgoing(sender, recipient, CONTENT), ALL)
    if isinstance(envelope, Answer):
        assert (envelope.verdict, envelope.code) == (Verdict.REFUSED, 0)
        return
    assert re.fullmatch(rb"MAIL FROM:<[^\x00-\x20<>\x7f]*>( SMTPUTF8)? SIZE=\d+\r\n", envelope.mail)
    assert re.fullmatch(rb"RCPT TO:<[^\x00-\x20<>\x7f]+>\r\n", envelope.recipient)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nRCPT TO:<b@example.com>",
        "a@example.com>\nDATA",
        "a@example.com> NOTIFY=NEVER",
        "a\x00@example.com",
        "a\x85@example.com",
        "",
        "a" * 400 + "@example.com",
        "a@ex\u3000ample..com",
    ],
)
def test_an_invalid_address_is_rejected_before_anything_is_written(address: str) -> None:
    """The server receives nothing, and the connection stays usable."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        answer = connection.send(message(address))
        assert (answer.verdict, answer.stage, answer.code, answer.enhanced) == (
            Verdict.REFUSED,
            Stage.RCPT,
            0,
            "5.1.3",
        )
        if address:
            assert connection.send(message(sender=address)).enhanced in ("5.1.7", "5.1.3")
        assert connection.send(message()).verdict is Verdict.ACCEPTED
        connection.close()
    assert [command.split()[0] for command in server.commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_an_internationalized_local_part_needs_smtputf8() -> None:
    """The server must support SMTPUTF8 (RFC 6531). A domain is converted to ASCII and does not need it."""
    with mail_server() as server:
        connection = transport(server.port).connect()
        assert connection.send(message("jürgen@例え.jp")).verdict is Verdict.ACCEPTED
        assert connection.send(message("ada@Bücher.example")).verdict is Verdict.ACCEPTED
        connection.close()
    assert [(one.recipient, "SMTPUTF8" in one.options) for one in server.received] == [
        ("jürgen@xn--r8jz45g.jp", True),
        ("ada@xn--bcher-kva.example", False),
    ]
    with mail_server(utf8=False) as server:
        connection = transport(server.port).connect()
        rejected = connection.send(message("jürgen@example.jp"))
        assert connection.send(message("ada@bücher.example")).verdict is Verdict.ACCEPTED
        connection.close()
    assert (rejected.verdict, rejected.stage, rejected.enhanced) == (Verdict.REFUSED, Stage.RCPT, "5.6.7")


def test_8_bit_content_needs_8bitmime() -> None:
    """The server must support 8BITMIME (RFC 6152). ASCII content is sent to every server."""
    eight = message(content=b"Subject: x\r\n\r\n\xc3\xbc\r\n")
    with mail_server() as server:
        connection = transport(server.port).connect()
        assert connection.send(eight).verdict is Verdict.ACCEPTED
        connection.close()
    assert server.received[0].options == ("BODY=8BITMIME",)
    with mail_server(eight_bit=False) as server:
        connection = transport(server.port).connect()
        assert connection.send(message()).verdict is Verdict.ACCEPTED
        rejected = connection.send(eight)
        connection.close()
    assert (rejected.verdict, rejected.enhanced) == (Verdict.REFUSED, "5.6.3")


def test_a_message_that_is_too_large_is_not_sent() -> None:
    """The server's SIZE limit (RFC 1870) does not count the dots that SMTP adds."""
    with mail_server(size=len(CONTENT)) as server:
        connection = transport(server.port).connect()
        large = connection.send(message(content=CONTENT + b"x\r\n"))
        assert connection.send(message(content=CONTENT.replace(b".", b"-"))).verdict is Verdict.ACCEPTED
        connection.close()
    assert (large.verdict, large.stage, large.enhanced) == (Verdict.REFUSED, Stage.MAIL, "5.3.4")
    assert server.received[0].options == (f"SIZE={len(CONTENT)}",)


def test_a_server_without_extensions_gets_no_parameters() -> None:
    """The commands end after the address."""
    assert envelope_for(message(), {}) == Envelope(
        b"MAIL FROM:<bounces@example.org>\r\n", b"RCPT TO:<ada@example.com>\r\n"
    )
