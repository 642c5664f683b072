"""Read messages from files, which are never changed: a single message, or an mbox (RFC 4155) as a stream."""

from collections.abc import Iterator
from typing import IO

from newsletter.bounces.mailboxes.incoming_message import IncomingMessage
from newsletter.bounces.parse import LIMIT

_MAX_LINE = 65_536


def read_mbox(stream: IO[bytes], name: str) -> Iterator[IncomingMessage]:
    """Yield the messages of an mbox, or the single message of any other stream.

    Raises:
        OSError: The stream cannot be read.
    """
    first = stream.readline(_MAX_LINE)
    if not first.startswith(b"From "):
        yield IncomingMessage(name, first + stream.read(LIMIT - len(first)))
        return
    for number, content in enumerate(_split_mbox(stream), 1):
        yield IncomingMessage(f"{name}:{number}", content)


def _split_mbox(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the messages after the first separator. At most `LIMIT` bytes of each are kept in memory."""
    message, blank = bytearray(), False
    while line := stream.readline(_MAX_LINE):
        if blank and line.startswith(b"From "):
            yield bytes(message)
            message.clear()
        elif len(message) < LIMIT:
            # In an mbox, a line that looks like a separator is escaped by `>`.
            message += line[1:] if line.startswith(b">From ") else line
        blank = not line.strip()
    yield bytes(message)
