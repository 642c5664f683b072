"""A sender that is killed loses nobody and writes to nobody twice; `make bench` has the long form."""

from pathlib import Path

import pytest

from tests.campaign.killing import campaign_with_kills

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_sender_that_is_killed_loses_nobody_and_doubles_nobody(tmp_path: Path) -> None:
    """After kills at random moments everybody is accepted once or uncertain, and only those under way are uncertain."""
    killed = campaign_with_kills(tmp_path, recipients=200, kills=3, connections=4, seed=7)
    assert killed.kills == 3
    assert killed.faults(connections=4) == []
