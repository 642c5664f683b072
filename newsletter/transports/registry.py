"""The registry of transports: what `delivery.transport` may name, and how each is opened.

To add a transport, write one file in this package with a `Transport`, its `Connection` and a function that opens it
from the settings; add its name to `publication.delivery_settings.Handover`, and one line to TRANSPORTS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.publication.delivery_settings import DeliverySettings, Handover
from newsletter.transports.base import Transport
from newsletter.transports.console import open_console
from newsletter.transports.eml_folder import open_folder
from newsletter.transports.maildir import open_maildir
from newsletter.transports.smtp_servers import open_smtp_servers

# Takes the settings under `delivery`, the environment with the passwords, and the publication's folder.
# Raises TransportError where a setting or a password is missing. Connects to nothing.
Opener = Callable[[DeliverySettings, Mapping[str, str], Path], Sequence[Transport]]


@dataclass(frozen=True, slots=True)
class TransportKind:
    """A kind of transport. `sends` is False where messages stay on this machine, to be looked at."""

    open: Opener
    sends: bool = True


TRANSPORTS: Mapping[Handover, TransportKind] = {
    Handover.SMTP: TransportKind(open_smtp_servers),
    Handover.FOLDER: TransportKind(open_folder, sends=False),
    Handover.MAILDIR: TransportKind(open_maildir, sends=False),
    Handover.CONSOLE: TransportKind(open_console, sends=False),
}


def open_transports(settings: DeliverySettings, environment: Mapping[str, str], root: Path) -> tuple[Transport, ...]:
    """Open the transports that the settings name; none is connected yet.

    Args:
        settings: The settings under `delivery`.
        environment: Environment variables, which hold the passwords.
        root: The publication's folder, below which relative paths are.

    Raises:
        TransportError: A setting or a password is missing, or a password would be sent in clear.
    """
    return tuple(TRANSPORTS[settings.transport].open(settings, environment, root))
