"""The metrics of a worker in the text format of Prometheus."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from math import inf

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0 as CONTENT_TYPE
from prometheus_client.registry import Collector
from sqlalchemy import Column, Connection, func, select

from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState, MailState, ScheduleState
from newsletter.database.tables import campaign, delivery, schedule, transactional_mail

__all__ = ["CONTENT_TYPE", "Metrics"]

# The counts of recipients are a scan of the recipients of unfinished campaigns. They are kept for this many seconds,
# and for so many times as long as the scan took.
_KEEP, _KEEP_TIMES = 60.0, 100
_RESULTS = (DeliveryState.ACCEPTED, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)


class Metrics(Collector):
    """Counts the messages of a worker, and reads the lengths of queues from the database.

    Args:
        database: The database.
        timer: Returns seconds by a clock that never goes back, with which a scan is timed.
    """

    def __init__(self, database: Database, timer: Callable[[], float] = time.monotonic) -> None:
        self._database, self._timer = database, timer
        self._messages = Counter[DeliveryState]()
        self._seen = Counter[DeliveryState]()
        self._recipients: dict[str, int] = {}
        self._count_at = -inf
        self._now = 0.0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def begin_run(self) -> None:
        """Begin to count a run of a campaign."""
        self._seen = Counter()

    def count(self, tally: Tally) -> None:
        """Count the messages since the last call for the same run."""
        for state in _RESULTS:
            self._messages[state] += tally.answered[state] - self._seen[state]
            self._seen[state] = tally.answered[state]

    def text(self, now: float) -> str:
        """Return the metrics. `now` is the time in seconds by a clock that never goes back.

        Raises:
            DatabaseError: The database fails.
        """
        self._now = now
        return generate_latest(self._registry).decode()

    def describe(self) -> Iterator[Metric]:
        """Describe nothing in advance, because that would read the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics. Prometheus' client calls this."""
        messages = CounterMetricFamily(
            "newsletter_messages", "Answers to messages of campaigns that this worker sent.", labels=["result"]
        )
        for state in _RESULTS:
            messages.add_metric([state.value], self._messages[state])
        yield messages
        with self._database.read() as connection:
            yield _by_state(connection, "newsletter_schedules", "Schedules by state.", schedule.c.state, ScheduleState)
            yield _by_state(connection, "newsletter_campaigns", "Campaigns by state.", campaign.c.state, CampaignState)
            waiting = transactional_mail.c.state == MailState.WAITING.value
            number = connection.execute(
                select(func.count()).select_from(transactional_mail).where(waiting)
            ).scalar_one()
            yield GaugeMetricFamily("newsletter_mail_waiting", "Transactional mail that waits in the queue.", number)
            recipients = GaugeMetricFamily(
                "newsletter_recipients", "Recipients of unfinished campaigns by state.", labels=["state"]
            )
            for name, count in self._count_recipients(connection).items():
                recipients.add_metric([name], count)
            yield recipients

    def _count_recipients(self, connection: Connection) -> dict[str, int]:
        if self._now >= self._count_at:
            began = self._timer()
            unfinished = select(campaign.c.id).where(
                campaign.c.state.in_([CampaignState.SENDING.value, CampaignState.PAUSED.value])
            )
            query = select(delivery.c.state, func.count()).where(delivery.c.campaign_id.in_(unfinished))
            found = {str(state): int(number) for state, number in connection.execute(query.group_by(delivery.c.state))}
            self._recipients = {state.value: found.get(state.value, 0) for state in DeliveryState}
            self._count_at = self._now + max(_KEEP, _KEEP_TIMES * (self._timer() - began))
        return self._recipients


def _by_state(
    connection: Connection, name: str, text: str, column: Column[str], states: type[StrEnum]
) -> GaugeMetricFamily:
    """Count the rows of a table by their state; every state has a value."""
    found = {
        str(state): int(number) for state, number in connection.execute(select(column, func.count()).group_by(column))
    }
    metric = GaugeMetricFamily(name, text, labels=["state"])
    for state in states:
        metric.add_metric([state.value], found.get(state.value, 0))
    return metric
