"""A run of a campaign to a transport in memory: how it reads its recipients."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, true

from newsletter.campaign import queue
from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer, RunRules
from newsletter.campaign.sending import RunEnding, Sending, SendingLimits
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.database.tables import subscriber
from newsletter.ledger import campaigns
from newsletter.ledger.deliveries import LedgerWriter
from newsletter.publication.delivery_settings import Handover
from newsletter.transports import registry
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict
from newsletter.transports.registry import TRANSPORTS, TransportKind
from tests.campaign.publication import counts, delivery, publish
from tests.conftest import Run


class Memory(Connection):
    """A transport that accepts every message."""

    name, connections, rate = "memory", 10, 0.0

    def connect(self) -> "Memory":
        return self

    def send(self, message: Outgoing) -> Answer:
        return Answer(Verdict.ACCEPTED, Stage.END, 250)


class Later(Memory):
    """A transport whose answers come after some rounds of the event loop."""

    async def sending(self, message: Outgoing) -> Answer:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.send(message)

    def connect(self) -> "Later":
        return self


class Unclosable(Memory):
    """A transport whose connections take one message each, and cannot be closed."""

    usable = False

    def connect(self) -> "Unclosable":
        return self

    async def closing(self) -> None:
        raise RuntimeError("closed already")


def unclosable(_settings: object, _environment: object, _root: object) -> tuple[Unclosable, ...]:
    return (Unclosable(),)


def test_a_connection_that_cannot_be_closed_is_a_warning(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages are accepted, and the campaign is complete."""
    monkeypatch.setattr(registry, "TRANSPORTS", {**TRANSPORTS, Handover.SMTP: TransportKind(unclosable)})
    publish(folder, delivery(25), ["ann@x.example", "bob@y.example"])
    shown = run("send", "029", "--yes", "--untested", code=0).stderr
    assert "is complete: 2 accepted" in shown
    assert shown.count("Warning: a connection to memory could not be closed: closed already.\n") == 1
    assert counts(run) == {"accepted": 2}


def test_a_sender_without_a_recipient_lets_the_others_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where reading the ledger takes longer than the pause between two readings."""
    monkeypatch.setattr(queue, "PAUSE", 0.0)
    monkeypatch.setattr(queue, "GLANCE", 0.0)
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ["reader@example.com"], PacedServer(Later(), Pace(0), 2))
    assert ending.state is CampaignState.COMPLETE


def sent(database: Database, addresses: list[str], server: PacedServer) -> RunEnding:
    """Send a campaign to new subscribers; returns how it ended."""
    people = [
        {"address": address, "compared": address, "state": "active", "consent_at": 1, "created_at": 1}
        for address in addresses
    ]
    with database.write() as connection:
        connection.execute(insert(subscriber), people)
        new = campaigns.NewCampaign("029", "c" * 64, "Subject", "", "", git_clean=True, now=1)
        id = campaigns.create_campaign(connection, new, true())
    writer = LedgerWriter(database)
    message = Outgoing("lens@example.org", "reader@example.com", b"Subject: 29\r\n\r\nRead.\r\n")
    sending = Sending(database, writer, id, lambda _: message, [server], RunRules((60,), 20), SendingLimits())
    ending = sending.run(lambda _: None)
    writer.close()
    return ending


def test_recipients_are_read_in_pages_of_500(tmp_path: Path) -> None:
    """Smaller pages would query the ledger all the time, and larger ones would take memory with the audience."""
    addresses = [f"reader{number}@d{number % 7}.example" for number in range(1_200)]
    pages: list[int] = []

    def note(_connection: object, _cursor: object, statement: str, values: tuple[Any, ...], *_: object) -> None:
        if "delivery.id >" in statement and "LIMIT" in statement:
            pages.append(max(value for value in values[-2:] if value != 0))

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        event.listen(database.engine, "before_cursor_execute", note)
        ending = sent(database, addresses, PacedServer(Memory(), Pace(0), 4))
    assert ending.state is CampaignState.COMPLETE
    # Three pages with recipients. A connection with nothing to do may look again before the last outcomes are written.
    assert set(pages) == {500}
    assert 3 <= len(pages) <= 20
