"""How a server lets us in, or does not: the error says why, and whether later may help."""

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
from tests.transports.samples import IMPATIENT, message, transport

LOGIN = ("ada", "Größe 7, \\slash")


def refusal(port: int, security: Security = Security.NONE, **settings: object) -> TransportError:
    """Why a server is not to be had."""
    with pytest.raises(TransportError) as caught:
        transport(port, security, patience=IMPATIENT, **settings).connect()  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password_is_shown_over_tls(tls: ssl.SSLContext, security: Security, mechanism: str) -> None:
    """PLAIN and LOGIN carry any password, in UTF-8, and messages follow over the same connection."""
    with mail_server(tls, over_tls=security is Security.TLS, login=LOGIN, mechanisms=(mechanism,)) as server:
        connection = transport(server.port, security, LOGIN).connect()
        large = message(content=b"Subject: Lenses\r\n\r\n" + b".x\r\n" * 100_000)
        assert connection.send(message()).verdict is Verdict.ACCEPTED
        assert connection.send(large).verdict is Verdict.ACCEPTED
        connection.close()
    assert server.received[1].content == large.content


def test_a_wrong_password_is_tried_once(tls: ssl.SSLContext) -> None:
    """The server's words are told, the password is not, and no second mechanism is tried with it."""
    with mail_server(tls, login=LOGIN) as server:
        error = refusal(server.port, Security.STARTTLS, login=("ada", "wr0ng-secret"))
    assert f"127.0.0.1:{server.port} does not accept our name and password: 535 5.7.8" in error.message
    assert "wr0ng-secret" not in error.message + error.advice
    assert not error.temporary
    assert sum(command.startswith("AUTH") for command in server.commands) == 1


def xoauth2(peer: Peer, *, accepted: bool) -> None:
    """A server that knows one token."""
    peer.open("AUTH LOGIN PLAIN XOAUTH2")
    word, mechanism, coded = peer.hear().split()
    assert (word.upper(), mechanism) == (b"AUTH", b"XOAUTH2")
    assert base64.b64decode(coded) == b"user=ada\x01auth=Bearer token\x01\x01"
    if accepted:
        peer.say(b"235 2.7.0 Accepted\r\n")
        assert peer.hear() == b"QUIT"
        peer.say(b"221 Bye\r\n")
    else:
        peer.say(b"334 " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        assert peer.hear() == b""
        peer.say(b"535-5.7.8 Username and token\r\n535 5.7.8 not accepted\r\n")


def test_an_access_token_is_shown_by_xoauth2() -> None:
    """Where the settings say so, and by nothing else."""
    with raw_server(lambda peer: xoauth2(peer, accepted=True)) as port:
        transport(port, login=("ada", "token"), authentication=Authentication.XOAUTH2).connect().close()


def test_a_refused_token_is_answered_in_words() -> None:
    """The refusal comes as a challenge, which is answered by an empty line to have the reply."""
    with raw_server(lambda peer: xoauth2(peer, accepted=False)) as port:
        error = refusal(port, login=("ada", "token"), authentication=Authentication.XOAUTH2)
    assert error.message.endswith("535 5.7.8 Username and token not accepted")
    assert not error.temporary


def says(*packets: bytes, wait: bool = False, extensions: tuple[str, ...] | None = None) -> Callable[[Peer], object]:
    """A server that says this first, or after EHLO."""

    def conversation(peer: Peer) -> None:
        if extensions is not None:
            peer.open(*extensions)
            peer.hear()
        peer.say(*packets)
        if wait:
            peer.wait()

    return conversation


@pytest.mark.parametrize(
    ("conversation", "words", "temporary"),
    [
        (says(), "cannot be reached: the server closed the connection", True),
        (says(wait=True), "cannot be reached: no answer in time", True),
        (says(b"2", b"2", b"0", b"-", wait=True), "cannot be reached: no answer in time", True),
        (says(b"421 4.3.2 Too many of you\r\n"), "does not let us in: 421 4.3.2 Too many of you", True),
        (says(b"450 Later\r\n"), "does not let us in: 450 Later", True),
        (says(b"554 5.7.1 Listed at\r\n"), "does not let us in: 554 5.7.1 Listed at", False),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "answered `SSH-2.0-OpenSSH_9.6`, which is no reply", True),
        (says(b"\x15\x03\x01\x00\x02\x02\x16\r\n"), "which is no reply", True),
        (says(b"220 raw\r\n"), "cannot be reached: the server closed the connection", True),
        (says(b"220 raw\r\n421 4.3.2 Closing\r\n", wait=True), "does not let us in: 421 4.3.2 Closing", True),
        (
            says(b"220 raw\r\n550 No\r\n550 5.7.1 Not you\r\n", wait=True),
            "does not let us in: 550 5.7.1 Not you",
            False,
        ),
    ],
)
def test_a_server_that_does_not_greet(conversation: Callable[[Peer], object], words: str, temporary: bool) -> None:
    """What it says is told; silence and what is no mail server's are told as that."""
    with raw_server(conversation) as port:
        error = refusal(port)
    assert error.message.startswith(f"127.0.0.1:{port} ")
    assert words in error.message
    assert error.temporary is temporary


def garbles(peer: Peer) -> None:
    """A server that says it would start TLS, and answers something else."""
    peer.open("STARTTLS")
    peer.hear()
    peer.say(b"220 Go on\r\n")
    peer.connection.recv(1)
    peer.say(b"no TLS" * 99)
    peer.wait()


@pytest.mark.parametrize(
    ("conversation", "words", "temporary"),
    [
        (says(extensions=("PIPELINING",)), "offers no STARTTLS, and nothing is sent in clear unless you say so", False),
        (says(b"454 4.7.0 Not now\r\n", extensions=("STARTTLS",)), "does not let us in: 454 4.7.0 Not now", True),
        (says(b"421 4.3.2 Closing\r\n", extensions=("STARTTLS",)), "does not let us in: 421 4.3.2 Closing", True),
        (says(b"220 Go on\r\nno TLS at all", extensions=("STARTTLS",), wait=True), "no answer in time", True),
        (garbles, ": TLS failed: ", False),
        (says(b"220 Go on\r\n", extensions=("STARTTLS",)), "reached: the server closed the connection", True),
    ],
)
def test_a_server_that_starts_no_tls(conversation: Callable[[Peer], object], words: str, temporary: bool) -> None:
    """Nothing goes on in clear."""
    with raw_server(conversation) as port:
        error = refusal(port, Security.STARTTLS)
    assert words in error.message
    assert error.temporary is temporary


def test_a_certificate_must_be_of_an_authority_and_for_the_host(tls: ssl.SSLContext) -> None:
    """One for another name is refused, and so is one of an authority that nobody knows."""
    with mail_server(tls) as server:
        named = refusal(server.port, Security.STARTTLS, host="localhost")
    assert "shows a certificate that cannot be trusted: Hostname mismatch" in named.message
    unknown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(unknown)
    with mail_server(unknown) as server:
        strange = refusal(server.port, Security.STARTTLS)
    assert "shows a certificate that cannot be trusted: unable to get local issuer" in strange.message
    assert not named.temporary
    assert not strange.temporary


def test_tls_to_a_port_without_it_says_which_port_is_which() -> None:
    """A greeting in clear is no TLS."""
    with mail_server() as server:
        error = refusal(server.port, Security.TLS)
    assert ": TLS failed: " in error.message
    assert "465 is `tls`, 587 `starttls`" in error.advice


def test_what_was_said_before_tls_counts_for_nothing(tls: ssl.SSLContext) -> None:
    """Extensions, and replies that somebody put into the packet before TLS, are thrown away (RFC 3207, §6)."""
    heard: list[bytes] = []

    def conversation(peer: Peer) -> None:
        peer.open("STARTTLS", "PIPELINING", "SIZE 10")
        peer.start_tls(tls, before=b"250-evil\r\n250-SIZE 10\r\n250 PIPELINING\r\n250 2.0.0 Taken\r\n")
        peer.extensions()
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 Go on\r\n"):
            heard.append(peer.hear())
            peer.say(answer)
        peer.content()
        peer.say(b"452 4.3.1 Full\r\n")

    with raw_server(conversation) as port:
        connection = transport(port, Security.STARTTLS).connect()
        answer = connection.send(message())
        connection.close()
    assert (answer.verdict, answer.code) == (Verdict.DEFERRED, 452)
    assert heard[0] == b"MAIL FROM:<bounces@example.org>"


@pytest.mark.parametrize(
    ("extensions", "authentication", "words"),
    [
        ((), Authentication.PASSWORD, "by PLAIN or LOGIN: it offers no authentication"),
        (("AUTH CRAM-MD5 GSSAPI",), Authentication.PASSWORD, "by PLAIN or LOGIN: it offers CRAM-MD5, GSSAPI"),
        (("AUTH PLAIN LOGIN",), Authentication.XOAUTH2, "by XOAUTH2: it offers PLAIN, LOGIN"),
    ],
)
def test_a_server_without_our_authentication(
    extensions: tuple[str, ...], authentication: Authentication, words: str
) -> None:
    """It is told what it offers, and is shown no password."""

    def conversation(peer: Peer) -> None:
        peer.open(*extensions)
        assert peer.wait() == b""

    with raw_server(conversation) as port:
        error = refusal(port, login=LOGIN, authentication=authentication)
    assert words in error.message
    assert not error.temporary


def test_authentication_that_fails_for_now_is_temporary() -> None:
    """454 says nothing of the password."""

    def conversation(peer: Peer) -> None:
        peer.open("AUTH PLAIN")
        peer.hear()
        peer.say(b"454 4.7.0 Temporary authentication failure\r\n")
        peer.wait()

    with raw_server(conversation) as port:
        error = refusal(port, login=LOGIN)
    assert error.message.endswith("454 4.7.0 Temporary authentication failure")
    assert error.temporary


def test_a_port_that_nobody_listens_at() -> None:
    """It is named, and later may help."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refusal(port)
    assert error.message == f"127.0.0.1:{port} cannot be reached: Connection refused"
    assert error.temporary


def test_a_name_that_no_host_can_have() -> None:
    """It is told, and later will not help."""
    error = refusal(25, host="mail..example.org")
    assert error.message == "'mail..example.org' cannot be a host's name"
    assert not error.temporary
