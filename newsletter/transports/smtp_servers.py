"""Opens the SMTP servers in the settings, with passwords from the environment."""

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
        TransportError: There is no server, a password is missing, or it would be sent unencrypted.
    """
    if not settings.smtp:
        raise TransportError(
            "`delivery.smtp` is missing in newsletter.yaml",
            "Add `host`, `port` and `username` under `smtp`, or set `transport: folder` to write messages to files.",
        )
    return tuple(SmtpTransport(server, _credentials(server, environment)) for server in settings.smtp)


def _credentials(server: SmtpServer, environment: Mapping[str, str]) -> Credentials | None:
    if server.username is None:
        return None
    if server.security is Security.NONE and not is_this_machine(server.host):
        raise TransportError(
            f"the password for {server.host} would be sent unencrypted",
            "Set `security: starttls` or `security: tls`. `none` is only for a server on this machine.",
        )
    password = partial(_password, server, environment)
    # Report a missing password now, not at the first message.
    password()
    return Credentials(server.username, password, server.authentication)


def _password(server: SmtpServer, environment: Mapping[str, str]) -> str:
    what = f"the password of {server.username} at {server.host}"
    try:
        return read_secret(server.password_variable, environment, what)
    except (NotFoundError, AccessError) as error:
        raise TransportError(error.message, error.advice) from error
