"""The loop of a duty: on time, by any clock, until the worker stops."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from newsletter.errors import CampaignError, DatabaseError
from newsletter.web.access_log import ThrottledLog, access_log
from newsletter.worker.duty import MOST_WAIT, repeat
from newsletter.worker.waiting import WaitEnd, Waiting

HOUR = 3600.0


@dataclass
class Simulation:
    """A clock, whose waits take no time, and a duty. It stops after a number of waits.

    Attributes:
        answers: For each run of the duty, the seconds until the next, or an error.
        during: Called with the number of each wait. It may set the clock.
        waits: The seconds of each wait.
        runs: When the duty was done.
    """

    answers: list[float | Exception]
    during: Callable[[int], WaitEnd | None] = lambda _: None
    most: int = 100
    now: float = 1000.0
    waits: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    closed: bool = False
    name: str = "duty"

    def run(self) -> float:
        """Do the duty."""
        self.runs.append(self.now)
        answer = self.answers[min(len(self.runs), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Close the duty."""
        self.closed = True

    def simulate(self) -> list[float]:
        """Repeat the duty. Returns when it was done, in seconds after the start."""
        start = self.now
        repeat(self, lambda: self.now, self._wait, ThrottledLog(lambda: self.now))
        return [at - start for at in self.runs]

    def _wait(self, seconds: float) -> WaitEnd:
        self.waits.append(seconds)
        self.now += seconds
        ended = self.during(len(self.waits))
        return WaitEnd.STOPPED if len(self.waits) == self.most else ended or WaitEnd.ELAPSED


def test_a_duty_is_done_on_time() -> None:
    """No wait is longer than half a minute, since the clock may be set."""
    simulated = Simulation([65.0], most=7)
    assert simulated.simulate() == [0, 65, 130]
    assert simulated.waits == [30, 30, 5, 30, 30, 5, 30]
    assert simulated.closed


def test_a_clock_that_is_set_forward_is_noticed() -> None:
    """What has become due is done within half a minute."""
    simulated = Simulation([HOUR], most=2)

    def set_forward(number: int) -> None:
        if number == 1:
            simulated.now += HOUR

    simulated.during = set_forward
    assert simulated.simulate() == [0, HOUR + MOST_WAIT]


def test_a_clock_that_is_set_back_delays_a_duty_by_at_most_half_a_minute() -> None:
    """The wait in which it was set does not count."""
    simulated = Simulation([65.0], most=5)

    def set_back(number: int) -> None:
        if number == 1:
            simulated.now -= 10 * HOUR

    simulated.during = set_back
    simulated.simulate()
    assert simulated.waits == [30, 30, 30, 5, 30]
    assert len(simulated.runs) == 2


def test_a_duty_that_is_woken_is_done_at_once() -> None:
    """It does not wait for its time."""
    simulated = Simulation([HOUR], lambda number: WaitEnd.WOKEN if number == 2 else None, most=3)
    assert simulated.simulate() == [0, 60]


@pytest.mark.parametrize(
    ("error", "event", "wait"),
    [
        (DatabaseError("the database is away", transient=True), "duty waits", 5),
        (DatabaseError("the database is damaged"), "duty waits", 60),
        (CampaignError("something is wrong"), "duty failed", 60),
        (ValueError("unexpected"), "duty failed", 60),
    ],
)
def test_a_duty_that_fails_is_done_again(error: Exception, event: str, wait: float) -> None:
    """The error is logged, at most once a minute. It does not end the worker."""
    output = io.StringIO()
    simulated = Simulation([error, error, 30.0], most=6)
    with access_log(output):
        assert simulated.simulate()[:3] == [0, wait, 2 * wait]
    logged = [json.loads(line) for line in output.getvalue().splitlines()]
    assert {line["event"] for line in logged} == {event}
    assert str(error) in json.dumps(logged)


def test_a_thread_is_woken_and_stopped() -> None:
    """A wake before the wait is not lost. After a stop, no wait takes time."""
    waiting = Waiting()
    waiting.wake()
    assert waiting.wait(HOUR) is WaitEnd.WOKEN
    assert waiting.wait(0) is WaitEnd.ELAPSED
    waiting.stop()
    assert [waiting.wait(HOUR), waiting.wait(HOUR)] == [WaitEnd.STOPPED, WaitEnd.STOPPED]
