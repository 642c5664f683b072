"""Fixtures for campaigns."""

from collections.abc import Iterator

import pytest

from tests.campaign.publication import Recording, recording


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A server that records what it receives."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        yield server
