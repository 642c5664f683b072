"""Messages in files: one, or a whole mbox (RFC 4155), read as a stream and never changed."""

from collections.abc import Iterator
from typing import IO

from newsletter.bounces.mailboxes.incoming_message import Incoming
from newsletter.bounces.parse import LIMIT

_LINE = 65_536


def messages_in(stream: IO[bytes], name: str) -> Iterator[Incoming]:
    """The messages of a stream: those of an mbox, where it begins as one does, or the one that it is.

    Raises:
        OSError: it cannot be read.
    """
    first = stream.readline(_LINE)
    if not first.startswith(b"From "):
        yield Incoming(name, first + stream.read(LIMIT - len(first)))
        return
    for number, content in enumerate(_mbox(stream), 1):
        yield Incoming(f"{name}:{number}", content)


def _mbox(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages after the first separator; of each no more is held than is looked at."""
    message, blank = bytearray(), False
    while line := stream.readline(_LINE):
        if blank and line.startswith(b"From "):
            yield bytes(message)
            message.clear()
        elif len(message) < LIMIT:
            # A line that begins so was written with a `>` before it.
            message += line[1:] if line.startswith(b">From ") else line
        blank = not line.strip()
    yield bytes(message)
