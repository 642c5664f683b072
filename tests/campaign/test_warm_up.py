"""The limit of messages per day while a domain is new."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer
from newsletter.campaign.sending_gate import SendingGate
from newsletter.campaign.tally import Tally
from newsletter.campaign.warm_up import DayLimit, WarmUp
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.database.tables import delivery as deliveries
from newsletter.publication.delivery_settings import DeliverySettings, WarmUpSettings
from newsletter.transports.base import Answer, Outgoing, Stage, Verdict
from tests.campaign.publication import Recording, delivery, publish
from tests.campaign.test_sending import Later, Memory, sent
from tests.conftest import Run

BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = WarmUpSettings.model_validate({"start": "2026-12-01", "first_day": "3", "growth": "2"})


class Days:
    """A clock that shows the last moments of a day, and then of the next."""

    def __init__(self, first: str) -> None:
        self.day = date.fromisoformat(first)

    def __call__(self) -> float:
        return datetime(self.day.year, self.day.month, self.day.day, 23, 59, 59, 700_000, tzinfo=BERLIN).timestamp()

    def next(self) -> None:
        """Go to the next day."""
        self.day += timedelta(days=1)


def accepted_by_day(database: Database) -> list[int]:
    """Count the accepted messages of each day."""
    with database.read() as connection:
        times = list(
            connection.execute(select(deliveries.c.answered_at).where(deliveries.c.state == "accepted")).scalars()
        )
    days = [datetime.fromtimestamp(at, BERLIN).date() for at in times]
    return [days.count(day) for day in sorted(set(days))]


@pytest.mark.parametrize("connections", [1, 4])
def test_a_campaign_waits_until_the_next_day_when_the_limit_is_reached(tmp_path: Path, connections: int) -> None:
    """Each day allows twice as many messages as the best day before. Rejected ones do not count."""
    clock = Days("2026-12-01")
    reasons: list[str] = []

    class Rejecting(Later):
        """A transport that rejects one message in seven."""

        number = 0

        def connect(self) -> "Rejecting":
            return self

        def send(self, message: Outgoing) -> Answer:
            self.number += 1
            if self.number % 7:
                return Answer(Verdict.ACCEPTED, Stage.END, 250)
            return Answer(Verdict.REFUSED, Stage.RCPT, 550, "5.1.1", "No such user")

    def watch(tally: Tally) -> None:
        if tally.closed and (not reasons or str(tally.closed) != reasons[-1]):
            reasons.append(str(tally.closed))
            clock.next()

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        gate = SendingGate(None, clock, day=WarmUp(SETTINGS, BERLIN, database, clock).today, zone=BERLIN)
        people = [f"reader{number}@d{number}.example" for number in range(20)]
        ending = sent(database, people, PacedServer(Rejecting(), Pace(0), connections), watch, gate=gate, clock=clock)
        by_day = accepted_by_day(database)
    assert ending.state is CampaignState.COMPLETE
    assert reasons == [
        "the day's limit of 3 messages is reached until Wed 2 Dec 00:00 (Europe/Berlin)",
        "the day's limit of 6 messages is reached until Thu 3 Dec 00:00 (Europe/Berlin)",
    ]
    assert by_day == [3, 6, 9]


def test_the_limit_follows_from_the_best_day(tmp_path: Path) -> None:
    """It does not rise on days without a campaign, and begins anew after 30. Days before the start do not count."""
    clock = Days("2026-11-30")
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        warm_up = WarmUp(SETTINGS, BERLIN, database, clock)
        limits = [warm_up.today().limit]
        sent(database, [f"a{number}@x.example" for number in range(50)], PacedServer(Memory(), Pace(0), 1), clock=clock)
        for _ in range(2):
            clock.next()
            limits.append(warm_up.today().limit)
        sent(database, [f"b{number}@x.example" for number in range(40)], PacedServer(Memory(), Pace(0), 1), clock=clock)
        assert warm_up.today().accepted == 90 - 50
        for _ in range(31):
            clock.next()
            limits.append(warm_up.today().limit)
    assert limits == [3, 3, 3, *[80] * 30, 3]


def test_messages_in_progress_count_until_they_are_finished() -> None:
    """At the limit, a sender waits for them, since some may be rejected."""
    gate = SendingGate(None, lambda: 0.0, day=lambda: DayLimit(5, 2, 86_400.0))
    assert gate.opens(10.0, 3) == float("inf")
    assert gate.opens(10.0, 2) == 10.0
    gate.take()
    assert gate.opens(10.0, 3) == float("inf")


@pytest.mark.parametrize("text", ["1", "0.5", "6", "twice", "1,5", "2x"])
def test_a_factor_is_above_one(text: str) -> None:
    """The error says what to write."""
    with pytest.raises(ValidationError, match="not a valid factor"):
        DeliverySettings.model_validate({"warmup": {"start": "2026-12-01", "growth": text}})


def test_the_doctor_shows_the_limit_of_today(run: Run, folder: Path, server: Recording) -> None:
    """And how many messages were accepted today."""
    today = datetime.now(UTC).date()
    publish(folder, delivery(server.port, f"warmup: {{start: {today}, first_day: 50}}"), ["ann@x.example"])
    assert "today's limit is 50 messages, 0 accepted so far" in run("doctor").stdout
    if datetime.now(UTC).date() == today and time.gmtime().tm_hour < 23:
        run("send", "029", "--yes", "--untested", code=0)
        assert "today's limit is 50 messages, 1 accepted so far" in run("doctor").stdout
