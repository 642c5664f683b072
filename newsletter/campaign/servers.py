"""The servers of a campaign: the transports of the settings, each with its pace and its connections."""

import os

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import Server
from newsletter.publication.delivery_settings import Handover
from newsletter.transports.registry import open_transports
from newsletter.workspace.workspace import Workspace


def open_servers(workspace: Workspace, connections: int | None) -> list[Server]:
    """Return the servers; none is connected yet.

    Args:
        workspace: The publication.
        connections: Connections to each SMTP server in place of the settings'; None keeps theirs. Other transports
            have one connection in any case: nothing there waits for a network.

    Raises:
        TransportError: The settings name no server, or a password is missing.
    """
    settings = workspace.publication.delivery
    transports = open_transports(settings, os.environ, workspace.root)
    if settings.transport is not Handover.SMTP:
        return [Server(transport, Pace(0), transport.connections) for transport in transports]
    return [
        Server(transport, Pace(server.rate), connections or transport.connections)
        for transport, server in zip(transports, settings.smtp, strict=True)
    ]
