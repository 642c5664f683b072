"""Opens the servers of a campaign: the transports in the settings, each with its pace and its connections."""

import os

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer
from newsletter.transports.registry import TRANSPORTS, open_transports
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
    return [
        PacedServer(transport, Pace(transport.rate), requested or transport.connections) for transport in transports
    ]
