"""A folder of `.eml` files, to look at what would be sent."""

import hashlib
import re
from pathlib import Path

from newsletter.transports.base import Answer, Connection, Outgoing
from newsletter.transports.message_files import as_delivered, deliver, make_folder

_UNSAFE = re.compile(r"[^\w.@+=-]")


class FolderTransport:
    """Each message becomes a file, named by its recipient and a digest: the same message twice is one file."""

    connections = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def connect(self) -> "FolderConnection":
        """Make the folder.

        Raises:
            TransportError: the system refuses.
        """
        make_folder(self.folder)
        return FolderConnection(self.folder)


class FolderConnection(Connection):
    """Writes into the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Outgoing) -> Answer:
        """Write one message; a full disk leaves it unsent."""
        content = as_delivered(message)
        recipient = _UNSAFE.sub("_", message.recipient)[:50].lstrip(".")
        return deliver(
            content, self._folder, self._folder / f"{recipient}-{hashlib.sha256(content).hexdigest()[:16]}.eml"
        )
