"""The console transport: prints the envelope, the headers and the text part of each message."""

import sys
import threading
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from typing import TextIO

from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict


class ConsoleTransport:
    """Prints messages to a stream."""

    name = "console"
    connections = 1
    rate = 0.0

    def __init__(self, stream: TextIO) -> None:
        self._connection = ConsoleConnection(stream)

    def connect(self) -> "ConsoleConnection":
        """Return the connection; there is only one."""
        return self._connection


def open_console(
    _settings: DeliverySettings, _environment: Mapping[str, str], _root: Path
) -> tuple[ConsoleTransport, ...]:
    """Return the console transport, which needs no settings."""
    return (ConsoleTransport(sys.stdout),)


class ConsoleConnection(Connection):
    """Prints to the stream, one message at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Outgoing) -> Answer:
        """Print one message, with only the size of its HTML part."""
        text = _format(message)
        try:
            with self._lock:
                self._stream.write(text)
                self._stream.flush()
        except OSError as error:
            return Answer(Verdict.UNSENT, Stage.END, text=error.strerror or str(error))
        return Answer(Verdict.ACCEPTED, Stage.END)


def _format(message: Outgoing) -> str:
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
    return "\n".join("".join(map(_replace_unprintable, line)) for line in "\n".join(lines).splitlines()) + "\n\n"


def _replace_unprintable(character: str) -> str:
    return character if character.isprintable() or character == "\t" else "\N{REPLACEMENT CHARACTER}"
