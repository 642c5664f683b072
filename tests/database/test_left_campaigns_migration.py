"""The upgrade from version 0012, in which a campaign that the author aborted looks like one that was killed."""

import time

import pytest
from sqlalchemy import text

from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import VERSION, upgrade_schema
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import EARLIER, Transition
from newsletter.ledger.campaign_states import change_state, list_interrupted
from newsletter.schedule.schedules import list_sending

NOW = int(time.time())
# Id, audience and state. The second was started by a schedule.
CAMPAIGNS = [
    (1, "", "sending"),
    (2, "", "sending"),
    (3, "welcome", "sending"),
    (4, "", "paused"),
    (5, "domain:d.example", "sending"),
    (6, "", "complete"),
]


@pytest.fixture
def upgraded(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of a database of version 0012 with campaigns, upgraded, on SQLite and PostgreSQL."""
    url: str = request.getfixturevalue("empty_postgresql") if database_url.startswith("postgresql") else database_url
    with Database(parse_url(url)) as database, database.write() as connection:
        upgrade_schema(connection, "0012")
        for id, audience, state in CAMPAIGNS:
            query = text(
                "INSERT INTO campaign (id, slug, content, subject, audience, state, git_commit, git_clean, created_at)"
                " VALUES (:id, '001', '', '', :audience, :state, '', true, :now)"
            )
            connection.execute(query, {"id": id, "audience": audience, "state": state, "now": NOW})
        connection.execute(
            text(
                "INSERT INTO schedule (slug, local_time, zone, late, content, database_id, state, campaign_id,"
                " created_at) VALUES ('001', '', '', 0, '', '', 'started', 2, 1),"
                " ('002', '', '', 0, '', '', 'waiting', NULL, 1)"
            )
        )
    assert Database.upgrade(url) == ("0012", VERSION)
    return url


def test_workers_continue_what_they_continued_before_the_upgrade(upgraded: str) -> None:
    """Those of schedules. The others are the author's to resume, and a worker continues them if that is killed."""
    with Database.open(upgraded) as database, database.write() as connection:
        found = {each.id: each for each in campaigns.list_campaigns(connection)}
        assert {id for id, each in found.items() if each.reason == EARLIER} == {1, 5}
        assert [(id, each.audience, each.state.value) for id, each in sorted(found.items())] == CAMPAIGNS
        assert list_sending(connection) == [2]
        assert set(list_interrupted(connection, 0, NOW)) <= {2}
        assert not found[1].may_continue
        assert change_state(connection, 1, Transition.RESUME, "", NOW)
        assert 1 in list_interrupted(connection, 0, NOW)


def test_a_process_that_sends_during_the_upgrade_finishes(upgraded: str) -> None:
    """The end of its campaign replaces the reason."""
    with Database.open(upgraded) as database, database.write() as connection:
        assert change_state(connection, 1, Transition.COMPLETE, "", NOW)
        found = campaigns.find(connection, 1)
    assert found
    assert (found.state.value, found.reason) == ("complete", "")
