"""Opens SMTP sessions: greeting, EHLO, TLS and authentication.

smtplib sends the commands. `smtp_replies` reads the replies, with limits on their time and size.
"""

import base64
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import Authentication, Security
from newsletter.transports.smtp_replies import MAX_BYTES, ProtocolError, Replies, Reply

_AUTHENTICATED, _CHALLENGE, _CLOSING = 235, 334, 421


@dataclass(frozen=True, slots=True)
class Credentials:
    """The login for a server.

    Attributes:
        password: Returns the password or the access token. It is called for each connection, because access tokens
            expire, for example after an hour.
    """

    username: str
    password: Callable[[], str]
    authentication: Authentication


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings of a session.

    Attributes:
        client: The client's name in EHLO.
        seconds: The timeout of each step.
    """

    host: str
    port: int
    security: Security
    context: ssl.SSLContext | None
    credentials: Credentials | None
    client: str
    seconds: float


class _Session(smtplib.SMTP):
    """smtplib's commands, with limits on the time and size of replies."""

    _replies: Replies | None = None

    def read_replies(self) -> Replies:
        """Return the parser of the socket's replies.

        STARTTLS replaces the socket, and with it the parser: bytes that arrived before TLS are dropped (RFC 3207, §6).
        """
        if not self.sock:
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        if not self._replies or self._replies.connection is not self.sock:
            self._replies = Replies(self.sock)
        return self._replies

    def getreply(self) -> tuple[int, bytes]:
        replies = self.read_replies()
        deadline = time.monotonic() + self.timeout
        late = False
        try:
            while (reply := replies.next_reply()) is None:
                if late:
                    raise TimeoutError
                left = deadline - time.monotonic()
                # Read once more after the deadline: the rest may have arrived while the process was suspended.
                late = left <= 0
                replies.connection.settimeout(max(left, 0))
                replies.feed(replies.connection.recv(MAX_BYTES))
        except (BlockingIOError, ssl.SSLWantReadError) as error:
            self.close()
            raise TimeoutError from error
        except (ProtocolError, OSError):
            self.close()
            raise
        replies.connection.settimeout(self.timeout)
        if reply.code == _CLOSING:
            self.close()
            raise smtplib.SMTPResponseException(reply.code, b"\n".join(reply.lines))
        return reply.code, b"\n".join(reply.lines)


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """A session with TLS from the first byte."""


def open_session(settings: SessionSettings) -> tuple[Replies, dict[str, str]]:
    """Connect to a server and authenticate.

    Returns:
        The parser of the connection's replies, and the extensions from EHLO, with names in lower case.

    Raises:
        TransportError: The connection failed. `temporary` is true if a retry may succeed.
    """
    name = f"{settings.host}:{settings.port}"
    try:
        session = _connect(settings)
        try:
            _start(session, settings)
            return session.read_replies(), session.esmtp_features
        except BaseException:
            session.close()
            raise
    except smtplib.SMTPResponseException as error:
        raise _rejected(name, error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise TransportError(
            f"{name} does not offer STARTTLS",
            "Set `security: tls` for port 465, or `security: none` for a server on this machine.",
        ) from error
    except ssl.SSLCertVerificationError as error:
        message = f"the certificate of {name} is not trusted: {error.verify_message}"
        raise TransportError(message, "Set `host` to the name in the certificate.") from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise _unreachable(name, error) from error
    except ssl.SSLError as error:
        raise TransportError(
            f"{name}: {failure_reason(error)}",
            "Set `security: tls` for port 465, or `security: starttls` for port 587.",
        ) from error
    except UnicodeError as error:
        raise TransportError(f"{settings.host!r} is not a valid host name", "Correct `host`.") from error
    except (smtplib.SMTPException, ProtocolError, OSError) as error:
        raise _unreachable(name, error) from error


def failure_reason(error: Exception) -> str:
    """Return in a few words why a connection failed."""
    if isinstance(error, TimeoutError):
        return "no reply in time"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)):
        return "the server closed the connection"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "no reply"


def _connect(settings: SessionSettings) -> _Session:
    names = (settings.host, settings.port, settings.client)
    if settings.security is Security.TLS:
        return _TlsSession(*names, timeout=settings.seconds, context=settings.context)
    return _Session(*names, timeout=settings.seconds)


def _start(session: _Session, settings: SessionSettings) -> None:
    session.ehlo_or_helo_if_needed()
    if settings.security is Security.STARTTLS:
        session.starttls(context=settings.context)
        session.ehlo_or_helo_if_needed()
    if settings.credentials:
        _authenticate(session, settings.credentials, f"{settings.host}:{settings.port}")


def _authenticate(session: _Session, credentials: Credentials, name: str) -> None:
    """Authenticate (RFC 4954) by one mechanism only: a second attempt could lock the account."""
    offered = session.esmtp_features.get("auth", "").upper().split()
    wanted = ["PLAIN", "LOGIN"] if credentials.authentication is Authentication.PASSWORD else ["XOAUTH2"]
    mechanism = next((mechanism for mechanism in wanted if mechanism in offered), None)
    if not mechanism:
        offers = f"it offers {', '.join(offered)}" if offered else "it offers no authentication"
        raise TransportError(
            f"{name} does not support authentication by {' or '.join(wanted)}: {offers}",
            "Change `authentication`, remove `username`, or ask the server's operator.",
        )
    user, password = credentials.username, credentials.password()
    if mechanism == "PLAIN":
        steps = ["AUTH PLAIN " + _base64(f"\0{user}\0{password}")]
    elif mechanism == "LOGIN":
        steps = ["AUTH LOGIN", _base64(user), _base64(password)]
    else:
        # A rejected token causes a challenge. The server sends its reply after an empty response.
        steps = ["AUTH XOAUTH2 " + _base64(f"user={user}\1auth=Bearer {password}\1\1"), ""]
    code, words = 0, b""
    for step in steps:
        code, words = session.docmd(step)
        if code != _CHALLENGE:
            break
    if code != _AUTHENTICATED:
        raise smtplib.SMTPAuthenticationError(code, words)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _rejected(name: str, error: smtplib.SMTPResponseException) -> TransportError:
    words = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    reply = Reply(error.smtp_code, tuple(words.split(b"\n")))
    text = " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
    temporary = 400 <= reply.code < 500
    if isinstance(error, smtplib.SMTPAuthenticationError):
        advice = "Try again later." if temporary else "Check `username` and the password in the environment."
        return TransportError(f"{name} rejects the username and password: {text}", advice, temporary=temporary)
    advice = "Try again later." if temporary else "Ask the server's operator."
    return TransportError(f"{name} rejects the connection: {text}", advice, temporary=temporary)


def _unreachable(name: str, error: Exception) -> TransportError:
    if isinstance(error, socket.gaierror):
        message = f"{name} cannot be found: {error.strerror}"
        advice = "Check `host` and the network connection."
        return TransportError(message, advice, temporary=error.errno == socket.EAI_AGAIN)
    advice = "Check `host`, `port` and `security`, and that the server is running."
    return TransportError(f"{name} cannot be reached: {failure_reason(error)}", advice, temporary=True)
