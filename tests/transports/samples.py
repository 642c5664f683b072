"""Sample messages and transports."""

from newsletter.publication.delivery_settings import Authentication, Security, SmtpServer
from newsletter.transports.base import Outgoing
from newsletter.transports.smtp import SmtpTransport, Timeouts
from newsletter.transports.smtp_session import Credentials

CONTENT = (
    b"From: News <news@example.org>\r\nTo: ada@example.com\r\nSubject: Lenses\r\n\r\n.\r\n..\r\nWords.\r\n.end\r\n"
)
LARGE = b"Subject: Lenses\r\n\r\n" + (b"x" * 74 + b"\r\n") * 110_000
LONG_TIMEOUTS = Timeouts(connect=10, command=10, content=10, end=10, quit=2)
SHORT_TIMEOUTS = Timeouts(connect=0.2, command=0.2, content=0.2, end=0.2, quit=0.2)


def message(
    recipient: str = "ada@example.com", sender: str = "bounces@example.org", content: bytes = CONTENT
) -> Outgoing:
    """Return a message in which some lines begin with dots."""
    return Outgoing(sender, recipient, content)


def transport(
    port: int,
    security: Security = Security.NONE,
    login: tuple[str, str] | None = None,
    *,
    authentication: Authentication = Authentication.PASSWORD,
    messages: int = 500,
    host: str = "127.0.0.1",
    timeouts: Timeouts = LONG_TIMEOUTS,
) -> SmtpTransport:
    """Return a transport to a server on this machine."""
    server = SmtpServer(host=host, port=port, security=security, messages=messages)
    credentials = Credentials(login[0], lambda: login[1], authentication) if login else None
    return SmtpTransport(server, credentials, timeouts)
