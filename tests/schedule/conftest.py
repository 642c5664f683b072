"""Fixtures for schedules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.publication import Recording, delivery, publish, recording
from tests.conftest import Run
from tests.schedule.scheduled import Scheduled, open_scheduled

ADDRESSES = [f"reader{number}@d{number % 3}.example" for number in range(6)]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A server that records what it receives."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def scheduled(run: Run, folder: Path, server: Recording) -> Iterator[Scheduled]:
    """A publication with six subscribers that sends to the recording server."""
    publish(folder, delivery(server.port, "notify: author@example.org"), ADDRESSES)
    found = open_scheduled(folder, run)
    yield found
    found.database.close()
