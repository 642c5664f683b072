"""What a mail server answers: replies of one line or many, out of however many packets they come in."""

import re
import socket
from dataclasses import dataclass

MAX_BYTES = 65_536
MAX_TEXT = 500
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_UNSEEN = re.compile("[\\s\x00-\x1f\x7f-\x9f]+")


class BrokenError(Exception):
    """What came is no reply, or none that can stand here; what the server does next cannot be known."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply (RFC 5321, §4.2): its code, and its lines without the code."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 2034, RFC 3463) that it begins with and that fits the code, or nothing."""
        found = _ENHANCED.match(self.lines[0].decode("utf-8", "replace"))
        return found[1] if found and found[1][0] == str(self.code)[0] else ""

    @property
    def text(self) -> str:
        """The words in one line, without enhanced status codes, control characters and what is over-long."""
        words = (_ENHANCED.sub("", line.decode("utf-8", "replace"), count=1) for line in self.lines)
        return _UNSEEN.sub(" ", " ".join(words)).strip()[:MAX_TEXT]


class Replies:
    """Splits what one connection receives into replies; bytes after a reply belong to the next one."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = b""

    @property
    def waiting(self) -> bool:
        """Whether the server has said more than was asked."""
        return bool(self._read)

    def feed(self, received: bytes) -> None:
        """Add what was received.

        Raises:
            ConnectionError: no bytes were received, which is the end of the connection.
        """
        if not received:
            raise ConnectionError("the server closed the connection")
        self._read += received

    def take(self) -> Reply | None:
        """Return the first reply, or nothing while its last line has not ended.

        Raises:
            BrokenError: what was received is no reply.
        """
        code, lines, begin = b"", list[bytes](), 0
        while (end := self._read.find(b"\n", begin)) >= 0:
            line = self._read[begin:end].removesuffix(b"\r")
            found = _LINE.fullmatch(line)
            if not found or (code and found[1] != code) or end > MAX_BYTES:
                raise BrokenError(f"the server answered {_shown(line)}, which is no reply")
            code, begin = found[1], end + 1
            lines.append(found[3] or b"")
            if found[2] != b"-":
                self._read = self._read[begin:]
                return Reply(int(code), tuple(lines))
        if len(self._read) > MAX_BYTES:
            raise BrokenError(f"the server answered {_shown(self._read)}, which has no end")
        return None


def _shown(line: bytes) -> str:
    words = _UNSEEN.sub(" ", line[:60].decode("utf-8", "replace")).strip()
    return f"`{words}`" if words else "an empty line"
