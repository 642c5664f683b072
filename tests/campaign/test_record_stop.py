"""Recording that the author stopped a campaign, without a campaign; `test_stopping` stops real ones."""

from pathlib import Path

from sqlalchemy import text

from newsletter.campaign.record_stop import record_stop
from newsletter.campaign.stop import Stop
from newsletter.database.database import Database


def test_an_error_that_does_not_pass_is_not_waited_for(tmp_path: Path) -> None:
    """The author is not asked to wait, since nothing more is tried."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        with database.write() as connection:
            connection.execute(text("DROP TABLE campaign"))
        waits: list[None] = []
        assert not record_stop(database, 1, Stop(), lambda: waits.append(None))
    assert waits == []
