"""The SMTP servers of the settings, with their passwords from the environment."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from newsletter.errors import AccessError, NotFoundError, TransportError
from newsletter.files import read_secret
from newsletter.publication.delivery_settings import DeliverySettings, Security, SmtpServer
from newsletter.text.domains import is_this_machine
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp_session import Credentials


def open_smtp_servers(
    settings: DeliverySettings, environment: Mapping[str, str], _root: Path
) -> tuple[SmtpTransport, ...]:
    """Return a transport for each server in `delivery.smtp`.

    Raises:
        TransportError: There is no server, a password is missing, or it would be sent in clear.
    """
    if not settings.smtp:
        raise TransportError(
            "`delivery` in newsletter.yaml names no server",
            "Write host, port and username under `smtp`, or `transport: folder` to look at messages and send nothing.",
        )
    return tuple(SmtpTransport(server, _credentials(server, environment)) for server in settings.smtp)


def _credentials(server: SmtpServer, environment: Mapping[str, str]) -> Credentials | None:
    if server.username is None:
        return None
    if server.security is Security.NONE and not is_this_machine(server.host):
        raise TransportError(
            f"the password for {server.host} would go over the wire in clear",
            "Write `security: starttls` or `tls`; `none` is for a server on this machine.",
        )
    password = partial(_password, server, environment)
    # A missing password is reported before the first message.
    password()
    return Credentials(server.username, password, server.authentication)


def _password(server: SmtpServer, environment: Mapping[str, str]) -> str:
    what = f"the password of {server.username} at {server.host}"
    try:
        return read_secret(server.password_variable, environment, what)
    except (NotFoundError, AccessError) as error:
        raise TransportError(error.message, error.advice) from error
