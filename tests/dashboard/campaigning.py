"""A running dashboard whose publication sends to a recording server, and campaigns of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.campaign.preparation import Preparation
from newsletter.campaign.starting import CampaignStarter
from newsletter.ledger.campaign import Campaign
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import Recording, delivery, publish
from tests.dashboard.previewing import Preview, run_preview

READERS = [f"reader{number}@example.net" for number in range(5)]


@contextmanager
def run_sending_dashboard(root: Path, server: Recording, addresses: list[str], settings: str = "") -> Iterator[Preview]:
    """Run the dashboard of a publication with the draft 029 and subscribers.

    In the end, the server replies to all messages that it holds back, and the processes that send have ended.
    """
    publish(root, settings + delivery(server.port), addresses)
    with run_preview(root) as preview:
        try:
            yield preview
        finally:
            server.release()
            preview.server.processes.wait()


def start_campaign(root: Path, slug: str = "029") -> Campaign:
    """Start a campaign of an issue that no process sends."""
    workspace = Workspace(root)
    with open_database(workspace) as database:
        document = workspace.issue(slug)
        prepared = Preparation(workspace, database).compose(document)
        return CampaignStarter(workspace, database).start(document, prepared, "", lambda _: None)
