"""The servers of a campaign: the transports of the settings, each with its pace and its connections."""

import os

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer
from newsletter.transports.registry import TRANSPORTS, open_transports
from newsletter.workspace.workspace import Workspace


def open_servers(workspace: Workspace, connections: int | None) -> list[PacedServer]:
    """Return the servers; none is connected yet.

    Args:
        workspace: The publication.
        connections: Connections to each server in place of the settings'; None keeps theirs. Transports that send
            nothing keep theirs in any case: nothing there waits for a network.

    Raises:
        TransportError: The settings name no server, or a password is missing.
    """
    settings = workspace.publication.delivery
    transports = open_transports(settings, os.environ, workspace.root)
    asked = connections if TRANSPORTS[settings.transport].sends else None
    return [PacedServer(transport, Pace(transport.rate), asked or transport.connections) for transport in transports]
