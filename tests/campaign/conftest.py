"""Fixtures for campaigns."""

from collections.abc import Iterator

import pytest

from newsletter.database.database import Database
from newsletter.subscribers.queries import add_subscriber
from tests.campaign.publication import Recording, recording
from tests.campaign.test_ledger import ADDRESSES, create_campaign
from tests.subscribers.people import subscriber


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A server that records what it receives."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def leased_database(empty_postgresql: str) -> Iterator[Database]:
    """A PostgreSQL database with a campaign, number 1, to eight subscribers."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database:
        with database.write() as connection:
            for address in ADDRESSES:
                add_subscriber(connection, subscriber(address))
        create_campaign(database)
        yield database
