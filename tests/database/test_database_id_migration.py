"""The upgrade from version 0004, whose databases have no id: campaigns stay as they are, and can be resumed."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import VERSION, upgrade_schema
from newsletter.database.tables import campaign, database_identity, delivery
from tests.campaign.publication import delivery as settings
from tests.campaign.publication import publish, recording
from tests.conftest import Run

ADDRESSES = [f"reader{number}@d.example" for number in range(6)]


@pytest.fixture
def old_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of an empty database of version 0004 on each of the two."""
    url: str = request.getfixturevalue("empty_postgresql") if database_url.startswith("postgresql") else database_url
    with Database(parse_url(url)) as database, database.write() as connection:
        upgrade_schema(connection, "0004")
    return url


def id_of(url: str) -> str:
    with Database.open(url) as database, database.read() as connection:
        id: str = connection.execute(select(database_identity.c.id)).scalar_one()
        return id


def test_every_database_gets_its_own_id(old_url: str, tmp_path: Path) -> None:
    """It is random, and a second upgrade keeps it."""
    assert Database.upgrade(old_url) == ("0004", VERSION)
    id = id_of(old_url)
    Database.upgrade(old_url)
    assert id_of(old_url) == id
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert len({id, id_of(other)}) == 2
    assert len(id) == len(id_of(other)) == 32


def test_a_copy_has_the_id_of_the_original(
    run: Run, folder: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It replaces the original, so its receipts stay valid."""
    publish(folder, settings(1), ADDRESSES)
    run("db", "copy", empty_postgresql, code=0)
    assert id_of(empty_postgresql) == id_of(f"sqlite:///{folder / 'newsletter.db'}")


def test_an_unfinished_campaign_is_resumed_after_the_upgrade(
    run: Run, folder: Path, old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first receipt covers the deliveries that were attempted before the upgrade."""
    new_url = f"sqlite:///{folder / 'new.db'}"
    monkeypatch.setenv("NEWSLETTER_DATABASE", new_url)
    with recording(folder) as server:
        publish(folder, settings(server.port), ADDRESSES)
        run("send", "029", "--yes", "--untested", code=0)
        with (
            Database.open(new_url) as new,
            new.read() as reading,
            Database(parse_url(old_url)) as old,
            old.write() as writing,
        ):
            for table in ("subscriber", "signing_key", "campaign", "delivery"):
                for row in reading.execute(text(f"SELECT * FROM {table}")).mappings():
                    # These columns are newer than this version.
                    newer = ("idempotent_since", "lease", "past_issues", "started_at")
                    values = {name: value for name, value in row.items() if name not in newer}
                    values |= {"git_clean": bool(row["git_clean"])} if "git_clean" in row else {}
                    names = ", ".join(f":{name}" for name in values)
                    writing.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({names})"), values)
            writing.execute(update(campaign).values(state="paused", finished_at=None))
            writing.execute(update(delivery).where(delivery.c.id > 4).values(state="pending", attempts=0))
        (folder / "receipts/029.json").unlink()
        monkeypatch.setenv("NEWSLETTER_DATABASE", old_url)
        run("db", "upgrade", code=0)
        run("send", "--resume", code=0)
        assert sorted(server.accepted()) == sorted(ADDRESSES + ADDRESSES[4:])
        assert '"attempted": 6' in (folder / "receipts/029.json").read_text()
