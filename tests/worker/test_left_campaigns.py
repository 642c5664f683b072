"""Campaigns that a worker continues although no schedule started them, and those that it leaves to the author."""

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.campaign.preparation import Preparation
from newsletter.campaign.resuming import prepare_resume
from newsletter.campaign.starting import CampaignStarter
from newsletter.database.database import Database
from newsletter.ledger.campaign import ABORTED
from newsletter.ledger.campaign_states import list_interrupted, record_reason
from newsletter.worker.duty import MOST_WAIT
from newsletter.worker.parts import Part
from newsletter.worker.worker import Worker
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import Recording, counts, delivery, publish
from tests.conftest import Run
from tests.schedule.conftest import ADDRESSES
from tests.schedule.scheduled import DUE, Scheduled, open_scheduled
from tests.waiting import wait_for
from tests.worker.working import working

SEND = (sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested")
HELD = "held@d.example"


def begun(folder: Path, server: Recording) -> "subprocess.Popen[str]":
    """Start `newsletter send`, and wait until the server holds back its reply to the first message."""
    sender = subprocess.Popen(SEND, cwd=folder, stderr=subprocess.PIPE, text=True)
    wait_for(server.accepted)
    return sender


def state(scheduled: Scheduled) -> str:
    """Return the state of the newest campaign, as the author sees it."""
    return str(scheduled.campaigns()[0]["state"])


@pytest.mark.slow
def test_a_worker_continues_a_campaign_of_the_author_whose_process_was_killed(
    run: Run, folder: Path, server: Recording
) -> None:
    """The message in progress is uncertain. No other is sent twice."""
    publish(folder, delivery(server.port, connections=1), [HELD, *ADDRESSES])
    scheduled = open_scheduled(folder, run)
    with scheduled.database:
        with begun(folder, server) as sender:
            _expect_nothing(scheduled, server, time.time() + 70)
            sender.kill()
        with working(scheduled, now=time.time() + 70):
            wait_for(lambda: state(scheduled) == "complete")
    server.release()
    assert counts(run) == {"accepted": len(ADDRESSES), "uncertain": 1}
    assert sorted(server.accepted()) == sorted([HELD, *ADDRESSES])


@pytest.mark.slow
def test_workers_on_postgresql_continue_it_too(
    run: Run, folder: Path, server: Recording, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign counts as left when no process has a lease."""
    Database.upgrade(empty_postgresql)
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    publish(folder, delivery(server.port, connections=1), [HELD, *ADDRESSES])
    with begun(folder, server) as sender:
        sender.kill()
    scheduled = open_scheduled(folder, run)
    with scheduled.database, working(scheduled, now=time.time() + 70), working(scheduled, now=time.time() + 70):
        wait_for(lambda: state(scheduled) == "complete", 90)
    server.release()
    assert counts(run) == {"accepted": len(ADDRESSES), "uncertain": 1}
    assert sorted(server.accepted()) == sorted([HELD, *ADDRESSES])


@pytest.mark.slow
@pytest.mark.parametrize("interrupts", [1, 2])
def test_a_campaign_that_the_author_stopped_stays_stopped(
    run: Run, folder: Path, server: Recording, interrupts: int
) -> None:
    """Also if a second Ctrl-C ended it while a message was in progress. A schedule shows that the worker has looked."""
    publish(folder, delivery(server.port, connections=1), [HELD, *ADDRESSES])
    with begun(folder, server) as sender:
        for number in range(interrupts):
            sender.send_signal(signal.SIGINT)
            if number == 0:
                assert sender.stderr
                next(line for line in sender.stderr if "Finishing the messages in progress" in line)
        if interrupts == 1:
            server.release()
        assert sender.wait(60) == 1
    scheduled = open_scheduled(folder, run)
    with scheduled.database:
        assert state(scheduled) == ("paused" if interrupts == 1 else "stopped")
        assert scheduled.campaigns()[0]["reason"] == ("stopped by the author", "aborted by the author")[interrupts - 1]
        _expect_nothing(scheduled, server, time.time() + 70)


def test_an_old_campaign_and_a_paused_one_are_not_continued(scheduled: Scheduled, server: Recording) -> None:
    """What was meant to be sent days ago may be wrong now."""
    scheduled.run("send", "029", "--yes", "--untested", code=0)
    before = len(server.accepted())
    with scheduled.database.write() as connection:
        connection.execute(text("UPDATE delivery SET state = 'pending'"))
        connection.execute(text("UPDATE campaign SET state = 'sending'"))
    assert state(scheduled) == "stopped"
    _expect_nothing(scheduled, server, time.time() + 3 * 86_400 + 60)
    scheduled.run("campaign", "pause", "029", code=0)
    _expect_nothing(scheduled, server, time.time() + 70)
    assert len(server.accepted()) == before


def test_a_campaign_that_ended_while_it_waited_is_not_unfinished(scheduled: Scheduled) -> None:
    """The author cancelled it. The worker then exits with 0."""
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(settings.read_text() + '  hours: "03:00-04:00"\n')
    scheduled.schedule()
    scheduled.start()
    with working(scheduled, Part.CAMPAIGNS) as worker:
        wait_for(lambda: worker._campaigns.unfinished)
        scheduled.run("campaign", "cancel", "029", "--yes", code=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "pattern", "text", "reason"),
    [
        ("issues/029.yaml", r"polished\.", "polished twice.", "029 has changed since campaign #1 started"),
        ("newsletter.yaml", "security: none", "security: none, username: u", "PASSWORD"),
        ("newsletter.yaml", r"port: \d+", "port: 1", "127.0.0.1:1"),
    ],
)
def test_a_worker_that_cannot_send_leaves_a_campaign_to_a_process_that_can(
    run: Run,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server: Recording,
    empty_postgresql: str,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    pattern: str,
    text: str,
    reason: str,
) -> None:
    """Its copy of the publication differs. It pauses the campaign only if no other process sends it."""
    Database.upgrade(empty_postgresql)
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    publish(folder, delivery(server.port, connections=1), [HELD, *ADDRESSES])
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    (copy / file).write_text(re.sub(pattern, text, (copy / file).read_text()))
    scheduled = open_scheduled(folder, run)
    with scheduled.database:
        duty = Worker(copy, scheduled.database, (Part.CAMPAIGNS,))._campaigns
        with begun(folder, server) as sender:
            duty.send(1)
            assert state(scheduled) == "sending"
            sender.kill()
        duty.send(1)
        (campaign,) = scheduled.campaigns()
        assert (campaign["state"], reason in campaign["reason"]) == ("paused", True)
    server.release()


def test_the_minute_of_a_new_campaign_begins_when_its_sending_is_started(scheduled: Scheduled) -> None:
    """Its message was composed before the author confirmed. It begins again when the author resumes it."""
    clock, workspace = scheduled.clock, Workspace(scheduled.folder)
    clock.now = DUE
    document = workspace.issue("029")
    prepared = Preparation(workspace, scheduled.database, clock).compose(document)
    duty = Worker(scheduled.folder, scheduled.database, (Part.CAMPAIGNS,), clock=clock)._campaigns
    starter = CampaignStarter(workspace, scheduled.database, clock)
    clock.now = DUE + 600
    campaign = starter.start(document, prepared, "", lambda _: None)
    assert campaign.created_at == DUE
    clock.now += 59
    assert duty.list_waiting() == []
    clock.now += 1
    assert duty.list_waiting() == [campaign.id]
    prepare_resume(workspace, scheduled.database, campaign, prepared, clock=clock)
    clock.now += 59
    assert duty.list_waiting() == []


@pytest.mark.parametrize("waits", [False, True])
def test_a_campaign_that_a_worker_took_over_is_continued_after_three_days(scheduled: Scheduled, waits: bool) -> None:
    """One that waits keeps its reason. One that was being sent, until the worker was stopped, has recent attempts."""
    scheduled.run("send", "029", "--yes", "--untested", code=0)
    now = time.time() + 10 * 86_400
    with scheduled.database.write() as connection:
        connection.execute(text("UPDATE campaign SET state = 'sending'"))
        connection.execute(text("UPDATE delivery SET state = 'pending' WHERE id > 1"))
        assert list_interrupted(connection, int(now) - 3 * 86_400, int(now)) == []
        if waits:
            record_reason(connection, 1, "outside the delivery hours")
        else:
            connection.execute(text("UPDATE delivery SET attempted_at = :at WHERE id = 1"), {"at": int(now) - 3600})
    with working(scheduled, now=now):
        wait_for(lambda: state(scheduled) == "complete")


def test_an_aborted_campaign_of_a_schedule_stays_stopped(run: Run, scheduled: Scheduled, server: Recording) -> None:
    """Neither a job for it nor its delivery hours continue it, and it keeps its reason."""
    scheduled.schedule()
    scheduled.start()
    with scheduled.database.write() as connection:
        record_reason(connection, 1, ABORTED)
    settings = scheduled.folder / "newsletter.yaml"
    for hours in ("", '  hours: "03:00-04:00"\n'):
        settings.write_text(settings.read_text() + hours)
        _expect_nothing(scheduled, server, DUE + 70)
        with working(scheduled, Part.CAMPAIGNS, now=DUE + 70) as worker:
            assert worker._campaigns.send(1) == MOST_WAIT
            assert not worker._campaigns.unfinished
        assert (state(scheduled), scheduled.campaigns()[0]["reason"]) == ("stopped", ABORTED)
    error = run("send", "029", "--resume", "--unless-paused", code=1).stderr
    assert "campaign #1 of 029 is stopped" in error
    assert server.accepted() == []
    run("send", "029", "--resume", "--ignore-hours", code=0)
    assert sorted(server.accepted()) == sorted(ADDRESSES)


def _expect_nothing(scheduled: Scheduled, server: Recording, now: float) -> None:
    """Run a worker that looks for campaigns, and check that it sends nothing."""
    before = len(server.accepted())
    with working(scheduled, Part.CAMPAIGNS, now=now) as worker:
        duty = worker._campaigns
        assert duty.list_waiting() == []
        assert duty.run() > 0
    assert len(server.accepted()) == before


@pytest.mark.slow
def test_a_campaign_goes_on_when_its_hours_begin(scheduled: Scheduled, server: Recording) -> None:
    """While it waits, the listing says until when, and the author can send from the same database."""
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(settings.read_text() + '  hours: "01:00-02:00"\n')
    scheduled.schedule()
    scheduled.start()
    opens = scheduled.clock.now + 3600
    with working(scheduled, now=opens - 0.5):
        wait_for(lambda: scheduled.campaigns()[0]["reason"])
        reason = "outside the delivery hours until Fri 6 Dec 01:00 (UTC)"
        assert (state(scheduled), scheduled.campaigns()[0]["reason"]) == ("stopped", reason)
        assert server.accepted() == []
        scheduled.clock.now = opens
        wait_for(lambda: state(scheduled) == "complete")
    assert scheduled.campaigns()[0]["reason"] == ""
    assert sorted(server.accepted()) == sorted(ADDRESSES)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_campaign_that_waits_for_its_hours_holds_up_no_other(
    run: Run,
    folder: Path,
    server: Recording,
    kind: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It waits without a process when its hours end. The message in progress is finished, and it continues later."""
    if kind == "postgresql":
        url = request.getfixturevalue("empty_postgresql")
        Database.upgrade(url)
        monkeypatch.setenv("NEWSLETTER_DATABASE", url)
    publish(folder, delivery(server.port, 'hours: "00:00-00:30"', connections=1), [HELD, *ADDRESSES])
    scheduled = open_scheduled(folder, run)
    with scheduled.database:
        scheduled.schedule()
        scheduled.start()
        with working(scheduled, code=1):
            wait_for(server.accepted)
            scheduled.clock.now += 1800
            server.release()
            wait_for(lambda: state(scheduled) == "stopped" and scheduled.campaigns()[0]["reason"])
            assert scheduled.campaigns()[0]["reason"] == "outside the delivery hours until Sat 7 Dec 00:00 (UTC)"
            assert counts(run) == {"accepted": 1, "pending": len(ADDRESSES)}
            run("subscribers", "add", "new@d.example", "--consent", "in person", code=0)
            (folder / "issues/030.yaml").write_text((folder / "issues/029.yaml").read_text().replace("29", "30"))
            run("send", "030", "--to", "domain:d.example", "--yes", "--untested", "--ignore-hours", code=0)
            assert len(server.accepted()) == 3
        with working(scheduled, now=scheduled.clock.now + 86_400 - 1800):
            wait_for(lambda: [each["state"] for each in scheduled.campaigns()] == ["complete", "complete"])
    accepted = server.accepted()
    assert sorted(accepted) == sorted([HELD, HELD, "new@d.example", *ADDRESSES])


def test_changed_hours_count_for_a_campaign_that_waits(scheduled: Scheduled, server: Recording) -> None:
    """The settings are read again each time."""
    settings = scheduled.folder / "newsletter.yaml"
    before = settings.read_text()
    settings.write_text(before + '  hours: "01:00-02:00"\n')
    scheduled.schedule()
    scheduled.start()
    with working(scheduled, now=scheduled.clock.now + 3599.5, code=1):
        wait_for(lambda: scheduled.campaigns()[0]["reason"])
        settings.write_text(before + '  hours: "03:00-04:00"\n')
        scheduled.clock.now += 1
        wait_for(lambda: "03:00" in scheduled.campaigns()[0]["reason"])
    assert server.accepted() == []
