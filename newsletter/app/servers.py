"""The servers of a campaign: what the settings name, each with its pace and its connections."""

import os

from newsletter.app.press import Press
from newsletter.delivery.pace import Pace
from newsletter.delivery.sender import Server
from newsletter.models.delivery_settings import Handover
from newsletter.transports.open import open_transports


def open_servers(press: Press, connections: int | None) -> list[Server]:
    """The servers, none of them connected; `connections` are the most to each, where the settings do not say less.

    Raises:
        TransportError: the settings name no server, or a password is missing.
    """
    settings = press.publication.delivery
    transports = open_transports(settings, os.environ, press.root)
    rates = [server.rate for server in settings.smtp] if settings.transport is Handover.SMTP else [0] * len(transports)
    return [
        Server(transport, Pace(rate), min(connections or transport.connections, transport.connections))
        for transport, rate in zip(transports, rates, strict=True)
    ]
