"""The metrics of a worker: counts that are expensive are kept."""

import re

from sqlalchemy import text

from newsletter.worker.metrics import Metrics
from tests.campaign.publication import Recording
from tests.schedule.scheduled import Scheduled


def test_counts_that_take_long_are_kept_for_longer(scheduled: Scheduled, server: Recording) -> None:
    """At most a hundredth of the time is spent on them, and at least a minute is between two counts."""
    scheduled.schedule()
    scheduled.start()
    passed = [0.0]

    def timer() -> float:
        passed[0] += duration
        return passed[0]

    def pending(now: float) -> float:
        found = re.search(r'newsletter_recipients\{state="pending"\} (\S+)', metrics.text(now))
        assert found
        return float(found[1])

    def send_one() -> None:
        with scheduled.database.write() as connection:
            one = "SELECT min(id) FROM delivery WHERE state = 'pending'"
            connection.execute(text(f"UPDATE delivery SET state = 'accepted' WHERE id = ({one})"))

    metrics, duration = Metrics(scheduled.database, timer), 0.01
    assert pending(1000) == 6
    send_one()
    assert (pending(1059), pending(1060)) == (6, 5)
    duration = 6.0
    assert pending(1120) == 5
    send_one()
    assert (pending(1719), pending(1720)) == (5, 4)
