"""A killed sender loses no recipient and sends no message twice. `make torture` has a longer version of this test."""

from pathlib import Path

import pytest

from tests.campaign.killing import campaign_with_kills

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_killed_sender_loses_no_recipient_and_sends_no_message_twice(tmp_path: Path, database_url: str) -> None:
    """Each message is accepted once or uncertain, and only those in progress at a kill are uncertain."""
    killed = campaign_with_kills(tmp_path, 200, kills=3, connections=4, seed=7, database=database_url)
    assert killed.outcome.runs == 3
    assert killed.outcome.violations == []
