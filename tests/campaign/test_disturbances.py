"""Restarts of the database, suspensions and restored copies during a campaign. `make torture` has a longer version."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.campaign.disturbing import campaign_with_restarts, campaign_with_suspensions
from tests.campaign.restoring import campaign_with_restore
from tests.own_postgresql import OwnPostgresql, own_postgresql

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def postgresql_server() -> Iterator[OwnPostgresql]:
    """A PostgreSQL server that no other test uses."""
    with TemporaryDirectory(prefix="own") as folder, own_postgresql(Path(folder)) as server:
        yield server


def test_a_campaign_goes_on_after_postgresql_restarts(tmp_path: Path, postgresql_server: OwnPostgresql) -> None:
    """As after a crash of the server, in the middle of commits. No message is uncertain, and none is sent twice."""
    url = postgresql_server.create("newsletter")
    outcome = campaign_with_restarts(tmp_path, 400, 2, 4, seed=3, database=url, restart=postgresql_server.restart)
    assert outcome.runs == 2
    assert outcome.violations == []


def test_a_suspended_campaign_goes_on(tmp_path: Path, database_url: str) -> None:
    """Meanwhile, the server has closed its connections, and no other process may send from a SQLite file."""
    database = database_url if database_url.startswith("postgresql") else ""
    outcome = campaign_with_suspensions(tmp_path, 200, 2, 4, seed=5, database=database)
    assert outcome.runs == 2
    assert outcome.violations == []


def test_a_restored_copy_is_not_sent_from_until_it_is_adopted(tmp_path: Path, database_url: str) -> None:
    """A copy of the files of SQLite, or of the database of PostgreSQL, from the middle of the campaign."""
    outcome = campaign_with_restore(tmp_path, 800, 4, seed=11, database=database_url)
    assert outcome.violations == []
    assert 0 < outcome.uncertain < 800
