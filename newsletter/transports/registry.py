"""The registry of transports: the values of `delivery.transport`, and the function that opens each.

To add a transport, write a file in this package with a `Transport`, its `Connection` and a function that opens it from
the settings. Then add its name to `publication.delivery_settings.TransportName` and one line to TRANSPORTS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.publication.delivery_settings import DeliverySettings, TransportName
from newsletter.transports.base import Transport
from newsletter.transports.console import open_console
from newsletter.transports.eml_folder import open_folder
from newsletter.transports.maildir import open_maildir
from newsletter.transports.smtp_servers import open_smtp_servers

# Its arguments are the settings under `delivery`, the environment with the passwords, and the publication's folder.
# It raises TransportError if a setting or a password is missing, and opens no connection.
Opener = Callable[[DeliverySettings, Mapping[str, str], Path], Sequence[Transport]]


@dataclass(frozen=True, slots=True)
class TransportKind:
    """A kind of transport. `sends` is False if messages only stay on this machine, for inspection."""

    open: Opener
    sends: bool = True


TRANSPORTS: Mapping[TransportName, TransportKind] = {
    TransportName.SMTP: TransportKind(open_smtp_servers),
    TransportName.FOLDER: TransportKind(open_folder, sends=False),
    TransportName.MAILDIR: TransportKind(open_maildir, sends=False),
    TransportName.CONSOLE: TransportKind(open_console, sends=False),
}


def open_transports(settings: DeliverySettings, environment: Mapping[str, str], root: Path) -> tuple[Transport, ...]:
    """Return the transports that the settings name. Opens no connection.

    Args:
        settings: The settings under `delivery`.
        environment: The environment variables with the passwords.
        root: The publication's folder, the base of relative paths.

    Raises:
        TransportError: A setting or a password is missing, or a password would be sent unencrypted.
    """
    return tuple(TRANSPORTS[settings.transport].open(settings, environment, root))
