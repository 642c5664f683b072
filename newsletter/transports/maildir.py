"""The maildir transport: stores messages in a maildir (https://cr.yp.to/proto/maildir.html) for mail programs."""

import itertools
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.transports.base import Answer, Connection, Outgoing
from newsletter.transports.message_files import as_delivered, deliver, make_folder

_FOLDERS = ("cur", "new", "tmp")
_COUNT = itertools.count(1)


class MaildirTransport:
    """Delivers each message to the maildir."""

    connections = 1
    rate = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def connect(self) -> "MaildirConnection":
        """Create the maildir.

        Raises:
            TransportError: A folder cannot be created.
        """
        for name in _FOLDERS:
            make_folder(self.folder / name)
        return MaildirConnection(self.folder)


def open_maildir(
    settings: DeliverySettings, _environment: Mapping[str, str], root: Path
) -> tuple[MaildirTransport, ...]:
    """Return the transport for `delivery.folder`; a relative path is relative to the publication's folder."""
    return (MaildirTransport(root / settings.folder),)


class MaildirConnection(Connection):
    """Writes messages into the maildir."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")

    def send(self, message: Outgoing) -> Answer:
        """Write one message with the system's line ends, which mail programs expect in a maildir."""
        content = as_delivered(message).replace(b"\r\n", os.linesep.encode())
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        name = f"{seconds}.M{nanoseconds // 1000}P{os.getpid()}Q{next(_COUNT)}.{self._host}"
        return deliver(content, self._folder / "tmp", self._folder / "new" / name)
