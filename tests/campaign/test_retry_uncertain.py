"""`newsletter send --resume --uncertain retry`: recipients who may have the issue are sent it again, once."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from newsletter.database.database import Database
from newsletter.database.tables import campaign, delivery
from tests.campaign.publication import Recording, counts, publish
from tests.campaign.publication import delivery as settings
from tests.conftest import Run

ADDRESSES = [f"reader{number}@d{number}.example" for number in range(6)]


@pytest.fixture
def ledger(run: Run, folder: Path, server: Recording, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database of a campaign of which three recipients were sent the issue, and the others may have it."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    publish(folder, settings(server.port, "retry_after: [1]"), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=0)
    database = Database.open(database_url)
    doubt(database, *ADDRESSES[3:])
    return database


def doubt(database: Database, *addresses: str, to: str = "") -> None:
    """Make deliveries uncertain. `to` replaces the local part of their addresses."""
    with database.write() as connection:
        for address in addresses:
            values = {"state": "uncertain"} | ({"address": f"{to}{address}"} if to else {})
            connection.execute(update(delivery).where(delivery.c.address == address).values(values))


def port(folder: Path, before: int, after: int) -> None:
    """Change the port of the server in the settings."""
    path = folder / "newsletter.yaml"
    path.write_text(path.read_text().replace(f"port: {before},", f"port: {after},"))


def test_a_retry_that_pauses_leaves_the_deliveries_uncertain(
    run: Run, folder: Path, server: Recording, ledger: Database
) -> None:
    """A plain `--resume` does not send to them again. Another retry does."""
    port(folder, server.port, 1)
    assert "is paused" in run("send", "--resume", "--uncertain", "retry", code=1).stderr
    assert counts(run) == {"accepted": 3, "uncertain": 3}
    port(folder, 1, server.port)
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 3, "uncertain": 3}
    assert len(server.accepted()) == 6
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 6}
    assert sorted(server.accepted()[6:]) == sorted(ADDRESSES[3:])
    ledger.close()


@pytest.mark.parametrize("reply", ["550", "drop"])
def test_a_retry_that_is_not_accepted_stays_uncertain(
    run: Run, server: Recording, ledger: Database, reply: str
) -> None:
    """The recipient may have the first message, so `--retry-failed` and another campaign leave them out."""
    doubt(ledger, ADDRESSES[5], to=reply)
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 5, "uncertain": 1}
    assert "no campaign of 029 has failed" in run("send", "029", "--retry-failed", code=1).stderr
    assert "already received 029" in run("send", "029", "--yes", "--untested", code=1).stderr
    ledger.close()


def test_a_retry_that_is_deferred_is_tried_again_in_the_same_run(run: Run, server: Recording, ledger: Database) -> None:
    """The server accepts the second attempt."""
    doubt(ledger, ADDRESSES[5], to="450once")
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 6}
    ledger.close()


def test_only_deliveries_that_were_uncertain_before_the_run_are_retried(
    run: Run, server: Recording, ledger: Database
) -> None:
    """A pending recipient is sent the issue once, and a subscriber who unsubscribed is left out."""
    with ledger.write() as connection:
        connection.execute(update(delivery).where(delivery.c.address == ADDRESSES[0]).values(state="pending"))
        connection.execute(update(campaign).values(state="paused"))
    run("subscribers", "remove", ADDRESSES[4], "--yes", code=0)
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert sorted(server.accepted()[6:]) == [ADDRESSES[0], ADDRESSES[3], ADDRESSES[5]]
    assert counts(run) == {"accepted": 5, "uncertain": 1}
    with ledger.read() as connection:
        assert connection.execute(select(campaign.c.state)).scalars().all() == ["complete"]
    assert json.loads(run("campaigns", "--json", code=0).stdout)[0]["state"] == "complete"
    ledger.close()
