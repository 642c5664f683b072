"""Runs of campaigns, mostly through transports in memory."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, true

from newsletter.campaign import queue
from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import Queue, Turn
from newsletter.campaign.run_state import PacedServer, RunRules
from newsletter.campaign.sending import CampaignRun, RunEnding, SendingLimits
from newsletter.campaign.sending_gate import SendingGate
from newsletter.campaign.stop import Stop
from newsletter.campaign.stop_signal import StopSignal
from newsletter.campaign.tally import Tally
from newsletter.campaign.threads import in_thread
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.database.tables import subscriber
from newsletter.ledger.deliveries import count_deliveries
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.publication.delivery_settings import TransportName
from newsletter.transports import registry
from newsletter.transports.base import Answer, Connection, Outgoing, Stage, Verdict
from newsletter.transports.registry import TRANSPORTS, TransportKind
from tests.campaign.publication import counts, delivery, publish
from tests.conftest import Run
from tests.transports.raw_server import Peer, raw_server
from tests.transports.samples import transport


class Memory(Connection):
    """A transport that accepts every message."""

    name, connections, rate = "memory", 10, 0.0

    def connect(self) -> "Memory":
        return self

    def send(self, message: Outgoing) -> Answer:
        return Answer(Verdict.ACCEPTED, Stage.END, 250)


class Later(Memory):
    """A transport whose answers arrive after some iterations of the event loop."""

    async def sending(self, message: Outgoing) -> Answer:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.send(message)

    def connect(self) -> "Later":
        return self


class Unclosable(Memory):
    """A transport whose connections send one message each and cannot be closed."""

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
    monkeypatch.setattr(registry, "TRANSPORTS", {**TRANSPORTS, TransportName.SMTP: TransportKind(unclosable)})
    publish(folder, delivery(25), ["ann@x.example", "bob@y.example"])
    shown = run("send", "029", "--yes", "--untested", code=0).stderr
    assert "is complete: 2 accepted" in shown
    assert shown.count("Warning: a connection to memory could not be closed: closed already.\n") == 1
    assert counts(run) == {"accepted": 2}


def test_a_sender_without_a_recipient_does_not_block_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This is also true if reading the ledger takes longer than the wait between two readings."""
    monkeypatch.setattr(queue, "EMPTY_PAGE_WAIT", 0.0)
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ["reader@example.com"], PacedServer(Later(), Pace(0), 2))
    assert ending.state is CampaignState.COMPLETE


def aborted() -> Stop:
    """Return a request to abort, as after two Ctrl-C before the run checks it."""
    stop = Stop()
    stop.request()
    stop.abort()
    return stop


def test_a_campaign_that_is_aborted_immediately_sends_no_message(tmp_path: Path) -> None:
    """The reason is that the author stopped it, and all deliveries stay pending."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ["reader@example.com"], PacedServer(Memory(), Pace(0), 1), stop=aborted())
        with database.read() as connection:
            pending = count_deliveries(connection, 1)[DeliveryState.PENDING]
    assert (ending.reason, pending) == ("stopped by the author", 1)


def test_a_connection_that_opens_after_the_stop_is_closed(tmp_path: Path) -> None:
    """The run does not wait for it. The server receives QUIT and no message."""
    stop, opening, ended = Stop(), threading.Event(), threading.Event()

    def late(peer: Peer) -> None:
        opening.set()
        assert ended.wait(60)
        peer.greet()
        assert peer.read() == b"QUIT"

    def stop_it(_tally: Tally) -> None:
        if opening.is_set():
            stop.request()

    with raw_server(late) as port, Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ["ann@example.com"], PacedServer(transport(port), Pace(0), 1), stop_it, stop)
        ended.set()
    assert (ending.state, ending.reason) == (CampaignState.PAUSED, "stopped by the author")


def test_the_reason_of_a_campaign_aborted_between_messages_is_the_author(tmp_path: Path) -> None:
    """No message is in progress, and the reason is not that some messages were not sent."""
    stop = Stop()

    def abort(tally: Tally) -> None:
        if tally.reached:
            stop.request()
            stop.abort()

    addresses = ["ann@example.com", "bob@example.com"]
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        # The second message has to wait for a quarter of an hour.
        ending = sent(database, addresses, PacedServer(Memory(), Pace(0.001), 1), abort, stop)
        with database.read() as connection:
            counted = count_deliveries(connection, 1)
    assert ending.reason == "stopped by the author"
    assert (counted[DeliveryState.ACCEPTED], counted[DeliveryState.PENDING]) == (1, 1)


def test_a_stopped_run_finishes_the_message_under_way(tmp_path: Path) -> None:
    """It begins no other, and the campaign is paused by the author."""
    begun, finish = threading.Event(), threading.Event()
    stop, asked = Stop(), threading.Event()

    class Held(Memory):
        """A transport that answers when it may."""

        async def sending(self, message: Outgoing) -> Answer:
            begun.set()
            await in_thread(finish.wait, StopSignal(), lambda _: None)
            return self.send(message)

        def connect(self) -> "Held":
            return self

    def progress(_: Tally) -> None:
        if asked.is_set():
            finish.set()
        elif begun.is_set():
            stop.request()
            asked.set()

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        people = ["ann@example.com", "bob@example.com"]
        ending = sent(database, people, PacedServer(Held(), Pace(0), 1), progress, stop)
        with database.read() as connection:
            counts = count_deliveries(connection, 1)
    assert (ending.state, ending.reason) == (CampaignState.PAUSED, "stopped by the author")
    assert (counts[DeliveryState.ACCEPTED], counts[DeliveryState.PENDING]) == (1, 1)


def test_senders_without_a_recipient_do_not_poll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one message is in progress, each of the nine others asks for a recipient a few times at most."""
    finish, shown, takes = threading.Event(), 0, 0
    take = Queue.take

    class Held(Memory):
        """A transport that answers when it may."""

        async def sending(self, message: Outgoing) -> Answer:
            await in_thread(finish.wait, StopSignal(), lambda _: None)
            return self.send(message)

        def connect(self) -> "Held":
            return self

    def counted(self: Queue, server: Pace, now: float, name: str) -> Turn | None:
        nonlocal takes
        takes += 1
        return take(self, server, now, name)

    def progress(_: Tally) -> None:
        nonlocal shown
        shown += 1
        if shown == 5:
            finish.set()

    monkeypatch.setattr(Queue, "take", counted)
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ["reader@example.com"], PacedServer(Held(), Pace(0), 10), progress)
    assert ending.state is CampaignState.COMPLETE
    assert takes <= 50


def test_a_used_up_connection_is_closed_before_the_next_is_opened(tmp_path: Path) -> None:
    """A server that takes one message for each connection may allow one connection."""
    events: list[str] = []

    class OneMessage(Memory):
        """A connection that takes one message."""

        usable = True

        def connect(self) -> "OneMessage":
            events.append("open")
            return OneMessage()

        def send(self, message: Outgoing) -> Answer:
            self.usable = False
            events.append("send")
            return super().send(message)

        def close(self) -> None:
            events.append("close")

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        people = [f"reader{number}@example.com" for number in range(3)]
        ending = sent(database, people, PacedServer(OneMessage(), Pace(0), 1))
    assert ending.state is CampaignState.COMPLETE
    assert events == ["open", "send", "close"] * 3


def sent(
    database: Database,
    addresses: list[str],
    server: PacedServer,
    progress: Callable[[Tally], None] = lambda _: None,
    stop: Stop | None = None,
    gate: SendingGate | None = None,
    clock: Callable[[], float] = time.time,
) -> RunEnding:
    """Send a campaign to new subscribers. Returns how it ended."""
    subscribers = [
        {"address": address, "compared": address, "state": "active", "consent_at": 1, "created_at": 1}
        for address in addresses
    ]
    with database.write() as connection:
        connection.execute(insert(subscriber), subscribers)
        new = NewCampaign("029", "c" * 64, "Subject", "", "", git_clean=True, now=1)
        id = create_campaign(connection, new, true())
    writer = LedgerWriter(database)
    message = Outgoing("lens@example.org", "reader@example.com", b"Subject: 29\r\n\r\nRead.\r\n")
    rules = RunRules((60,), 20)
    limits = SendingLimits()
    sending = CampaignRun(
        database, writer, id, lambda _: message, [server], rules, limits, stop=stop, gate=gate, clock=clock
    )
    ending = sending.run(progress)
    writer.close()
    return ending


def test_recipients_are_read_in_pages_of_500(tmp_path: Path) -> None:
    """Smaller pages would need more queries, and larger pages more memory."""
    addresses = [f"reader{number}@d{number % 7}.example" for number in range(1_200)]
    pages: list[int] = []

    def record(_connection: object, _cursor: object, statement: str, values: tuple[Any, ...], *_: object) -> None:
        if "delivery.id >" in statement and "LIMIT" in statement:
            pages.append(max(value for value in values[-2:] if value != 0))

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        event.listen(database.engine, "before_cursor_execute", record)
        ending = sent(database, addresses, PacedServer(Memory(), Pace(0), 4))
    assert ending.state is CampaignState.COMPLETE
    # Three pages contain recipients. An idle sender may read again before the last outcomes are written.
    assert set(pages) == {500}
    assert 3 <= len(pages) <= 20
