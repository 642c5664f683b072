"""A real mail server on loopback. The local part of an address selects a fault.

- `mail-552` in the envelope sender: MAIL gets a 552 reply.
- `rcpt-450`, `data-451` and `end-554` in the recipient: RCPT, DATA and the end of the data get that reply.
- `mid-drop` and `end-drop`: the server closes the connection before or after the end of the data.
- `grey`: the first attempt is deferred.

After a 421 reply the server closes the connection.
"""

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_MARKER = re.compile(r"(mail|rcpt|data|end)-(\d{3})\b")
_WORDS = {"4": "4.3.0 Not now", "5": "5.7.1 Not here"}


@dataclass(frozen=True)
class Received:
    """A message that the server accepted."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...]


@dataclass
class MailServer:
    """A server, the messages that it accepted, and the commands that it received."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    sessions: int = 0
    pipelining: bool = True
    size: int | None = None
    eight_bit: bool = True
    utf8: bool = True
    login: tuple[str, str] | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    _known: set[str] = field(default_factory=set)

    async def handle_EHLO(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Reply with the extensions."""
        session.host_name = hostname
        kept = [line for line in responses[:-1] if self.eight_bit or "8BITMIME" not in line]
        kept = [line for line in kept if "AUTH" not in line or self.login]
        kept = [f"250-AUTH {' '.join(self.mechanisms)}" if "AUTH" in line else line for line in kept]
        return [*kept, *["250-PIPELINING"] * self.pipelining, "250 HELP"]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept or reject the envelope sender."""
        if fault := _fault("mail", address):
            return fault
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 Go on"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept or reject the recipient."""
        if fault := _fault("rcpt", address):
            return fault
        if address.startswith("grey") and address not in self._known:
            self._known.add(address)
            return "450 4.7.1 Greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Go on"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept or reject the message."""
        recipient = envelope.rcpt_tos[0]
        if fault := _fault("end", recipient):
            return fault
        content = envelope.original_content or b""
        self.received.append(Received(envelope.mail_from or "", recipient, content, tuple(envelope.mail_options)))
        if recipient.startswith("end-drop"):
            raise ConnectionResetError
        return f"250 2.0.0 Queued as {len(self.received)}"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        """Check the username and password."""
        assert isinstance(given, LoginPassword)
        known = (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=known, handled=False)

    def protocol(self, tls: ssl.SSLContext | None, over_tls: bool) -> SMTP:
        """Return the protocol of one session."""
        self.sessions += 1
        return _Session(
            self,
            data_size_limit=self.size,
            enable_SMTPUTF8=self.utf8,
            hostname="server.example",
            tls_context=tls,
            auth_require_tls=bool(tls) and not over_tls,
            authenticator=self.authenticate,
            loop=asyncio.get_running_loop(),
        )


class _Session(SMTP):
    """A session that closes the connection if the fault requires it."""

    async def push(self, status: Any) -> None:
        text = status if isinstance(status, str) else status.decode()
        await super().push(status)
        if text.startswith("421"):
            self._close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        recipient = self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""
        if fault := _fault("data", recipient):
            await self.push(fault)
            return
        if recipient.startswith("mid-drop"):
            await self.push("354 Go on")
            await self._reader.readexactly(1)
            self._close()
            return
        await super().smtp_DATA(arg)

    async def _call_handler_hook(self, command: str, *arguments: Any) -> Any:
        self.event_handler.commands.append(" ".join((command, *map(str, arguments[:1]))))
        return await super()._call_handler_hook(command, *arguments)

    def _close(self) -> None:
        assert self.transport
        self.transport.close()


def _fault(stage: str, address: str) -> str | None:
    found = _MARKER.match(address)
    if not found or found[1] != stage:
        return None
    return f"{found[2]} {_WORDS[found[2][0]]}"


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, over_tls: bool = False, **settings: Any) -> Iterator[MailServer]:
    """Run a server until the block ends.

    Args:
        tls: The TLS context; None for a server without TLS.
        over_tls: Whether TLS starts with the first byte, instead of with STARTTLS.
        settings: The attributes of the `MailServer`.
    """
    server = MailServer(**settings)
    loop = asyncio.new_event_loop()

    async def listen() -> asyncio.Server:
        return await loop.create_server(
            lambda: server.protocol(None if over_tls else tls, over_tls),
            "127.0.0.1",
            0,
            ssl=tls if over_tls else None,
            backlog=200,
        )

    listening = loop.run_until_complete(listen())
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:

        async def stop() -> None:
            listening.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
