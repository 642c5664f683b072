"""Receipts: a ledger that was restored from a backup, or another database, does not send an issue twice."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from newsletter.campaign.receipt_writer import ReceiptWriter
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.errors import AccessError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.campaigns import find
from newsletter.ledger.delivery import DeliveryClaim
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.receipt_positions import find_position
from tests.campaign.publication import Recording, counts, publish
from tests.campaign.publication import delivery as settings
from tests.conftest import Run

ADDRESSES = [f"reader{number}@d{number}.example" for number in range(12)]
STEP = 5

Rows = Mapping[str, list[dict[str, object]]]


@pytest.fixture
def ledger(
    run: Run, folder: Path, server: Recording, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """The database of a publication with twelve subscribers, whose receipts grow by five."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    monkeypatch.setattr("newsletter.campaign.receipt_writer.STEP", STEP)
    publish(folder, settings(server.port, connections=1), ADDRESSES)
    with Database.open(database_url) as database:
        yield database


def backup(database: Database) -> Rows:
    """Copy all rows."""
    with database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables.metadata.sorted_tables
        }


def restore(database: Database, rows: Rows) -> None:
    """Replace all rows, as restoring a backup does."""
    with database.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(delete(table))
        for table in tables.metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(insert(table), rows[table.name])


def receipts(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "receipts/029.json").read_text())["campaigns"]
    return found


def attempted(folder: Path) -> object:
    """The number of recipients that the only receipt says may have the issue."""
    (found,) = receipts(folder)
    return found["attempted"]


def send(run: Run, *options: str, code: int = 0) -> str:
    """Send issue 029. Returns the messages."""
    return run("send", "029", *(options or ("--yes", "--untested")), code=code).stderr


def test_a_receipt_contains_no_address(run: Run, folder: Path, ledger: Database) -> None:
    """It has the id of the database, the campaign, the digest of its content and counts."""
    send(run)
    text = (folder / "receipts/029.json").read_text()
    assert "@" not in text
    (found,) = receipts(folder)
    with ledger.read() as connection:
        campaign = connection.execute(select(tables.campaign)).one()
        assert found["database"] == connection.execute(select(tables.database_identity.c.id)).scalar()
    assert (found["campaign"], found["content"], found["started"]) == (
        campaign.id,
        campaign.content,
        campaign.created_at,
    )
    assert (found["recipients"], found["attempted"]) == (12, 12)


def test_a_ledger_from_before_the_campaign_does_not_send_it_again(
    run: Run, folder: Path, server: Recording, ledger: Database
) -> None:
    """It says how many may have the issue. After `db adopt`, only those who joined after the backup get it."""
    before = backup(ledger)
    send(run)
    restore(ledger, before)
    (folder / "issues/029.yaml").write_text(
        (folder / "issues/029.yaml").read_text().replace("status: published", "status: draft")
    )
    error = send(run, code=1)
    assert "nothing was sent" in error
    assert "up to 12 subscribers may have received 029" in error
    assert "newsletter db adopt" in error
    assert "029: 12 recipients may have received it and are now uncertain" in run("db", "adopt", code=0).stderr
    assert counts(run) == {"uncertain": 12}
    assert "agrees with all receipts" in run("db", "adopt", code=0).stderr
    run("subscribers", "add", "new@d.example", "--consent", "asked", code=0)
    send(run)
    assert sorted(server.accepted()) == sorted([*ADDRESSES, "new@d.example"])


@pytest.mark.parametrize("linked", ["receipts", "receipts/029.json"])
@pytest.mark.parametrize("exists", [True, False], ids=["existing", "dangling"])
def test_a_receipt_that_leads_out_of_the_publication_is_refused(
    run: Run,
    folder: Path,
    server: Recording,
    ledger: Database,
    tmp_path_factory: pytest.TempPathFactory,
    linked: str,
    exists: bool,
) -> None:
    """Nothing is sent, and no file is written outside the publication."""
    target = tmp_path_factory.mktemp("outside") / "place"
    (folder / linked).parent.mkdir(exist_ok=True)
    (folder / linked).symlink_to(target)
    if exists and linked == "receipts":
        target.mkdir()
    elif exists:
        target.write_text('{"campaigns": []}')
    error = send(run, code=1)
    assert "receipts/029.json cannot be read: a symbolic link leads out of the publication" in error
    assert server.accepted() == []
    if exists:
        assert target.is_file() or not list(target.iterdir())
    else:
        assert not target.exists()


@pytest.mark.parametrize("number", [2, 7])
def test_a_ledger_from_the_middle_of_a_campaign_does_not_send_it_again(
    run: Run, folder: Path, server: Recording, ledger: Database, number: int
) -> None:
    """Also if the receipt has not been extended since the backup, because it changes when a run ends.

    After `db adopt`, the campaign continues with the recipients that no message can have reached.
    """
    snapshots: list[Rows] = []
    write = LedgerWriter.write

    def snapshot(self: LedgerWriter, outcomes: Any, claims: Any, dropped: Any) -> frozenset[int]:
        if len(server.accepted()) == number and not snapshots:
            snapshots.append(backup(ledger))
        if len(server.accepted()) == 8 and claims:
            write(self, outcomes, [], dropped)
            raise AccessError("the disk is full")
        return write(self, outcomes, claims, dropped)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LedgerWriter, "write", snapshot)
        assert "the disk is full" in send(run, code=1)
    assert counts(run) == {"accepted": 8, "pending": 4}
    restore(ledger, snapshots[0])
    assert counts(run)["pending"] > 4
    error = send(run, "--resume", code=1)
    assert f"up to {attempted(folder)} subscribers may have received 029" in error
    assert len(server.accepted()) == 8
    assert "To continue: `newsletter send 029 --resume`" in run("db", "adopt", code=0).stderr
    send(run, "--resume")
    assert len(server.accepted()) == len(set(server.accepted()))
    found = counts(run)
    assert found["uncertain"] >= 4
    assert sum(found.values()) == 12
    assert set(ADDRESSES[attempted_index(folder) :]) <= set(server.accepted())


def attempted_index(folder: Path) -> int:
    found = attempted(folder)
    assert isinstance(found, int)
    return found


def test_another_database_does_not_send_an_issue_again(
    run: Run, folder: Path, server: Recording, ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `db adopt`, all its subscribers count as uncertain."""
    send(run)
    with ledger.write() as connection:
        of_campaign = (tables.delivery, tables.delivery_count, tables.receipt_position, tables.shared_run)
        for table in (*of_campaign, tables.proof, tables.event, tables.campaign):
            connection.execute(delete(table))
        connection.execute(update(tables.database_identity).values(id="0" * 32))
    assert "029 was sent from another database than" in send(run, code=1)
    assert "029: 12 recipients" in run("db", "adopt", code=0).stderr
    assert "already received 029" in send(run, code=1)
    assert sorted(server.accepted()) == sorted(ADDRESSES)
    send(run, "--resume", "--uncertain", "retry")
    assert len(server.accepted()) == 24


def test_a_killed_campaign_is_resumed_without_adopting(
    run: Run, folder: Path, server: Recording, ledger: Database
) -> None:
    """The receipt is ahead of the claims, but not of the ledger."""
    write = LedgerWriter.write

    def die(self: LedgerWriter, outcomes: Any, claims: Any, dropped: Any) -> frozenset[int]:
        if claims and claims[0].id > 6:
            write(self, outcomes, [], dropped)
            raise AccessError("killed")
        return write(self, outcomes, claims, dropped)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LedgerWriter, "write", die)
        send(run, code=1)
    assert len(server.accepted()) < 12
    send(run, "--resume")
    assert sorted(server.accepted()) == sorted(ADDRESSES)
    assert counts(run) == {"accepted": 12}


def test_a_receipt_is_ahead_of_every_claim(run: Run, folder: Path, server: Recording, ledger: Database) -> None:
    """The ledger contains the position first, then the file, before a delivery is claimed."""
    send(run)
    with ledger.write() as connection:
        connection.execute(update(tables.delivery).values(state="pending", attempts=0))
        connection.execute(delete(tables.receipt_position))
        connection.execute(update(tables.campaign).values(state="paused"))
        campaign = find(connection, 1)
        ids = list(connection.execute(select(tables.delivery.c.id).order_by("id")).scalars())
    assert isinstance(campaign, Campaign)
    (folder / "receipts/029.json").unlink()
    writer = ReceiptWriter(ledger, folder, campaign)
    writer.mark()
    seen = []
    for id in ids:
        writer.cover([DeliveryClaim(id, 0, "", "")])
        with ledger.read() as connection:
            position = find_position(connection, 1)
        (found,) = receipts(folder)
        assert position
        assert (position.up_to, position.generation) == (found["up_to_delivery"], found["generation"])
        assert id <= position.up_to
        seen.append(found["attempted"])
    assert seen == [6] * 6 + [12] * 6


@pytest.mark.parametrize("content", ["<<<<<<< HEAD\n", "[]", '{"campaigns": [{"database": 3}]}'])
def test_a_damaged_receipt_stops_the_campaign(
    run: Run, folder: Path, server: Recording, ledger: Database, content: str
) -> None:
    """A merge conflict, for example. It is restored with git."""
    (folder / "receipts").mkdir()
    (folder / "receipts/029.json").write_text(content)
    assert "receipts/029.json is not a receipt of a campaign" in send(run, code=1)
    assert server.accepted() == []


def test_a_campaign_without_a_receipt_is_resumed(run: Run, folder: Path, server: Recording, ledger: Database) -> None:
    """It was started by an earlier version, or the file was deleted. Its receipt then covers earlier attempts."""
    send(run)
    with ledger.write() as connection:
        late = tables.delivery.c.address.in_(ADDRESSES[10:])
        connection.execute(update(tables.delivery).where(late).values(state="pending", attempts=0))
        connection.execute(delete(tables.receipt_position))
        connection.execute(update(tables.campaign).values(state="paused"))
    (folder / "receipts/029.json").unlink()
    send(run, "--resume")
    assert attempted(folder) == 12
    assert len(server.accepted()) == 14


def test_a_renamed_issue_keeps_its_receipts(run: Run, folder: Path, server: Recording, ledger: Database) -> None:
    """An alias names the earlier receipt."""
    before = backup(ledger)
    send(run)
    restore(ledger, before)
    issue = (folder / "issues/029.yaml").read_text().replace("status: published", "status: draft")
    (folder / "issues/029.yaml").unlink()
    (folder / "issues/lenses.yaml").write_text("aliases: ['029']\n" + issue)
    assert "may have received 029" in run("send", "lenses", "--yes", "--untested", code=1).stderr
    assert len(server.accepted()) == 12
