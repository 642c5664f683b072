"""The jobs of a worker whose PostgreSQL server is stopped and started again."""

import logging
import tempfile
import threading
from pathlib import Path

import pytest

from newsletter.database.database import Database
from newsletter.errors import DatabaseError
from newsletter.web.access_log import ThrottledLog, ThrottledMessages
from newsletter.worker.jobs import Job, JobsDuty
from newsletter.worker.waiting import Waiting
from tests.own_postgresql import own_postgresql
from tests.waiting import TIMEOUT


@pytest.mark.timeout(300)
def test_a_server_that_is_stopped_is_an_error_that_passes(caplog: pytest.LogCaptureFixture) -> None:
    """The duty does its jobs when the server is back. The log has no traceback, and no warning for each attempt."""
    done, waiting = threading.Event(), Waiting()
    with (
        tempfile.TemporaryDirectory() as short,
        own_postgresql(Path(short)) as postgresql,
        Database.open(postgresql.create("jobs")) as database,
    ):
        job = Job("tick", done.set, "* * * * *")
        log = ThrottledLog(lambda: 0.0)
        duty = JobsDuty("jobs", database, [job], waiting, log, connect_timeout=1.0)
        with postgresql.stopped():
            for _ in range(3):
                with pytest.raises(DatabaseError, match=r"jobs cannot be used: no connection in 1 s") as found:
                    duty.run()
                assert found.value.transient
        assert not done.is_set()
        # A loaded machine may need longer for a connection.
        duty = JobsDuty("jobs", database, [job], waiting, log)
        thread = threading.Thread(target=duty.run)
        thread.start()
        try:
            assert done.wait(TIMEOUT)
        finally:
            waiting.stop()
            thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    attempts = [record for record in caplog.records if record.msg.startswith("error connecting")]
    assert len(attempts) <= 1


def test_a_kind_of_message_is_logged_once_a_minute() -> None:
    """Its values, such as the number of a pool, make no other kind."""
    now = 0.0
    messages = ThrottledMessages(lambda: now)

    def logs(message: str, value: str) -> bool:
        return bool(messages.filter(logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, message, (value,), None)))

    assert [logs("error connecting in %s", pool) for pool in ("pool-1", "pool-2")] == [True, False]
    assert logs("discarding broken connection: %s", "pool-1")
    now = 59.0
    assert not logs("error connecting in %s", "pool-3")
    now = 60.0
    assert logs("error connecting in %s", "pool-3")
