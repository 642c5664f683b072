"""Opens the servers of a campaign: the transports in the settings, each with its pace and its connections."""

import os
from dataclasses import replace

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer
from newsletter.ledger.uncertain import RetryWindow
from newsletter.publication.delivery_settings import DeliverySettings, TransportName
from newsletter.transports.registry import TRANSPORTS, open_transports
from newsletter.transports.smtp import SmtpTransport, server_name
from newsletter.workspace.workspace import Workspace


def open_servers(workspace: Workspace, connections: int | None) -> list[PacedServer]:
    """Return the servers. Opens no connection.

    Args:
        workspace: The publication.
        connections: The number of connections to each server; None for the value in the settings. Ignored by
            transports that do not send over a network.

    Raises:
        TransportError: The settings name no server, or a password is missing.
    """
    settings = workspace.publication.delivery
    transports = open_transports(settings, os.environ, workspace.root)
    requested = connections if TRANSPORTS[settings.transport].sends else None
    found = []
    for transport in transports:
        server = PacedServer(transport, Pace(transport.rate), requested or transport.connections)
        if isinstance(transport, SmtpTransport) and transport.server.idempotency_header:
            server = replace(server, is_idempotent=True, retry_window=transport.server.idempotency_window or 0)
        found.append(server)
    return found


def retry_windows(settings: DeliverySettings) -> tuple[RetryWindow, ...]:
    """Return the servers that recognise a second copy of a message, and for how long."""
    if settings.transport is not TransportName.SMTP:
        return ()
    return tuple(
        RetryWindow(server_name(server), server.idempotency_window)
        for server in settings.smtp
        if server.idempotency_window
    )
