"""Messages in files: a single one, or an mbox (RFC 4155), read as a stream and never changed."""

from collections.abc import Iterator
from typing import IO

from newsletter.bounces.mailboxes.incoming_message import IncomingMessage
from newsletter.bounces.parse import LIMIT

_LINE = 65_536


def mbox_messages(stream: IO[bytes], name: str) -> Iterator[IncomingMessage]:
    """Yield the messages of an mbox, or the single message of any other stream.

    Raises:
        OSError: The stream cannot be read.
    """
    first = stream.readline(_LINE)
    if not first.startswith(b"From "):
        yield IncomingMessage(name, first + stream.read(LIMIT - len(first)))
        return
    for number, content in enumerate(_mbox(stream), 1):
        yield IncomingMessage(f"{name}:{number}", content)


def _mbox(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the messages after the first separator; of each at most `LIMIT` bytes are held."""
    message, blank = bytearray(), False
    while line := stream.readline(_LINE):
        if blank and line.startswith(b"From "):
            yield bytes(message)
            message.clear()
        elif len(message) < LIMIT:
            # mbox writes a `>` before a line that would be a separator.
            message += line[1:] if line.startswith(b">From ") else line
        blank = not line.strip()
    yield bytes(message)
