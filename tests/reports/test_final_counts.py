"""The counts of a campaign are stored when it is complete, and again after failed deliveries were retried."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import Recording, counts, delivery, publish, recording
from tests.conftest import Run


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A server that records what it receives."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        yield server


def stored(folder: Path) -> dict[str, int]:
    """Return the stored counts of all campaigns, without zeros."""
    with open_database(Workspace(folder)) as database, database.read() as connection:
        rows = connection.exec_driver_sql("SELECT state, number FROM delivery_count WHERE number > 0").all()
    return {state: number for state, number in rows}  # noqa: C416 (rows are not pairs)


def test_the_counts_of_a_complete_campaign_are_stored(folder: Path, run: Run, server: Recording) -> None:
    """A retry replaces them. Until it is complete, there are none."""
    publish(folder, delivery(server.port), ["one@a.example", "550once@a.example"])
    assert stored(folder) == {}
    run("send", "029", "--yes", "--untested", code=0)
    assert stored(folder) == counts(run) == {"accepted": 1, "failed": 1}
    with open_database(Workspace(folder)) as database, database.write() as connection:
        # The rejection suppressed the address.
        connection.exec_driver_sql("UPDATE subscriber SET state = 'active'")
        connection.exec_driver_sql("DELETE FROM suppression")
    settings = Path("newsletter.yaml").read_text()
    Path("newsletter.yaml").write_text(settings.replace(f"port: {server.port}", "port: 1"))
    run("send", "029", "--retry-failed", "--yes", code=1)
    assert stored(folder) == {}
    Path("newsletter.yaml").write_text(settings)
    run("send", "029", "--resume", "--yes", code=0)
    assert stored(folder) == counts(run) == {"accepted": 2}
