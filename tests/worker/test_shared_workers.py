"""Workers on PostgreSQL, which share jobs."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from newsletter.database.database import Database
from newsletter.errors import DatabaseError
from newsletter.worker import jobs
from newsletter.worker.parts import Part
from tests.campaign.publication import Recording, counts, delivery, publish
from tests.conftest import Run
from tests.own_postgresql import own_postgresql
from tests.schedule.conftest import ADDRESSES
from tests.schedule.scheduled import DUE, Scheduled, open_scheduled
from tests.waiting import wait_for
from tests.worker.working import logged, worker_process, working

# Statements after which the end of no job can be recorded. The sequence shows that one was refused.
REFUSED = (
    "CREATE SEQUENCE refusals",
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'away' USING ERRCODE = 'connection_failure'; END $$""",
    "CREATE TRIGGER refuse BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION refuse()",
)
# The job of the next minute.
DEFERRED = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[CAST(ROW('schedules', 'schedules', 0, 'schedules', 'schedules',"
    " CAST('{}' AS jsonb), NULL) AS procrastinate_job_to_defer_v1)])"
)


@pytest.fixture
def shared(
    run: Run, folder: Path, server: Recording, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scheduled]:
    """A publication on PostgreSQL with six subscribers."""
    Database.upgrade(empty_postgresql)
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    publish(folder, delivery(server.port, "notify: author@example.org"), ADDRESSES)
    found = open_scheduled(folder, run)
    yield found
    found.database.close()


@pytest.mark.slow
def test_of_two_workers_one_starts_a_schedule_and_sends_its_campaign(shared: Scheduled, server: Recording) -> None:
    """Each subscriber gets the issue once. No job is left when both have stopped."""
    shared.schedule()
    with working(shared), working(shared):
        wait_for(lambda: shared.campaigns() and shared.campaigns()[0]["state"] == "complete")
    assert sorted(server.accepted()) == sorted(ADDRESSES)
    assert [each["campaign"] for each in shared.campaigns()] == [1]
    with shared.database.read() as connection:
        left = connection.execute(text("SELECT task_name, status FROM procrastinate_jobs")).all()
    assert {status for _, status in left} <= {"todo"}


@pytest.mark.slow
def test_two_workers_send_one_campaign(shared: Scheduled, server: Recording) -> None:
    """The second joins while the first waits for a reply. Nobody gets the issue twice."""
    shared.run("subscribers", "add", "held@d.example", "--consent", "in person", code=0)
    shared.schedule()
    shared.start()
    with worker_process(shared.folder) as first, worker_process(shared.folder) as second:
        wait_for(lambda: len(logged(shared.folder, "campaign begun")) == 2)
        server.release()
        wait_for(lambda: shared.campaigns()[0]["state"] == "complete")
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in (first, second)] == [0, 0]
    assert sorted(server.accepted()) == sorted([*ADDRESSES, "held@d.example"])
    assert counts(shared.run) == {"accepted": 7}


@pytest.mark.slow
def test_a_worker_continues_the_campaign_of_one_that_was_killed(shared: Scheduled, server: Recording) -> None:
    """What the killed worker was sending is uncertain, at most a message for each connection."""
    with shared.database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO subscriber (address, compared, state, consent_at, created_at)"
                " SELECT 'more' || n || '@d.example', 'more' || n || '@d.example', 'active', 1, 1"
                " FROM generate_series(1, 294) n"
            )
        )
    settings = shared.folder / "newsletter.yaml"
    settings.write_text(settings.read_text() + "  rate: 40/s\n")
    shared.schedule()
    shared.start()
    with worker_process(shared.folder) as process:
        wait_for(lambda: len(server.accepted()) > 5)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    settings.write_text(settings.read_text().replace("  rate: 40/s\n", ""))
    with worker_process(shared.folder) as process:
        wait_for(lambda: logged(shared.folder, "campaign ended"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    found = counts(shared.run)
    assert found["accepted"] + found.get("uncertain", 0) == 300
    assert found.get("uncertain", 0) <= 4
    assert len(set(server.accepted())) == len(server.accepted())


def test_the_job_of_a_campaign_is_deferred_in_the_transaction_that_starts_it(shared: Scheduled) -> None:
    """A transaction that is rolled back leaves neither. A second job for a campaign is not deferred."""

    def names() -> list[str]:
        with shared.database.read() as connection:
            return list(connection.execute(text("SELECT queueing_lock FROM procrastinate_jobs")).scalars())

    with shared.database.write() as connection:
        jobs.defer_campaign(connection, 7)
        connection.rollback()
    assert names() == []
    with shared.database.write() as connection:
        jobs.defer_campaign(connection, 7)
    jobs.defer_campaigns(shared.database, [7, 8])
    assert names() == ["campaign-7", "campaign-8"]


def test_another_version_of_procrastinate_is_refused(shared: Scheduled, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names both versions, and the command that installs the right one."""
    monkeypatch.setattr("importlib.metadata.version", lambda _: "4.0.1")
    with pytest.raises(DatabaseError, match=r"procrastinate 4\.0\.1 is installed.*version 3\.10"), working(shared):
        pass


@pytest.mark.slow
def test_a_worker_of_some_parts_does_only_those(shared: Scheduled, server: Recording) -> None:
    """A schedule stays due."""
    shared.schedule()
    with working(shared, Part.MAIL, Part.BOUNCES):
        wait_for(lambda: not _todo(shared, "housekeeping"))
    assert (shared.listed()["state"], server.accepted()) == ("waiting", [])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_workers_wait_while_the_database_is_away(
    run: Run, folder: Path, server: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A schedule that becomes due while PostgreSQL restarts is sent when it is back. The log has no traceback."""
    with tempfile.TemporaryDirectory() as short, own_postgresql(Path(short)) as postgresql:
        monkeypatch.setenv("NEWSLETTER_DATABASE", postgresql.create("shared"))
        publish(folder, delivery(server.port), ADDRESSES)
        scheduled = open_scheduled(folder, run)
        scheduled.schedule()
        with scheduled.database, working(scheduled, now=DUE - 3600):
            wait_for(lambda: _todo(scheduled, "schedules") == 0)
            scheduled.clock.now = DUE
            postgresql.restart()
            back = time.monotonic()

            def sent() -> bool:
                # A duty that the database has failed is tried again after some seconds of this clock.
                scheduled.clock.now = DUE + time.monotonic() - back
                return len(server.accepted()) == len(ADDRESSES)

            # A job that was in progress keeps others waiting until it counts as stalled, after half a minute.
            wait_for(sent, 150)
            wait_for(lambda: scheduled.campaigns()[0]["state"] == "complete")
            # The worker may stop before its listener has another connection.
            postgresql.restart()
        assert [record.getMessage() for record in caplog.records if record.exc_info] == []
        # Which duty notices it first depends on the moment, and others do not repeat its reason.
        assert any(each.endswith(" waits") or each == "mail queue not read" for each in caplog.messages)


@pytest.mark.slow
def test_a_job_whose_end_cannot_be_recorded_holds_back_no_other(
    shared: Scheduled, server: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker lives and has heartbeats. A schedule that becomes due afterwards is sent."""
    monkeypatch.setattr(jobs, "_STALLED_EVERY", 0.5)
    monkeypatch.setattr(jobs, "_POLL_EVERY", 0.5)
    shared.schedule()
    with shared.database.write() as connection:
        for statement in REFUSED:
            connection.execute(text(statement))
    with working(shared, Part.CAMPAIGNS, now=DUE - 3600):
        wait_for(lambda: _one(shared, "SELECT is_called FROM refusals"))
        with shared.database.write() as connection:
            connection.execute(text("DROP TRIGGER refuse ON procrastinate_jobs"))
        wait_for(lambda: not _one(shared, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))
        shared.clock.now = DUE
        # A minute may just have begun, and the job may wait already.
        with suppress(DatabaseError, IntegrityError), shared.database.write() as connection:
            connection.execute(text(DEFERRED))
        wait_for(lambda: len(server.accepted()) == len(ADDRESSES))


def test_procrastinate_is_not_imported_on_sqlite(scheduled: Scheduled) -> None:
    """It takes a second, and is not installed without the extra."""
    code = (
        "import sys, pathlib\n"
        "from newsletter.worker.worker import Worker\n"
        "from newsletter.workspace.open_database import open_database\n"
        "from newsletter.workspace.workspace import Workspace\n"
        "workspace = Workspace(pathlib.Path())\n"
        "with open_database(workspace) as database:\n"
        "    Worker(workspace.root, database)\n"
        "print('procrastinate' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=scheduled.folder, capture_output=True, text=True, check=True).stdout == "False\n"


def _one(shared: Scheduled, query: str) -> object:
    with shared.database.read() as connection:
        return connection.execute(text(query)).scalar_one()


def _todo(shared: Scheduled, name: str) -> int:
    with shared.database.read() as connection:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name")
        return int(connection.execute(query, {"name": name}).scalar_one())
