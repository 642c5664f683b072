"""A process that is killed while it starts a schedule."""

import os
import signal
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, select

from newsletter.database.database import Database
from newsletter.database.tables import delivery as deliveries
from newsletter.schedule.start_due import start_due
from tests.campaign.publication import Recording
from tests.schedule.scheduled import DUE, Scheduled


def _in_another_process(work: Callable[[], object]) -> bool:
    """Run a function in a forked process. Returns whether it ended by itself."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def _start_and_die(scheduled: Scheduled, statement: int) -> bool:
    """Start what is due, and die by SIGKILL at a statement or commit. Returns whether there was no such statement."""

    def work() -> None:
        left = statement

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        # SQLAlchemy's event comes before the commit. The next statement comes after it.
        with Database(scheduled.database.url) as database:
            start_due(scheduled.folder, database, lambda: DUE)

    return _in_another_process(work)


@pytest.mark.slow
def test_a_schedule_is_started_once_wherever_its_process_is_killed(scheduled: Scheduled, server: Recording) -> None:
    """It is killed at each statement and each commit. Then the schedule is still due, or its campaign is complete."""
    scheduled.schedule()
    # Connections must not be shared with a forked process.
    scheduled.database.close()
    statement, started_at = 0, None
    while not _start_and_die(scheduled, statement):
        if scheduled.campaign_ids() and started_at is None:
            started_at = statement
        assert len(scheduled.campaign_ids()) <= 1
        with scheduled.database.read() as connection:
            number = len(connection.execute(select(deliveries.c.id)).all())
        assert number == (6 if scheduled.campaign_ids() else 0)
        assert scheduled.listed()["state"] == ("started" if scheduled.campaign_ids() else "waiting")
        scheduled.database.close()
        statement += 1
        if started_at is not None:
            break
    assert started_at is None or started_at > 10
    assert scheduled.campaign_ids() == [1]
    assert scheduled.start().started == ()
    scheduled.run("send", "--resume", code=0)
    assert len(server.accepted()) == 6
