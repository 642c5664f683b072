"""Limits that several processes share over PostgreSQL."""

import math
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, true

from newsletter.campaign.shared_pace import BLOCK, SharedPace, SharedPaces
from newsletter.database.database import Database
from newsletter.database.tables import sending_pace, subscriber
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.ledger.shared_limits import SharedLimits

REPOSITORY = Path(__file__).parent.parent.parent
NOW = 1_800_000_000.0


class Clock:
    """A simulated clock, for processes and for the database."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Worker:
    """A process that sends when it is scheduled and has a token. `used` has the times."""

    def __init__(self, limits: SharedLimits, clock: Clock, rate: float) -> None:
        self._limits, self._clock, self._rate = limits, clock, rate
        self.used: list[float] = []
        self.start()

    def start(self) -> None:
        """Start again, without giving tokens back, as after a crash."""
        self._pace = SharedPace(self._rate, key="server:x", buckets=self._limits, clock=self._clock)

    def send(self, most: int) -> None:
        """Send messages as long as there are tokens for now."""
        for _ in range(most):
            self._limits.now = NOW + self._clock.now
            if self._pace.ask(self._clock.now) > self._clock.now or self._pace.free > self._clock.now:
                return
            self._pace.reserve(self._clock.now)
            self.used.append(self._clock.now)

    def stop(self) -> None:
        """Give unused tokens back."""
        self._limits.now = NOW + self._clock.now
        self._pace.close()


def most_in_a_second(times: list[float]) -> int:
    """Return the largest number of times in one second."""
    return max((sum(at <= other < at + 1 for other in times) for at in times), default=0)


# Processes that send as fast as they may for two seconds, so that they take large blocks.
_BUSY = [(0.005, step % 4, 30, "") for step in range(400)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([0.7, 3.0, 10.0, 50.0]),
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.001, 0.02, 0.1, 0.24, 0.26, 0.5, 1.1]),
            st.integers(0, 3),
            st.sampled_from([0, 1, 2, 30]),
            st.sampled_from(["", "", "", "crash", "stop"]),
        ),
        max_size=120,
    ),
)
@example(50.0, [*_BUSY, *((0.26, number, 1, "") for number in range(4)), (1.1, 0, 0, ""), *_BUSY])
@example(50.0, [*_BUSY, *((0.26, number, 1, "crash") for number in range(4)), (1.1, 0, 0, ""), *_BUSY])
def test_no_second_exceeds_a_limit_by_more_than_a_block(
    postgresql_database: Database, rate: float, schedule: list[tuple[float, int, int, str]]
) -> None:
    """However the processes are scheduled, whatever they do with their tokens, and when they die."""
    with postgresql_database.write() as connection:
        connection.execute(delete(sending_pace))
    clock, limits = Clock(), SharedLimits(postgresql_database)
    workers = [Worker(limits, clock, rate) for _ in range(4)]
    for wait, number, most, end in schedule:
        clock.now += wait
        workers[number].send(most)
        if end == "crash":
            workers[number].start()
        elif end == "stop":
            workers[number].stop()
    limits.close()
    used = sorted(at for worker in workers for at in worker.used)
    assert most_in_a_second(used) <= math.ceil(rate + max(1, rate * BLOCK))


def test_workers_that_share_a_limit_use_all_of_it(postgresql_database: Database) -> None:
    """Four of them, one of which is slow, send nine tenths of the messages that the limit allows."""
    clock, limits = Clock(), SharedLimits(postgresql_database)
    workers = [Worker(limits, clock, 100.0) for _ in range(4)]
    for step in range(5_000):
        clock.now = step * 0.002
        for number, worker in enumerate(workers):
            if number or not step % 25:
                worker.send(1)
    limits.close()
    used = [at for worker in workers for at in worker.used]
    assert 900 <= len(used) <= 1_025


def test_unused_tokens_are_given_back(postgresql_database: Database) -> None:
    """If no other process has taken tokens since. Otherwise they are lost."""
    limits = SharedLimits(postgresql_database)
    limits.now = NOW
    first = limits.take("domain:x", 10.0, 2, BLOCK)
    limits.give_back("domain:x", 10.0, 1, first.end)
    second = limits.take("domain:x", 10.0, 2, BLOCK)
    assert (round(first.wait, 3), round(second.wait, 3)) == (0.0, 0.1)
    limits.give_back("domain:x", 10.0, 1, first.end)
    assert limits.take("domain:x", 10.0, 1, BLOCK).tokens == 0
    limits.now = NOW + 0.1
    assert round(limits.take("domain:x", 10.0, 1, BLOCK).wait, 3) == 0.2
    limits.close()


def test_a_clock_that_was_set_back_stops_no_campaign(postgresql_database: Database) -> None:
    """Buckets and holds of the future are not valid."""
    limits = SharedLimits(postgresql_database)
    limits.now = NOW + 86_400
    assert limits.take("campaign:1", 1.0, 1, BLOCK).tokens == 1
    limits.hold("domain:x", 3_600)
    limits.now = NOW
    assert limits.take("campaign:1", 1.0, 1, BLOCK).tokens == 1
    assert limits.take("domain:x", 1.0, 1, BLOCK).tokens == 1
    assert limits.held() == {}
    limits.close()


def test_a_back_off_is_shared(postgresql_database: Database) -> None:
    """Of a domain, and of a server. The longest of several counts."""
    mine, others = (SharedLimits(postgresql_database) for _ in range(2))
    mine.now = others.now = NOW
    paces = SharedPaces(others, 1, Clock())
    server = paces.server("smtp.example:25", SharedPace(0.0, key="", buckets=others))
    mine.hold("domain:slow.example", 60)
    mine.hold("domain:slow.example", 1)
    mine.hold("server:smtp.example:25", 30)
    assert paces.held_domains(0.0) == [("slow.example", 60.0)]
    assert server.ask(0.0) == 30.0
    assert mine.take("domain:slow.example", 1.0, 1, BLOCK).wait == 60.0
    mine.now = others.now = NOW + 61
    assert paces.held_domains(61.0) == []
    assert server.ask(61.0) == 61.0
    mine.close()
    others.close()


def test_two_processes_share_the_limit_of_a_server(postgresql_database: Database) -> None:
    """Each sends its own campaign. Together, no second has more messages than the limit and a block."""
    people = [
        {"address": f"r{number}@x.example", "compared": f"r{number}@x.example", "state": "active"}
        | {"consent_at": 1, "created_at": 1}
        for number in range(60)
    ]
    ids = []
    with postgresql_database.write() as connection:
        connection.execute(insert(subscriber), people)
        for slug in ("028", "029"):
            new = NewCampaign(slug, "c" * 64, "Subject", "", "", git_clean=True, now=1)
            ids.append(create_campaign(connection, new, true()))
    url = postgresql_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    commands = [[sys.executable, "-m", "tests.campaign.shared_sender", url, str(id), "40"] for id in ids]
    processes = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for command in commands]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    times = [[float(line) for line in output.split()] for output in outputs]
    assert [len(some) for some in times] == [60, 60]
    assert most_in_a_second(sorted(times[0] + times[1])) <= 40 + 40 * BLOCK
