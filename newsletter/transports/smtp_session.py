"""How a connection to a mail server begins: greeting, EHLO, TLS, authentication. smtplib's, with replies read by us."""

import base64
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import Authentication, Security
from newsletter.transports.smtp_replies import MAX_BYTES, BrokenError, Replies, Reply

_AUTHENTICATED, _CHALLENGE, _CLOSING = 235, 334, 421


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are. The password, or the access token, is asked for at each connection: a token lives an hour."""

    username: str
    password: Callable[[], str]
    authentication: Authentication


@dataclass(frozen=True, slots=True)
class Opening:
    """What it takes to be let in: `seconds` are those that each step may take, `client` is our name in EHLO."""

    host: str
    port: int
    security: Security
    context: ssl.SSLContext | None
    credentials: Credentials | None
    client: str
    seconds: float


class _Session(smtplib.SMTP):
    """smtplib's commands over replies with a bound on their time and size."""

    _replies: Replies | None = None

    def read_replies(self) -> Replies:
        """The replies of the socket.

        STARTTLS has another one: what came in clear and too early is thrown away with the first (RFC 3207, §6).
        """
        if not self.sock:
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        if not self._replies or self._replies.connection is not self.sock:
            self._replies = Replies(self.sock)
        return self._replies

    def getreply(self) -> tuple[int, bytes]:
        replies = self.read_replies()
        deadline = time.monotonic() + self.timeout
        try:
            while (reply := replies.take()) is None:
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError
                replies.connection.settimeout(left)
                replies.feed(replies.connection.recv(MAX_BYTES))
        except (BrokenError, OSError):
            self.close()
            raise
        replies.connection.settimeout(self.timeout)
        if reply.code == _CLOSING:
            self.close()
            raise smtplib.SMTPResponseException(reply.code, b"\n".join(reply.lines))
        return reply.code, b"\n".join(reply.lines)


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def open_session(opening: Opening) -> tuple[Replies, dict[str, str]]:
    """Connect, and be let in: the replies of the open connection, and the extensions that EHLO named, in lower case.

    Raises:
        TransportError: there is no connection to be had; `temporary` says whether later may help.
    """
    name = f"{opening.host}:{opening.port}"
    try:
        session = _connected(opening)
        try:
            _let_in(session, opening)
            return session.read_replies(), session.esmtp_features
        except BaseException:
            session.close()
            raise
    except smtplib.SMTPResponseException as error:
        raise _refused(name, error) from error
    except smtplib.SMTPNotSupportedError as error:
        message = f"{name} offers no STARTTLS, and nothing is sent in clear unless you say so"
        raise TransportError(
            message, "Write `security: tls` for port 465, or `none` for a server on this machine."
        ) from error
    except ssl.SSLCertVerificationError as error:
        message = f"{name} shows a certificate that cannot be trusted: {error.verify_message}"
        raise TransportError(message, "Write the host's name as its certificate has it.") from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise _unreachable(name, error) from error
    except ssl.SSLError as error:
        raise TransportError(
            f"{name}: {reason(error)}", "Is `security` the right one for this port? 465 is `tls`, 587 `starttls`."
        ) from error
    except UnicodeError as error:
        raise TransportError(f"{opening.host!r} cannot be a host's name", "Check `host`.") from error
    except (smtplib.SMTPException, BrokenError, OSError) as error:
        raise _unreachable(name, error) from error


def reason(error: Exception) -> str:
    """Why a connection failed, in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)):
        return "the server closed the connection"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "no answer"


def _connected(opening: Opening) -> _Session:
    place = (opening.host, opening.port, opening.client)
    if opening.security is Security.TLS:
        return _TlsSession(*place, timeout=opening.seconds, context=opening.context)
    return _Session(*place, timeout=opening.seconds)


def _let_in(session: _Session, opening: Opening) -> None:
    session.ehlo_or_helo_if_needed()
    if opening.security is Security.STARTTLS:
        session.starttls(context=opening.context)
        session.ehlo_or_helo_if_needed()
    if opening.credentials:
        _authenticate(session, opening.credentials, f"{opening.host}:{opening.port}")


def _authenticate(session: _Session, credentials: Credentials, name: str) -> None:
    """AUTH (RFC 4954) by one mechanism: a second try with the same password could lock the account."""
    offered = session.esmtp_features.get("auth", "").upper().split()
    wanted = ["PLAIN", "LOGIN"] if credentials.authentication is Authentication.PASSWORD else ["XOAUTH2"]
    mechanism = next((mechanism for mechanism in wanted if mechanism in offered), None)
    if not mechanism:
        offers = f"it offers {', '.join(offered)}" if offered else "it offers no authentication"
        raise TransportError(
            f"{name} does not authenticate by {' or '.join(wanted)}: {offers}",
            "Set `authentication`, take `username` out, or ask whose server it is.",
        )
    user, password = credentials.username, credentials.password()
    if mechanism == "PLAIN":
        steps = ["AUTH PLAIN " + _coded(f"\0{user}\0{password}")]
    elif mechanism == "LOGIN":
        steps = ["AUTH LOGIN", _coded(user), _coded(password)]
    else:
        # A refusal comes as a challenge, which an empty answer turns into a reply.
        steps = ["AUTH XOAUTH2 " + _coded(f"user={user}\1auth=Bearer {password}\1\1"), ""]
    code, words = 0, b""
    for step in steps:
        code, words = session.docmd(step)
        if code != _CHALLENGE:
            break
    if code != _AUTHENTICATED:
        raise smtplib.SMTPAuthenticationError(code, words)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _refused(name: str, error: smtplib.SMTPResponseException) -> TransportError:
    words = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    reply = Reply(error.smtp_code, tuple(words.split(b"\n")))
    said = " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
    temporary = 400 <= reply.code < 500
    if isinstance(error, smtplib.SMTPAuthenticationError):
        advice = "Try again later." if temporary else "Check `username`, and the password in the environment."
        return TransportError(f"{name} does not accept our name and password: {said}", advice, temporary=temporary)
    advice = "Try again later." if temporary else "Ask whose server it is."
    return TransportError(f"{name} does not let us in: {said}", advice, temporary=temporary)


def _unreachable(name: str, error: Exception) -> TransportError:
    if isinstance(error, socket.gaierror):
        message = f"{name} cannot be found: {error.strerror}"
        return TransportError(message, "Check `host`, and the network.", temporary=error.errno == socket.EAI_AGAIN)
    advice = "Check `host`, `port` and `security`, and whether the server runs."
    return TransportError(f"{name} cannot be reached: {reason(error)}", advice, temporary=True)
