"""The console: envelope, headers and text part of each message, to look at."""

import threading
from email import message_from_bytes, policy
from typing import TextIO

from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict


class ConsoleTransport:
    """Whatever is handed over is shown on a stream."""

    name = "console"
    connections = 1

    def __init__(self, stream: TextIO) -> None:
        self._connection = ConsoleConnection(stream)

    def connect(self) -> "ConsoleConnection":
        """The one connection."""
        return self._connection


class ConsoleConnection(Connection):
    """Writes to the stream, one message at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._turn = threading.Lock()

    def send(self, message: Outgoing) -> Answer:
        """Show one message. Of its HTML only the size is told."""
        shown = _shown(message)
        try:
            with self._turn:
                self._stream.write(shown)
                self._stream.flush()
        except OSError as error:
            return Answer(Verdict.UNSENT, Stage.END, text=error.strerror or str(error))
        return Answer(Verdict.ACCEPTED, Stage.END)


def _shown(message: Outgoing) -> str:
    parsed = message_from_bytes(message.content, policy=policy.default)
    lines = [f"--- <{message.envelope_sender}> to <{message.recipient}>"]
    lines += [f"{name}: {value}" for name, value in parsed.items()]
    for part in parsed.walk():
        if part.is_multipart():
            continue
        content = part.get_content()
        if part.get_content_type() == "text/plain":
            lines += ["", content.rstrip()]
        else:
            lines += ["", f"[{part.get_content_type()}, {len(content):,} characters]"]
    return "\n".join("".join(map(_visible, line)) for line in "\n".join(lines).splitlines()) + "\n\n"


def _visible(character: str) -> str:
    return character if character.isprintable() or character == "\t" else "\N{REPLACEMENT CHARACTER}"
