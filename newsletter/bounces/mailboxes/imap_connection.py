"""imaplib's connections, with limits on the time and the size of a server's answers."""

import imaplib
import time

from newsletter.bounces.parse import LIMIT

# Seconds for one read, and for the whole answer to a command.
READ_SECONDS, ANSWER_SECONDS = 30.0, 300.0
# The most bytes of a literal: a message, of which no more is requested. And of the whole answer to a command.
MAX_LITERAL, MAX_ANSWER = LIMIT, 8 * LIMIT
_CHUNK = 65_536


class ImapConnection(imaplib.IMAP4):
    """A connection without TLS, or with STARTTLS.

    It reads from the socket itself: imaplib allocates any literal, and a drip of bytes could last for ever.

    Attributes:
        exceeded: Whether an answer was too long or too slow. The rest of it is on its way, so the connection is no
            longer usable. (imaplib replaces the exception with one of its own.)
    """

    exceeded = False
    _received = b""
    _source: object = None
    _left = MAX_ANSWER
    _deadline = 0.0

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect, and start the time of the greeting."""
        self._begin_answer()
        super().open(host, port, timeout)

    def send(self, data: bytes) -> None:  # type: ignore[override] # typeshed: a positional argument
        """Send a command, and start the time of its answer."""
        self._begin_answer()
        super().send(data)

    def read(self, size: int) -> bytes:
        """Read a literal of `size` bytes."""
        if size > MAX_LITERAL:
            raise self._exceed(f"the server announced {size:,} bytes, more than the {MAX_LITERAL:,} requested")
        parts, missing = [], size
        while missing:
            part = self._take(missing)
            if not part:
                raise self.abort("the server closed the connection")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self) -> bytes:
        """Read a line."""
        parts: list[bytes] = []
        while not parts or (parts[-1] and not parts[-1].endswith(b"\n")):
            parts.append(self._take(None))
        return b"".join(parts)

    def _exceed(self, reason: str) -> imaplib.IMAP4.abort:
        self.exceeded = True
        return self.abort(reason)

    def _begin_answer(self) -> None:
        self._left, self._deadline = MAX_ANSWER, time.monotonic() + ANSWER_SECONDS

    def _take(self, most: int | None) -> bytes:
        """Return up to `most` received bytes, or up to the end of a line; b"" at the end of the connection."""
        if self._source is not self.sock:
            # STARTTLS has replaced the socket. Bytes that arrived before TLS are dropped.
            self._source, self._received = self.sock, b""
        if not self._received:
            self._received = self._receive()
            self._left -= len(self._received)
            if self._left < 0:
                raise self._exceed(f"the server sent an answer of more than {MAX_ANSWER:,} bytes")
        end = self._received.find(b"\n") + 1 if most is None else most
        taken, self._received = self._received[: end or None], self._received[end:] if end else b""
        return taken

    def _receive(self) -> bytes:
        seconds = self._deadline - time.monotonic()
        try:
            if seconds > 0:
                self.sock.settimeout(min(READ_SECONDS, seconds))
                return self.sock.recv(_CHUNK)
        except TimeoutError:
            if time.monotonic() < self._deadline:
                raise
        raise self._exceed(f"the server took more than {ANSWER_SECONDS:.0f} seconds for an answer")


class ImapTlsConnection(ImapConnection, imaplib.IMAP4_SSL):  # type: ignore[misc] # `open` differs in a default value
    """A connection with TLS from the first byte."""
