"""Parses the replies of a mail server, which have one or more lines and can arrive in several packets."""

import re
import socket
from dataclasses import dataclass

# The most bytes of one reply. Real replies have a few hundred.
MAX_BYTES = 16_384
MAX_TEXT = 500
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNPRINTABLE = re.compile("[\\s\x00-\x1f\x7f-\x9f]+")


class ProtocolError(Exception):
    """The server sent something that is not a reply, or a reply that is not allowed here. Close the connection."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply (RFC 5321, §4.2): the code, and the lines without the code."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 2034, RFC 3463); empty if there is none or its class differs from the code."""
        found = _ENHANCED.match(self.lines[0].decode("utf-8", "replace"))
        return found[1] if found and found[1][0] == str(self.code)[0] else ""

    @property
    def text(self) -> str:
        """The text in one line of at most MAX_TEXT characters, without status codes and control characters."""
        words = (_ENHANCED.sub("", line.decode("utf-8", "replace"), count=1) for line in self.lines)
        return _UNPRINTABLE.sub(" ", " ".join(words)).strip()[:MAX_TEXT]


class Replies:
    """Splits the bytes that one connection receives into replies. Each byte is looked at once, however it arrives."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._unread = bytearray()
        # The part of the unread bytes that contains no line end, the complete lines of the reply, and their bytes.
        self._searched = 0
        self._code = b""
        self._lines: list[bytes] = []
        self._length = 0

    @property
    def has_unread(self) -> bool:
        """Whether bytes were received that `next_reply` has not returned yet."""
        return bool(self._unread or self._lines)

    def feed(self, received: bytes) -> None:
        """Add received bytes.

        Raises:
            ConnectionError: There are none, which means that the server closed the connection.
        """
        if not received:
            raise ConnectionError("the server closed the connection")
        self._unread += received

    def next_reply(self) -> Reply | None:
        """Return the next reply, or None if it is not complete yet.

        Raises:
            ProtocolError: The received bytes are not a reply, or it is too long.
        """
        while (end := self._unread.find(b"\n", self._searched)) >= 0:
            line = bytes(self._unread[:end]).removesuffix(b"\r")
            del self._unread[: end + 1]
            self._searched = 0
            self._length += end + 1
            found = _LINE.fullmatch(line)
            if not found or (self._code and found[1] != self._code) or self._length > MAX_BYTES:
                raise ProtocolError(f"the server sent {_quote(line)}, which is not an SMTP reply")
            self._lines.append(found[3] or b"")
            self._code = found[1]
            if found[2] != b"-":
                reply = Reply(int(self._code), tuple(self._lines))
                self._code, self._lines, self._length = b"", [], 0
                return reply
        self._searched = len(self._unread)
        if self._length + self._searched > MAX_BYTES:
            raise ProtocolError(f"the server sent {_quote(bytes(self._unread))}, which is too long for an SMTP reply")
        return None


def _quote(line: bytes) -> str:
    words = _UNPRINTABLE.sub(" ", line[:60].decode("utf-8", "replace")).strip()
    return f"`{words}`" if words else "an empty line"
