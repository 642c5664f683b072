"""The argument that names a campaign, and the function that finds the campaign."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.database.database import Database
    from newsletter.ledger.campaign import Campaign
    from newsletter.workspace.workspace import Workspace

campaign_argument = click.argument("name", metavar="ISSUE|#N")


def open_named_campaign(name: str) -> "tuple[Database, Campaign]":
    """Open the database of the publication in the current folder and find a campaign: the newest one of an issue."""
    _, database, found = open_named_campaigns(name)
    return database, found[-1]


def open_named_campaigns(name: str) -> "tuple[Workspace, Database, list[Campaign]]":
    """Open the publication in the current folder and its database, and find the campaigns of an issue, newest last.

    The database is closed when the command ends.
    """
    from newsletter.campaign.find_campaign import find_campaigns
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    database = open_database(workspace, writes=False)
    click.get_current_context().call_on_close(database.close)
    return workspace, database, find_campaigns(workspace, database, name)
