"""Due schedules: sent with the content that was checked, or paused and reported to the author."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import update

from newsletter.database.tables import database_identity
from newsletter.database.tables import schedule as table
from newsletter.errors import TransportError
from newsletter.ledger.campaign import Transition
from newsletter.ledger.campaign_states import change_state
from tests.campaign.publication import Recording
from tests.schedule.scheduled import DUE, Scheduled


def test_a_schedule_starts_at_its_time_and_not_before(scheduled: Scheduled, server: Recording) -> None:
    """It starts once, and an issue that is sent on time is not reported."""
    scheduled.schedule()
    early = scheduled.start(-1)
    assert (early.started, early.next_due) == ((), DUE)
    (started,) = scheduled.start().started
    assert started.campaign_id == 1
    assert scheduled.start().started == ()
    listed, (campaign,) = scheduled.listed(), scheduled.campaigns()
    assert (listed["state"], listed["campaign"], listed["reason"]) == ("started", 1, "")
    assert (campaign["state"], campaign["recipients"]) == ("stopped", 6)
    assert scheduled.report() == 0
    scheduled.run("send", "--resume", code=0)
    assert len(server.accepted()) == 6


def test_a_late_schedule_is_sent_and_reported(scheduled: Scheduled, server: Recording) -> None:
    """Within `--late`, the issue is sent. The author gets one mail."""
    scheduled.schedule("--late", "1h")
    assert len(scheduled.start(3600).started) == 1
    assert scheduled.listed()["reason"] == "sent 1 h late, because nothing was running at its time"
    assert [scheduled.report(), scheduled.report()] == [1, 0]
    assert server.accepted() == ["author@example.org"]


def test_a_schedule_that_is_too_late_is_paused(scheduled: Scheduled, server: Recording) -> None:
    """The author gets a mail, and can send it at another time."""
    scheduled.schedule("--late", "1h")
    result = scheduled.start(3601)
    assert (len(result.started), len(result.paused)) == (0, 1)
    listed = scheduled.listed()
    assert (listed["state"], listed["campaign"]) == ("paused", None)
    assert "nothing was running at its time" in listed["reason"]
    assert scheduled.campaigns() == []
    assert scheduled.report() == 1
    assert server.accepted() == ["author@example.org"]
    scheduled.run("schedule", "move", "029", "--at", "2126-12-08 09:00", "--yes", "--untested", code=0)
    assert (scheduled.listed()["state"], scheduled.listed()["reason"]) == ("waiting", "")
    assert len(scheduled.start(2 * 86400).started) == 1


def _change_content(scheduled: Scheduled) -> None:
    issue = scheduled.folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))


def _delete_issue(scheduled: Scheduled) -> None:
    # Another issue has the slug as its number.
    issue = scheduled.folder / "issues/029.yaml"
    issue.rename(issue.with_name("29-other.yaml"))


def _break_issue(scheduled: Scheduled) -> None:
    (scheduled.folder / "issues/029.yaml").write_text("title: [")


def _forget_zone(scheduled: Scheduled) -> None:
    _set(scheduled, zone="Mars/Olympus_Mons")


def _make_ambiguous(scheduled: Scheduled) -> None:
    # As if the rules of the zone had changed since.
    _set(scheduled, zone="Europe/Berlin", local_time="2026-10-25 02:30")


def _replace_database(scheduled: Scheduled) -> None:
    with scheduled.database.write() as connection:
        connection.execute(update(database_identity).values(id="another"))


def _get_ahead(scheduled: Scheduled) -> None:
    receipts = scheduled.folder / "receipts"
    scheduled.run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    text = (receipts / "029.json").read_text()
    receipt = json.loads(text)
    receipt["campaigns"][0]["generation"] += 1
    (receipts / "029.json").write_text(json.dumps(receipt))


def _lose_subscribers(scheduled: Scheduled) -> None:
    with scheduled.database.write() as connection:
        connection.exec_driver_sql("UPDATE subscriber SET state = 'unsubscribed'")


def _leave_unfinished(scheduled: Scheduled) -> None:
    scheduled.run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    with scheduled.database.write() as connection:
        change_state(connection, 1, Transition.RESUME, "", 1)


def _break_settings(scheduled: Scheduled) -> None:
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("security: none", "security: some"))


def _set(scheduled: Scheduled, **values: str) -> None:
    with scheduled.database.write() as connection:
        connection.execute(update(table).values(**values))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_change_content, "its content has changed since it was scheduled"),
        (_delete_issue, "the file of 029 does not exist"),
        (_break_issue, "issues/029.yaml:1:"),
        (_forget_zone, "unknown time zone `Mars/Olympus_Mons`"),
        (_make_ambiguous, "twice, because they are set back"),
        (_replace_database, "it was scheduled in another database"),
        (_get_ahead, "newsletter.db is older than receipts/029.json"),
        (_lose_subscribers, "the preflight found an error: audience"),
        (_leave_unfinished, "campaign #1 of 029 is not finished"),
        (_break_settings, "newsletter.yaml:"),
    ],
)
def test_an_issue_that_must_not_be_sent_is_paused(
    scheduled: Scheduled, server: Recording, happens: Callable[[Scheduled], None], reason: str
) -> None:
    """The reason is listed. The author gets a mail as soon as the settings can be read."""
    scheduled.schedule()
    happens(scheduled)
    before, sent = scheduled.campaign_ids(), len(server.accepted())
    assert len(scheduled.start().paused) == 1
    assert (scheduled.start().paused, scheduled.campaign_ids()) == ((), before)
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("security: some", "security: none"))
    assert reason in scheduled.listed()["reason"]
    assert scheduled.listed()["state"] == "paused"
    assert scheduled.report() == 1
    assert server.accepted()[sent:] == ["author@example.org"]


def test_a_report_that_cannot_be_mailed_is_mailed_later(scheduled: Scheduled, server: Recording) -> None:
    """It goes to `reply_to` without `notify`, and else to the sender."""
    settings = scheduled.folder / "newsletter.yaml"
    text = settings.read_text().replace("  notify: author@example.org\n", "")
    settings.write_text(text.replace(f"port: {server.port}", "port: 1"))
    scheduled.schedule()
    scheduled.start(8000)
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:1"):
        scheduled.report()
    settings.write_text(text)
    assert scheduled.report() == 1
    scheduled.run("schedule", "move", "029", "--at", "2126-12-08 09:00", "--yes", "--untested", code=0)
    settings.write_text(f"reply_to: editor@example.org\n{text}")
    scheduled.start(10 * 86400)
    assert scheduled.report() == 1
    assert server.accepted() == ["lens@example.org", "editor@example.org"]


def test_a_schedule_that_is_cancelled_while_its_campaign_is_prepared_sends_nothing(scheduled: Scheduled) -> None:
    """The campaign and the state of the schedule change in one transaction."""
    scheduled.schedule()

    def cancel() -> float:
        scheduled.run("schedule", "cancel", "029", "--yes")
        return DUE

    from newsletter.schedule.start_due import start_due

    calls = iter([lambda: DUE, lambda: DUE, cancel])
    result = start_due(scheduled.folder, scheduled.database, lambda: next(calls, lambda: DUE)())
    assert (result.started, result.paused) == ((), ())
    assert scheduled.campaigns() == []
    assert scheduled.listed()["state"] == "cancelled"
