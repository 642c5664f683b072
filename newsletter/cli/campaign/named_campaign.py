"""The argument that names a campaign, and the database in which to find it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.campaign.campaigns import Campaigns

campaign_argument = click.argument("name", metavar="ISSUE|#N")


def open_campaigns() -> "Campaigns":
    """Open the campaigns of the publication in the current folder."""
    from newsletter.campaign.campaigns import Campaigns
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    return Campaigns(workspace, open_database(workspace, writes=False))
