"""Recipients that are read from the ledger, in particular those of slow domains."""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, true, update

from newsletter.campaign import queue, waiting_pages
from newsletter.campaign.pacing import Pace
from newsletter.campaign.queue import Queue
from newsletter.campaign.waiting_pages import WaitingPages
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, subscriber
from newsletter.ledger.new_campaign import NewCampaign, create_campaign

if TYPE_CHECKING:
    from newsletter.ledger.delivery import WaitingDelivery

T = TypeVar("T")
NOW = 1_000_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database without subscribers."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as opened:
        yield opened


def add_campaign(database: Database, domains: list[str], deferred: dict[int, int] | None = None) -> int:
    """Add a campaign with a recipient at each domain. Some are deferred until a time. Returns its id."""
    rows = [
        {"address": f"r{number}@{name}", "compared": f"r{number}@{name}", "state": "active"}
        | {"consent_at": 1, "created_at": 1}
        for number, name in enumerate(domains)
    ]
    with database.write() as connection:
        connection.execute(delete(delivery))
        connection.execute(delete(subscriber))
        connection.execute(insert(subscriber), rows)
        new = NewCampaign("029", "c" * 64, "Subject", "", "", git_clean=True, now=1)
        id = create_campaign(connection, new, true())
        for number, due in (deferred or {}).items():
            later = {"state": DeliveryState.DEFERRED.value, "due_at": due, "attempts": 1}
            row = delivery.c.address == f"r{number}@{domains[number]}"
            connection.execute(update(delivery).where(row).values(later))
    return id


class Sending:
    """Sends the recipients of a campaign with a simulated clock. `sent` has the time of each message."""

    def __init__(self, database: Database, id: int, domain_rate: float) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, WaitingDelivery]] = []
        self._database = database
        pages = WaitingPages(database, id, None, lambda: NOW + self.now, 3600, patiently, lambda *_: None)
        self.queue = Queue(pages, Pace(0), domain_rate, 60, random.Random(1))

    def run(self, chance: random.Random | None = None, until: float = 1e9) -> None:
        """Send until no recipient is left or the time has come. By chance, a message is not sent at first."""
        while self.now < until and (turn := self.queue.take(Pace(0), self.now)):
            self.now = max(self.now, turn.at)
            if turn.recipient is None:
                continue
            if chance and chance.random() < 0.2:
                self.queue.put_back(turn.recipient)
                continue
            self.sent.append((turn.at, turn.recipient))
            with self._database.write() as connection:
                accepted = update(delivery).where(delivery.c.id == turn.recipient.id)
                connection.execute(accepted.values(state=DeliveryState.ACCEPTED.value))
            self.queue.finish(turn.recipient)


def patiently(read: Callable[[], T], stopped: T) -> T:
    """Read from a database that works."""
    return read()


@pytest.mark.parametrize("deferred", [False, True])
def test_a_slow_domain_holds_up_no_other(database: Database, deferred: bool) -> None:
    """Of 6,000 recipients at a domain that takes one message a second, the first few are in memory.

    The 300 others, whose recipients come after them, get their messages at once.
    """
    domains = ["slow.example"] * 6_000 + [f"d{number}.example" for number in range(300)]
    sending = Sending(database, add_campaign(database, domains), domain_rate=1)
    if deferred:
        with database.write() as connection:
            later = {"state": DeliveryState.DEFERRED.value, "due_at": NOW - 30_000 + delivery.c.id}
            connection.execute(update(delivery).values(later))
    sending.run(until=20)
    slow = [at for at, recipient in sending.sent if recipient.domain == "slow.example"]
    others = [at for at, recipient in sending.sent if recipient.domain != "slow.example"]
    assert others == [0.0] * 300
    assert slow == [float(second) for second in range(20)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from("aaaaabbcde"), min_size=1, max_size=150),
    st.dictionaries(st.integers(0, 149), st.integers(-50, 50), max_size=100),
    st.sampled_from([0.5, 3.0, 1_000.0]),
    st.integers(0, 100),
)
def test_every_recipient_is_read_once_at_the_pace_of_its_domain(
    database: Database, names: list[str], deferred: dict[int, int], domain_rate: float, seed: int
) -> None:
    """Pending or deferred, however many of a domain wait, and if some messages have to be queued again."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            *((queue, "FEW", 4), (queue, "FULL", 2), (queue, "ASIDE", 40)),
            *((waiting_pages, "PAGE", 10), (waiting_pages, "WINDOW", 7)),
        ):
            patch.setattr(module, name, value)
        domains = [f"{name}.example" for name in names]
        due = {number: NOW + after for number, after in deferred.items() if number < len(domains)}
        sending = Sending(database, add_campaign(database, domains, due), domain_rate)
        sending.run(random.Random(seed))
    with database.read() as connection:
        ids = list(connection.execute(select(delivery.c.id).order_by(delivery.c.id)).scalars())
    assert sorted(recipient.id for _, recipient in sending.sent) == ids
    for name in set(domains):
        series = [at for at, recipient in sending.sent if recipient.domain == name]
        assert all(later - earlier >= 1 / domain_rate - 1e-9 for earlier, later in pairwise(series))
    for at, recipient in sending.sent:
        number = int(recipient.address[1:].partition("@")[0])
        assert NOW + at >= due.get(number, 0)
