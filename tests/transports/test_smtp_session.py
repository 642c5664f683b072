"""Opening SMTP sessions: errors say why a connection failed, and whether a retry may succeed."""

import base64
import socket
import ssl
from collections.abc import Callable

import pytest
import trustme

from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import Authentication, Security
from newsletter.transports.base import Verdict
from tests.transports.mail_server import mail_server
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import SHORT_TIMEOUTS, message, transport

LOGIN = ("ada", "Größe 7, \\slash")


def connect_error(port: int, security: Security = Security.NONE, **settings: object) -> TransportError:
    """Return the error of connecting to a server."""
    with pytest.raises(TransportError) as caught:
        transport(port, security, timeouts=SHORT_TIMEOUTS, **settings).connect()  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password_is_sent_over_tls(tls: ssl.SSLContext, security: Security, mechanism: str) -> None:
    """PLAIN and LOGIN send any password in UTF-8, and messages follow over the same connection."""
    with mail_server(tls, over_tls=security is Security.TLS, login=LOGIN, mechanisms=(mechanism,)) as server:
        connection = transport(server.port, security, LOGIN).connect()
        large = message(content=b"Subject: Lenses\r\n\r\n" + b".x\r\n" * 100_000)
        assert connection.send(message()).verdict is Verdict.ACCEPTED
        assert connection.send(large).verdict is Verdict.ACCEPTED
        connection.close()
    assert server.received[1].content == large.content


def test_a_wrong_password_is_tried_once(tls: ssl.SSLContext) -> None:
    """The error contains the server's reply and not the password, and no second mechanism is tried."""
    with mail_server(tls, login=LOGIN) as server:
        error = connect_error(server.port, Security.STARTTLS, login=("ada", "wr0ng-secret"))
    assert f"127.0.0.1:{server.port} rejects the username and password: 535 5.7.8" in error.message
    assert "wr0ng-secret" not in error.message + error.advice
    assert not error.temporary
    assert sum(command.startswith("AUTH") for command in server.commands) == 1


def xoauth2(peer: Peer, *, accepted: bool) -> None:
    """Accept one access token, or reject it."""
    peer.greet("AUTH LOGIN PLAIN XOAUTH2")
    word, mechanism, coded = peer.read().split()
    assert (word.upper(), mechanism) == (b"AUTH", b"XOAUTH2")
    assert base64.b64decode(coded) == b"user=ada\x01auth=Bearer token\x01\x01"
    if accepted:
        peer.send(b"235 2.7.0 Accepted\r\n")
        assert peer.read() == b"QUIT"
        peer.send(b"221 Bye\r\n")
    else:
        peer.send(b"334 " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        assert peer.read() == b""
        peer.send(b"535-5.7.8 Username and token\r\n535 5.7.8 not accepted\r\n")


def test_an_access_token_is_sent_by_xoauth2() -> None:
    """The setting `authentication` selects XOAUTH2."""
    with raw_server(lambda peer: xoauth2(peer, accepted=True)) as port:
        transport(port, login=("ada", "token"), authentication=Authentication.XOAUTH2).connect().close()


def test_the_error_of_a_rejected_token_contains_the_reply() -> None:
    """The server sends a challenge first, and its reply after an empty response."""
    with raw_server(lambda peer: xoauth2(peer, accepted=False)) as port:
        error = connect_error(port, login=("ada", "token"), authentication=Authentication.XOAUTH2)
    assert error.message.endswith("535 5.7.8 Username and token not accepted")
    assert not error.temporary


def sends(*packets: bytes, wait: bool = False, extensions: tuple[str, ...] | None = None) -> Callable[[Peer], object]:
    """Return a server that sends packets instead of a greeting, or after EHLO if there are extensions."""

    def conversation(peer: Peer) -> None:
        if extensions is not None:
            peer.greet(*extensions)
            peer.read()
        peer.send(*packets)
        if wait:
            peer.read_all()

    return conversation


@pytest.mark.parametrize(
    ("conversation", "words", "temporary"),
    [
        (sends(), "cannot be reached: the server closed the connection", True),
        (sends(wait=True), "cannot be reached: no reply in time", True),
        (sends(b"2", b"2", b"0", b"-", wait=True), "cannot be reached: no reply in time", True),
        (sends(b"421 4.3.2 Too many of you\r\n"), "rejects the connection: 421 4.3.2 Too many of you", True),
        (sends(b"450 Later\r\n"), "rejects the connection: 450 Later", True),
        (sends(b"554 5.7.1 Listed at\r\n"), "rejects the connection: 554 5.7.1 Listed at", False),
        (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "sent `SSH-2.0-OpenSSH_9.6`, which is not an SMTP reply", True),
        (sends(b"\x15\x03\x01\x00\x02\x02\x16\r\n"), "which is not an SMTP reply", True),
        (sends(b"220 raw\r\n"), "cannot be reached: the server closed the connection", True),
        (sends(b"220 raw\r\n421 4.3.2 Closing\r\n", wait=True), "rejects the connection: 421 4.3.2 Closing", True),
        (
            sends(b"220 raw\r\n550 No\r\n550 5.7.1 Not you\r\n", wait=True),
            "rejects the connection: 550 5.7.1 Not you",
            False,
        ),
    ],
)
def test_a_server_without_a_greeting(conversation: Callable[[Peer], object], words: str, temporary: bool) -> None:
    """The error says what the server sent, or that it sent nothing."""
    with raw_server(conversation) as port:
        error = connect_error(port)
    assert error.message.startswith(f"127.0.0.1:{port} ")
    assert words in error.message
    assert error.temporary is temporary


def break_tls(peer: Peer) -> None:
    """Accept STARTTLS, and send something other than TLS."""
    peer.greet("STARTTLS")
    peer.read()
    peer.send(b"220 Go on\r\n")
    peer.connection.recv(1)
    peer.send(b"no TLS" * 99)
    peer.read_all()


@pytest.mark.parametrize(
    ("conversation", "words", "temporary"),
    [
        (sends(extensions=("PIPELINING",)), "does not offer STARTTLS", False),
        (sends(b"454 4.7.0 Not now\r\n", extensions=("STARTTLS",)), "rejects the connection: 454 4.7.0 Not now", True),
        (sends(b"421 4.3.2 Closing\r\n", extensions=("STARTTLS",)), "rejects the connection: 421 4.3.2 Closing", True),
        (sends(b"220 Go on\r\nno TLS at all", extensions=("STARTTLS",), wait=True), "no reply in time", True),
        (break_tls, ": TLS failed: ", False),
        (sends(b"220 Go on\r\n", extensions=("STARTTLS",)), "reached: the server closed the connection", True),
    ],
)
def test_a_server_that_does_not_start_tls(conversation: Callable[[Peer], object], words: str, temporary: bool) -> None:
    """The connection fails; it does not continue unencrypted."""
    with raw_server(conversation) as port:
        error = connect_error(port, Security.STARTTLS)
    assert words in error.message
    assert error.temporary is temporary


def test_a_certificate_must_be_trusted_and_match_the_host(tls: ssl.SSLContext) -> None:
    """A certificate for another name is an error, and so is one of an unknown authority."""
    with mail_server(tls) as server:
        mismatch = connect_error(server.port, Security.STARTTLS, host="localhost")
    assert "the certificate of localhost:" in mismatch.message
    assert " is not trusted: Hostname mismatch" in mismatch.message
    unknown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(unknown)
    with mail_server(unknown) as server:
        untrusted = connect_error(server.port, Security.STARTTLS)
    assert "the certificate of 127.0.0.1:" in untrusted.message
    assert " is not trusted: unable to get local issuer" in untrusted.message
    assert not mismatch.temporary
    assert not untrusted.temporary


def test_the_error_of_tls_to_a_port_without_tls_names_the_usual_ports() -> None:
    """The server sends an unencrypted greeting."""
    with mail_server() as server:
        error = connect_error(server.port, Security.TLS)
    assert ": TLS failed: " in error.message
    assert error.advice == "Set `security: tls` for port 465, or `security: starttls` for port 587."


def test_bytes_before_tls_are_ignored(tls: ssl.SSLContext) -> None:
    """Extensions and replies that were injected into the packet before TLS are dropped (RFC 3207, §6)."""
    commands: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.greet("STARTTLS", "PIPELINING", "SIZE 10")
        peer.start_tls(tls, before=b"250-evil\r\n250-SIZE 10\r\n250 PIPELINING\r\n250 2.0.0 Queued\r\n")
        peer.reply_to_ehlo()
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 Go on\r\n"):
            commands.append(peer.read())
            peer.send(answer)
        peer.read_content()
        peer.send(b"452 4.3.1 Full\r\n")

    with raw_server(conversation) as port:
        connection = transport(port, Security.STARTTLS).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.code) == (Verdict.DEFERRED, 452)
    assert commands[0] == b"MAIL FROM:<bounces@example.org>"


@pytest.mark.parametrize(
    ("extensions", "authentication", "words"),
    [
        ((), Authentication.PASSWORD, "by PLAIN or LOGIN: it offers no authentication"),
        (("AUTH CRAM-MD5 GSSAPI",), Authentication.PASSWORD, "by PLAIN or LOGIN: it offers CRAM-MD5, GSSAPI"),
        (("AUTH PLAIN LOGIN",), Authentication.XOAUTH2, "by XOAUTH2: it offers PLAIN, LOGIN"),
    ],
)
def test_a_server_without_the_required_authentication(
    extensions: tuple[str, ...], authentication: Authentication, words: str
) -> None:
    """The error lists the mechanisms that the server offers, and no password is sent."""

    def conversation(peer: Peer) -> None:
        peer.greet(*extensions)
        assert peer.read_all() == b""

    with raw_server(conversation) as port:
        error = connect_error(port, login=LOGIN, authentication=authentication)
    assert words in error.message
    assert not error.temporary


def test_a_454_reply_to_authentication_is_temporary() -> None:
    """It does not mean that the password is wrong."""

    def conversation(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.read()
        peer.send(b"454 4.7.0 Temporary authentication failure\r\n")
        peer.read_all()

    with raw_server(conversation) as port:
        error = connect_error(port, login=LOGIN)
    assert error.message.endswith("454 4.7.0 Temporary authentication failure")
    assert error.temporary


def test_a_refused_connection_is_temporary() -> None:
    """The error names the host and the port."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = connect_error(port)
    assert error.message == f"127.0.0.1:{port} cannot be reached: Connection refused"
    assert error.temporary


def test_an_invalid_host_name_is_not_temporary() -> None:
    """The error contains the name."""
    error = connect_error(25, host="mail..example.org")
    assert error.message == "'mail..example.org' is not a valid host name"
    assert not error.temporary
