"""`newsletter send --at` and `newsletter schedule`."""

import shlex

import pytest

from tests.campaign.publication import Recording
from tests.conftest import Run
from tests.schedule.scheduled import Scheduled


def test_an_issue_is_scheduled_listed_moved_and_cancelled(scheduled: Scheduled, server: Recording) -> None:
    """The list shows the local time, its zone and the time in UTC. Nothing is sent."""
    assert "to 6 subscribers" in scheduled.schedule()
    listed = scheduled.listed()
    assert {key: listed[key] for key in ("issue", "at", "zone", "due", "late", "audience", "state", "campaign")} == {
        "issue": "029",
        "at": "2126-12-06 09:00",
        "zone": "Asia/Tokyo",
        "due": "2126-12-06T00:00:00Z",
        "late": 7200,
        "audience": "",
        "state": "waiting",
        "campaign": None,
    }
    run = scheduled.run
    assert (
        "029 already has schedule #1"
        in run("send", "029", "--at", "2126-12-07 09:00", "--yes", "--untested", code=1).stderr
    )
    move = ("schedule", "move", "029", "--at", "2126-12-07 10:30", "--late", "1d", "--yes")
    assert "has not been tested" in run(*move, code=1).stderr
    run(*move, "--untested", code=0)
    listed = scheduled.listed()
    assert (listed["at"], listed["zone"], listed["late"]) == ("2126-12-07 10:30", "Asia/Tokyo", 86400)
    header, row = run("schedule", "list", code=0).stdout.splitlines()
    assert header.split() == ["Number", "Time", "Zone", "Issue", "Audience", "State"]
    assert row.split() == ["#1", "2126-12-07", "10:30", "Asia/Tokyo", "029", "all", "waiting"]
    refused = run("schedule", "cancel", "029", code=1).stderr
    assert "Cancel schedule #1 of 029" in refused
    assert "Nothing was changed, because there was no answer. To confirm, add --yes." in refused
    run("schedule", "cancel", "#1", "--yes", code=0)
    assert scheduled.listed()["state"] == "cancelled"
    assert "already cancelled" in run("schedule", "cancel", "#1", "--yes", code=1).stderr
    assert "029 is not scheduled" in run("schedule", "move", "029", "--at", "2126-12-07 10:30", code=1).stderr
    scheduled.schedule()
    assert server.accepted() == []


def test_the_zone_of_the_publication_is_the_default(scheduled: Scheduled) -> None:
    """It is UTC unless `timezone` is set."""
    scheduled.run("send", "029", "--at", "2126-12-06 09:00", "--yes", "--untested", "--to", "tag:no", code=1)
    scheduled.run("send", "029", "--at", "2126-12-06 09:00", "--yes", "--untested", code=0)
    assert (scheduled.listed()["zone"], scheduled.listed()["due"]) == ("UTC", "2126-12-06T09:00:00Z")
    settings = scheduled.folder / "newsletter.yaml"
    settings.write_text(f"timezone: America/New_York\n{settings.read_text()}")
    scheduled.run("send", "029", "--at", "2126-12-06 09:00", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    listed = scheduled.listed()
    assert (listed["zone"], listed["audience"]) == ("America/New_York", "domain:d1.example")
    assert "has several schedules: #1, #2" in scheduled.run("schedule", "cancel", "029", code=1).stderr


@pytest.mark.parametrize(
    ("at", "advice"),
    [
        ("2126-12-06 09:00 JST", "name the time zone with `--zone`, such as `--zone Asia/Tokyo`."),
        ("2126-12-06 09:00Z", "name the time zone with `--zone`, such as `--zone Asia/Tokyo`."),
        ("2126-12-06 09:00 +09:00", "If the time is that of another zone, name it with `--zone`. Otherwise:"),
        ("tomorrow", 'Write YYYY-MM-DD HH:MM, such as "2026-12-06 09:00".'),
    ],
)
def test_a_zone_in_a_time_is_refused_with_the_option_for_it(scheduled: Scheduled, at: str, advice: str) -> None:
    """Before the errors of the issue."""
    (scheduled.folder / "issues/029.yaml").write_text("title: [")
    refused = scheduled.run("send", "029", "--at", at, "--yes", "--untested", code=1).stderr
    assert advice in refused
    assert "issues/029.yaml" not in refused


def test_a_time_that_comes_twice_is_refused_with_commands_for_both(scheduled: Scheduled) -> None:
    """The commands have the other options of the refused one, and can be run as they are."""
    options = ("--zone", "Europe/Berlin", "--to", "domain:d1.example", "--late", "90m", "--yes", "--untested")
    refused = scheduled.run("send", "029", "--at", "2126-10-27 02:30", *options, code=1).stderr
    first, second = (line.strip() for line in refused.splitlines() if line.startswith("  newsletter"))
    for command, due in ((first, "2126-10-27T00:30:00Z"), (second, "2126-10-27T01:30:00Z")):
        scheduled.run(*shlex.split(command)[1:], code=0)
        listed = scheduled.listed()
        assert (listed["due"], listed["audience"], listed["late"]) == (due, "domain:d1.example", 5400)
        scheduled.run("schedule", "cancel", "029", "--yes", code=0)


def test_a_time_that_the_clocks_skip_is_refused_with_commands_for_both(scheduled: Scheduled) -> None:
    """One is before the clocks are set forward, the other one after."""
    options = ("--zone", "Europe/Berlin", "--yes", "--untested")
    refused = scheduled.run("send", "029", "--at", "2126-03-31 02:30", *options, code=1).stderr
    commands = [line.strip() for line in refused.splitlines() if line.startswith("  newsletter")]
    assert ["--at '2126-03-31 01:30'" in commands[0], "--at '2126-03-31 03:30'" in commands[1]] == [True, True]
    scheduled.run(*shlex.split(commands[1])[1:], code=0)
    assert scheduled.listed()["due"] == "2126-03-31T01:30:00Z"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--at", "2020-01-01 09:00"), "2020-01-01 09:00 in UTC has passed"),
        (("--at", "tomorrow"), '"tomorrow" is not a time'),
        (("--at", "9999-12-31 23:59"), "9999-12-31 23:59 is too late"),
        (("--at", "9999-99-31 23:59"), '"9999-99-31 23:59" is not a time'),
        (("--at", "2126-12-06 09:00", "--zone", "Asia/Tokio"), "Did you mean Asia/Tokyo"),
    ],
)
def test_a_time_that_cannot_be_used_is_refused(scheduled: Scheduled, options: tuple[str, ...], message: str) -> None:
    """Nothing is stored."""
    assert message in scheduled.run("send", "029", *options, "--yes", "--untested", code=1).stderr
    assert scheduled.run("schedule", "list", code=0).stdout == ""


@pytest.mark.parametrize(
    "options",
    [("--zone", "UTC"), ("--late", "1h"), ("--at", "2126-12-06 09:00", "--resume"), ("--at", "x", "--test", "a@b.c")],
)
def test_options_that_do_not_fit_are_refused(run: Run, options: tuple[str, ...]) -> None:
    """Wrong usage exits with 2."""
    run("send", "029", *options, code=2)


def test_sending_an_issue_now_ends_its_schedules(scheduled: Scheduled, server: Recording) -> None:
    """A campaign to a part of the subscribers only ends the schedule for that part."""
    scheduled.schedule("--to", "domain:d1.example")
    scheduled.schedule()
    scheduled.run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    states = {each["audience"]: (each["state"], each["reason"]) for each in _schedules(scheduled)}
    assert states == {
        "": ("waiting", ""),
        "domain:d1.example": ("cancelled", "sent by the author as campaign #1"),
    }
    scheduled.run("send", "029", "--yes", "--untested", code=0)
    assert [each["state"] for each in _schedules(scheduled)] == ["cancelled", "cancelled"]
    assert len(server.accepted()) == 6


def test_a_dry_run_stores_nothing(scheduled: Scheduled) -> None:
    """It says when the issue would be sent."""
    output = scheduled.run("send", "029", "--at", "2126-12-06 09:00", "--dry-run", code=0).stderr
    assert "nothing was scheduled. The time is 2126-12-06 09:00 UTC" in output
    assert "0 schedules" in scheduled.run("schedule", "list", code=0).stderr


def _schedules(scheduled: Scheduled) -> list[dict[str, str]]:
    import json

    found: list[dict[str, str]] = json.loads(scheduled.run("schedule", "list", "--json", code=0).stdout)
    return found


def test_a_schedule_that_is_checked_offline_says_that_it_is_checked_online_later(scheduled: Scheduled) -> None:
    """When it is scheduled and when it is moved. Without `--offline`, it does not."""
    note = "The check at the time is online"
    assert note not in scheduled.schedule()
    move = ("schedule", "move", "029", "--at", "2126-12-07 10:30", "--yes", "--untested", "--offline")
    assert note in scheduled.run(*move, code=0).stderr
    scheduled.run("schedule", "cancel", "029", "--yes", code=0)
    assert note in scheduled.schedule("--offline")
