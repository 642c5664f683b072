"""What a mail server answers: replies of one line or many, out of however many packets they come in."""

import re
import socket
import time
from dataclasses import dataclass

from newsletter.transports.steps import Steps, read_some, too_late

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
    """Reads the replies from one socket, which does not block; what was read too much belongs to the next reply."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = b""

    @property
    def waiting(self) -> bool:
        """Whether the server has said more than was asked."""
        return bool(self._read)

    def next(self, seconds: float) -> Steps[Reply]:
        """The next reply, which must be whole within so many seconds.

        Raises:
            BrokenError: what came is no reply.
            OSError: none came in time (`TimeoutError`), or the connection has ended.
        """
        deadline = time.monotonic() + seconds
        while (reply := self._whole()) is None:
            if len(self._read) > MAX_BYTES:
                raise BrokenError(f"the server answered {_shown(self._read)}, which has no end")
            if self._read and time.monotonic() > deadline:
                raise too_late()
            received = yield from read_some(self.connection, MAX_BYTES, deadline)
            if not received:
                raise ConnectionError("the server closed the connection")
            self._read += received
        return reply

    def _whole(self) -> Reply | None:
        """The first reply of what was read, once its last line has ended; it is read no more then."""
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
        return None


def _shown(line: bytes) -> str:
    words = _UNSEEN.sub(" ", line[:60].decode("utf-8", "replace")).strip()
    return f"`{words}`" if words else "an empty line"
