"""Parses the replies of a mail server, which have one or more lines and can arrive in several packets."""

import re
import socket
from dataclasses import dataclass

MAX_BYTES = 65_536
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
    """Splits the bytes that one connection receives into replies."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = b""

    @property
    def has_unread(self) -> bool:
        """Whether bytes were received that `next_reply` has not returned yet."""
        return bool(self._read)

    def feed(self, received: bytes) -> None:
        """Add received bytes.

        Raises:
            ConnectionError: There are none, which means that the server closed the connection.
        """
        if not received:
            raise ConnectionError("the server closed the connection")
        self._read += received

    def next_reply(self) -> Reply | None:
        """Return the next reply, or None if it is not complete yet.

        Raises:
            ProtocolError: The received bytes are not a reply.
        """
        code, lines, begin = b"", list[bytes](), 0
        while (end := self._read.find(b"\n", begin)) >= 0:
            line = self._read[begin:end].removesuffix(b"\r")
            found = _LINE.fullmatch(line)
            if not found or (code and found[1] != code) or end > MAX_BYTES:
                raise ProtocolError(f"the server sent {_quote(line)}, which is not an SMTP reply")
            code, begin = found[1], end + 1
            lines.append(found[3] or b"")
            if found[2] != b"-":
                self._read = self._read[begin:]
                return Reply(int(code), tuple(lines))
        if len(self._read) > MAX_BYTES:
            raise ProtocolError(f"the server sent {_quote(self._read)}, which is too long for an SMTP reply")
        return None


def _quote(line: bytes) -> str:
    words = _UNPRINTABLE.sub(" ", line[:60].decode("utf-8", "replace")).strip()
    return f"`{words}`" if words else "an empty line"
