"""The folder transport: writes messages to `.eml` files, for inspection."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.transports.base import Answer, Connection, Outgoing
from newsletter.transports.message_files import as_delivered, deliver, make_folder

_UNSAFE = re.compile(r"[^\w.@+=-]")


class FolderTransport:
    """Writes each message to a file named after its recipient and a digest; the same message twice is one file."""

    connections = 1
    rate = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def connect(self) -> "FolderConnection":
        """Create the folder.

        Raises:
            TransportError: The folder cannot be created.
        """
        make_folder(self.folder)
        return FolderConnection(self.folder)


def open_folder(settings: DeliverySettings, _environment: Mapping[str, str], root: Path) -> tuple[FolderTransport, ...]:
    """Return the transport for `delivery.folder`; a relative path is relative to the publication's folder."""
    return (FolderTransport(root / settings.folder),)


class FolderConnection(Connection):
    """Writes messages into the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Outgoing) -> Answer:
        """Write one message. The verdict is UNSENT if the file cannot be written."""
        content = as_delivered(message)
        recipient = _UNSAFE.sub("_", message.recipient)[:50].lstrip(".")
        return deliver(
            content, self._folder, self._folder / f"{recipient}-{hashlib.sha256(content).hexdigest()[:16]}.eml"
        )
