"""Durable message files: an accepted message survives a power failure."""

import os
import tempfile
from pathlib import Path

from newsletter.errors import TransportError
from newsletter.files import sync_folder
from newsletter.transports.base import Answer, Outgoing, Stage, Verdict


def make_folder(path: Path) -> None:
    """Create a folder unless it exists.

    Raises:
        TransportError: The folder cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TransportError(f"{path} cannot be created: {error.strerror}", "Check `delivery.folder`.") from error


def deliver(content: bytes, beside: Path, target: Path) -> Answer:
    """Write a file durably.

    Args:
        content: The content of the file.
        beside: The folder of the temporary file, on the same file system as `target`.
        target: The final path, to which the temporary file is renamed.
    """
    try:
        handle, name = tempfile.mkstemp(dir=beside, prefix=".")
    except OSError as error:
        return _failed(Verdict.UNSENT, error)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        return _failed(Verdict.UNSENT, error)
    try:
        sync_folder(target.parent)
    except OSError as error:
        return _failed(Verdict.UNCERTAIN, error)
    return Answer(Verdict.ACCEPTED, Stage.END, text=target.name)


def as_delivered(message: Outgoing) -> bytes:
    """Return the message with the envelope in its header, as the final server adds it (RFC 5321, §4.4; RFC 9228)."""
    return b"Return-Path: <%s>\r\nDelivered-To: %s\r\n%s" % (
        _one_line(message.envelope_sender),
        _one_line(message.recipient),
        message.content,
    )


def _one_line(address: str) -> bytes:
    return "".join(character for character in address if character.isprintable()).encode()


def _failed(verdict: Verdict, error: OSError) -> Answer:
    return Answer(verdict, Stage.END, text=error.strerror or str(error))
