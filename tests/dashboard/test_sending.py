"""Sending from the dashboard, through its API: what is checked, who can do it, and what survives."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import text

from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.database.states import CampaignState, DeliveryState, ScheduleState
from newsletter.schedule.plan_schedule import Schedules
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import REPOSITORY, Recording, delivery, publish
from tests.dashboard.campaigning import READERS, run_sending_dashboard, start_campaign
from tests.dashboard.holding import HeldProcesses, hold_processes
from tests.dashboard.previewing import Preview
from tests.dashboard.test_dashboard import FOREIGN, PreviewProcess, fetch, token
from tests.waiting import wait_for


@dataclass(frozen=True)
class OtherDashboard(PreviewProcess):
    """A dashboard in another process, in a process group of its own."""

    process: "subprocess.Popen[str]"


@contextmanager
def run_other_dashboard(root: Path) -> Iterator[OtherDashboard]:
    """Run `newsletter dashboard` in another process until the block ends."""
    command = [sys.executable, "-m", "newsletter", "-C", str(root), "dashboard"]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            port = int(process.stdout.readline().split(":")[2].partition("/")[0])
            yield OtherDashboard(port, process)
        finally:
            process.kill()


PLAN: dict[str, Any] = {"issue": "029", "offline": True}
LATER = PLAN | {"at": "2126-12-06 09:00", "zone": "Asia/Tokyo"}


@pytest.fixture
def preview(tmp_path: Path, server: Recording) -> Iterator[Preview]:
    """The dashboard of a publication with five subscribers, and a draft that was tested."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        assert post(preview, "/api/issues/029/tests", {"address": "me@example.com"})[1]["sent"]
        yield preview


@pytest.fixture
def held(preview: Preview, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldProcesses]:
    """The processes that the dashboard starts wait until they are released, at the latest when the test ends."""
    with hold_processes(tmp_path_factory.mktemp("held")) as held:
        yield held


def post(preview: Preview | PreviewProcess, path: str, data: dict[str, Any]) -> tuple[int, Any]:
    status, _, answer = fetch(preview, path, token(preview), data)
    return status, json.loads(answer)


def run_preflight(preview: Preview | PreviewProcess, plan: dict[str, Any]) -> dict[str, Any]:
    status, found = post(preview, "/api/sending/preflight", plan)
    assert isinstance(found, dict)
    assert (status, found["failed"]) == (200, False)
    return found


def start(
    preview: Preview | PreviewProcess, plan: dict[str, Any], found: dict[str, Any], **changed: Any
) -> tuple[int, dict[str, Any]]:
    """Confirm what a preflight has found. `changed` replaces what is confirmed."""
    confirmed = {"content": found["content"], "recipients": found["recipients"]}
    return post(preview, "/api/sending", plan | confirmed | changed)


def campaigns(root: Path) -> int:
    with open_database(Workspace(root)) as database:
        return len(CampaignReports(database).campaigns())


def received(server: Recording) -> list[str]:
    """Return who got the issue, in alphabetical order, without the author."""
    return sorted(address for address in server.accepted() if address != "me@example.com")


def test_sending_to_everybody(preview: Preview, server: Recording) -> None:
    """After the preflight, the typed number starts a campaign. Everybody gets the issue once."""
    found = run_preflight(preview, PLAN)
    assert found["recipients"] == 5
    assert start(preview, PLAN, found) == (200, {"campaign": 1})
    preview.server.processes.wait()
    assert received(server) == sorted(READERS)
    shown = json.loads(fetch(preview, "/api/campaigns/1")[2])
    assert (shown["state"], shown["counts"]["accepted"], shown["actions"]) == ("complete", 5, [])
    assert "status: published" in (preview.root / "issues" / "029.yaml").read_text()


def test_sending_to_a_segment(preview: Preview, server: Recording) -> None:
    """A filter selects the recipients. One that cannot be read gets a message."""
    with open_database(Workspace(preview.root)) as database, database.write() as writing:
        writing.execute(text("INSERT INTO subscriber_tag (subscriber_id, tag) VALUES (1, 'beta')"))
    status, answer = post(preview, "/api/sending/preflight", PLAN | {"audience": "tagg:beta"})
    assert status == 422
    assert "tag" in answer["message"] + answer["advice"]
    plan = PLAN | {"audience": "tag:beta"}
    assert start(preview, plan, run_preflight(preview, plan))[0] == 200
    preview.server.processes.wait()
    assert received(server) == [READERS[0]]


@pytest.mark.parametrize("number", [0, 4, 6, -5])
def test_another_number(preview: Preview, server: Recording, number: int) -> None:
    """Another number than that of the recipients starts nothing."""
    status, answer = start(preview, PLAN, run_preflight(preview, PLAN), recipients=number)
    assert status == 422
    assert answer["message"] == f"nothing was sent: there are 5 recipients, and you typed {number}"
    status, answer = start(preview, LATER, run_preflight(preview, LATER), recipients=number)
    assert status == 422
    assert answer["message"] == f"nothing was scheduled: there are 5 recipients, and you typed {number}"
    assert campaigns(preview.root) == 0
    assert received(server) == []


def test_a_subscriber_who_joins_after_the_preflight(preview: Preview) -> None:
    """The number that the author saw is then another one, and nothing is sent."""
    found = run_preflight(preview, PLAN)
    with open_database(Workspace(preview.root)) as database, database.write() as writing:
        writing.execute(text("UPDATE subscriber SET state = 'unsubscribed' WHERE id = 1"))
    status, answer = start(preview, PLAN, found)
    assert (status, answer["message"]) == (422, "nothing was sent: there are 4 recipients, and you typed 5")
    assert campaigns(preview.root) == 0


def test_an_issue_that_changes_after_the_preflight(preview: Preview) -> None:
    """It must pass the preflight again, and be tested again."""
    found = run_preflight(preview, PLAN)
    file = preview.root / "issues" / "029.yaml"
    file.write_text(file.read_text().replace("How lenses are ground", "How lenses are polished"))
    status, answer = start(preview, PLAN, found)
    assert (status, answer["message"]) == (422, "029 has changed since the preflight")
    changed = post(preview, "/api/sending/preflight", PLAN)[1]
    assert changed["failed"]
    status, answer = start(preview, PLAN, changed)
    assert (status, answer["message"]) == (422, "the preflight of 029 has not passed")
    assert campaigns(preview.root) == 0


def test_sending_without_a_preflight(preview: Preview) -> None:
    """A confirmation of content that this dashboard has not checked starts nothing."""
    with_other_dashboard = post(preview, "/api/sending/preflight", PLAN)[1]["content"]
    with run_other_dashboard(preview.root) as other:
        status, answer = post(other, "/api/sending", PLAN | {"content": with_other_dashboard, "recipients": 5})
    assert (status, answer["message"]) == (422, "the preflight of 029 has not passed")
    assert campaigns(preview.root) == 0


def test_an_unfinished_campaign(preview: Preview) -> None:
    """A second campaign of an issue is not started while the first is unfinished."""
    found = run_preflight(preview, PLAN)
    start_campaign(preview.root)
    status, answer = start(preview, PLAN, found)
    assert status == 422
    assert answer["message"] == "campaign #1 of 029 is not finished: stopped"
    assert campaigns(preview.root) == 1


def read_campaign(preview: Preview, id: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fetch(preview, f"/api/campaigns/{id}")[2])
    return found


def test_the_same_issue_in_two_tabs(preview: Preview, held: HeldProcesses) -> None:
    """The second tab is refused with the state that the page of the campaign and the list show."""
    found = run_preflight(preview, PLAN)
    assert start(preview, PLAN, found) == (200, {"campaign": 1})
    assert read_campaign(preview)["state"] == "starting"
    assert [each["state"] for each in json.loads(fetch(preview, "/api/campaigns")[2])] == ["starting"]
    for status, answer in (start(preview, PLAN, found), post(preview, "/api/sending/preflight", PLAN)):
        assert (status, answer["message"]) == (422, "campaign #1 of 029 is not finished: starting")
        assert answer["advice"] == "Follow it in the view of the campaigns."
    held.release()
    preview.server.processes.wait()
    assert read_campaign(preview)["state"] == "complete"


@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("cancel", "cancelled")])
@pytest.mark.parametrize("resumed", [False, True])
def test_a_campaign_that_is_stopped_while_its_process_starts(
    preview: Preview, server: Recording, held: HeldProcesses, action: str, state: str, *, resumed: bool
) -> None:
    """The process does not undo what the author did after the start, of a new campaign and of a resumed one."""
    if resumed:
        start_campaign(preview.root)
        assert post(preview, "/api/campaigns/1/resume", {})[0] == 200
    else:
        assert start(preview, PLAN, run_preflight(preview, PLAN))[0] == 200
    assert read_campaign(preview)["state"] == "starting"
    assert post(preview, f"/api/campaigns/1/{action}", {})[1]["state"] == state
    held.release()
    preview.server.processes.wait()
    assert read_campaign(preview)["state"] == state
    assert received(server) == []
    if action == "pause":
        assert post(preview, "/api/campaigns/1/resume", {})[0] == 200
        preview.server.processes.wait()
        assert received(server) == sorted(READERS)


def test_two_campaigns_in_sqlite(preview: Preview, server: Recording, held: HeldProcesses) -> None:
    """Only the campaign that is sent is called `sending`. The other one cannot be resumed meanwhile."""
    issues = preview.root / "issues"
    (issues / "030.yaml").write_text((issues / "029.yaml").read_text())
    with open_database(Workspace(preview.root)) as database, database.write() as writing:
        writing.execute(text("UPDATE subscriber SET address = 'held@example.net', compared = address WHERE id = 1"))
    start_campaign(preview.root)
    start_campaign(preview.root, "030")
    assert post(preview, "/api/campaigns/2/resume", {})[0] == 200
    refused = 422, "another process is sending from this database"
    # While its process starts, it has no lock yet.
    status, answer = post(preview, "/api/campaigns/1/resume", {})
    assert (status, answer["message"]) == refused
    held.release()
    wait_for(lambda: read_campaign(preview, 2)["state"] == "sending")
    shown = read_campaign(preview)
    assert (shown["state"], shown["actions"]) == ("stopped", ["resume", "cancel"])
    status, answer = post(preview, "/api/campaigns/1/resume", {})
    assert (status, answer["message"]) == refused
    server.release()
    preview.server.processes.wait()
    assert [each["state"] for each in json.loads(fetch(preview, "/api/campaigns")[2])] == ["complete", "stopped"]
    assert post(preview, "/api/campaigns/1/resume", {})[0] == 200
    preview.server.processes.wait()
    assert read_campaign(preview)["state"] == "complete"


def test_another_process_that_sends(preview: Preview) -> None:
    """While another process has the sending lock, nothing is started."""
    found = run_preflight(preview, PLAN)
    with FileLock(f"{(preview.root / 'newsletter.db').resolve()}.sending"):
        status, answer = start(preview, PLAN, found)
    assert (status, answer["message"]) == (422, "another process is sending from this database")
    assert campaigns(preview.root) == 0


def test_a_published_issue_without_a_record(preview: Preview) -> None:
    """An issue that may have been sent with another database is sent only if the author confirms that it was not."""
    file = preview.root / "issues" / "029.yaml"
    file.write_text(file.read_text().replace("status: draft", "status: published"))
    found = run_preflight(preview, PLAN)
    assert found["unrecorded"].endswith("newsletter.db")
    status, answer = start(preview, PLAN, found)
    assert status == 422
    assert "has no record of sending it" in answer["message"]
    assert start(preview, PLAN, found, unrecorded=True)[0] == 200


def test_scheduling_moving_and_cancelling(preview: Preview) -> None:
    """A schedule is stored with the checked content, moved with the same confirmation, and cancelled."""
    found = run_preflight(preview, LATER)
    assert found["at"] == "2126-12-06 09:00 Asia/Tokyo (2126-12-06 00:00 UTC)"
    assert start(preview, LATER, found) == (200, {"schedule": 1})
    assert "already has schedule #1" in start(preview, LATER, found)[1]["message"]
    moved = LATER | {"at": "2126-12-07 10:00", "zone": "Europe/Berlin", "late": "30m", "moves": 1}
    assert start(preview, moved, run_preflight(preview, moved)) == (200, {"schedule": 1})
    with open_database(Workspace(preview.root)) as database:
        (stored,) = Schedules(Workspace(preview.root), database).list()
    assert (stored.local_time, stored.zone, stored.late) == ("2126-12-07 10:00", "Europe/Berlin", 1800)
    assert stored.content == found["content"]
    status, listed = post(preview, "/api/schedules/1/cancel", {})
    assert (status, [each["state"] for each in listed]) == (200, [ScheduleState.CANCELLED])
    status, answer = post(preview, "/api/schedules/1/cancel", {})
    assert (status, answer["message"]) == (422, "schedule #1 is already cancelled")
    assert campaigns(preview.root) == 0


def test_a_campaign_replaces_schedules(preview: Preview) -> None:
    """An issue that is sent now is not sent again by its schedule."""
    assert start(preview, LATER, run_preflight(preview, LATER))[0] == 200
    assert start(preview, PLAN, run_preflight(preview, PLAN))[0] == 200
    (schedule,) = json.loads(fetch(preview, "/api/schedules")[2])
    assert (schedule["state"], schedule["reason"]) == ("cancelled", "sent by the author as campaign #1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"at": ""}, '"" is not a time'),
        ({"at": "tomorrow"}, '"tomorrow" is not a time'),
        ({"at": "2024-01-01 09:00"}, "2024-01-01 09:00 in Asia/Tokyo has passed"),
        ({"zone": "Asia/Tokio"}, "unknown time zone `Asia/Tokio`"),
        ({"late": "soon"}, '"soon" is not a duration'),
        ({"late": "99999999d"}, "99999999d is too long"),
        ({"issue": "../newsletter"}, "slug"),
        ({"issue": "030"}, "030"),
        ({"moves": 7}, "schedule #7 does not exist"),
        ({"moves": 10**30}, "is not scheduled"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_invalid_plans(preview: Preview, changed: dict[str, Any], message: str) -> None:
    """A plan that cannot be carried out gets a message."""
    status, answer = post(preview, "/api/sending/preflight", LATER | changed)
    assert status in (404, 422)
    assert message in answer["message"] + answer["advice"]


CHANGES = {
    "/api/sending": PLAN | {"content": "", "recipients": 5},
    "/api/sending/preflight": PLAN,
    "/api/campaigns/1/resume": {},
    "/api/campaigns/1/retry-failed": {},
    "/api/campaigns/1/pause": {},
    "/api/campaigns/1/cancel": {},
    "/api/schedules/1/cancel": {},
}


def test_no_other_page_can_send(preview: Preview, server: Recording) -> None:
    """Requests from another origin, for another host (DNS rebinding) or without the token change nothing."""
    found = run_preflight(preview, PLAN)
    later = run_preflight(preview, LATER)
    assert start(preview, LATER, later)[0] == 200
    start_campaign(preview.root)
    sent = CHANGES["/api/sending"] | {"content": found["content"]}
    for path, data in (CHANGES | {"/api/sending": sent}).items():
        for headers in FOREIGN.values():
            forged = {name: value.replace("{port}", str(preview.port)) for name, value in headers.items()}
            assert fetch(preview, path, token(preview) | forged, data)[0] == 403
        for without in ({}, {"X-Preview-Token": "x"}, {"Content-Type": "text/plain"}):
            assert fetch(preview, path, without, data)[0] == 403
        assert fetch(preview, path, token(preview))[0] in (200, 404, 405)  # a GET request changes nothing
    with open_database(Workspace(preview.root)) as database:
        (campaign,) = CampaignReports(database).campaigns()
        (schedule,) = Schedules(Workspace(preview.root), database).list()
    assert (campaign.state, schedule.state) == (CampaignState.SENDING, ScheduleState.WAITING)
    assert preview.server.processes.sending() == []
    assert received(server) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_sending_goes_on_when_the_dashboard_stops(tmp_path: Path, server: Recording) -> None:
    """Ctrl-C in the terminal of the dashboard names the campaign that is still being sent, and does not stop it.

    The process that sends would finish the four messages in progress, and start no other.
    """
    held = [f"held{number}@example.net" for number in range(8)]
    publish(tmp_path, delivery(server.port), held)
    with run_other_dashboard(tmp_path) as dashboard:
        assert post(dashboard, "/api/issues/029/tests", {"address": "me@example.com"})[1]["sent"]
        assert start(dashboard, PLAN, run_preflight(dashboard, PLAN)) == (200, {"campaign": 1})
        wait_for(lambda: len(received(server)) == 4)
        # As the terminal does, to all processes of the group.
        os.killpg(dashboard.process.pid, signal.SIGINT)
        assert dashboard.process.stderr
        output = dashboard.process.stderr.read()
    assert "Campaign #1 of 029 is still being sent." in output
    assert "newsletter campaign pause 029" in output
    with open_database(Workspace(tmp_path)) as database:
        reports = CampaignReports(database)
        (campaign,) = reports.campaigns()
        assert reports.is_sending(campaign)
        server.release()
        wait_for(lambda: reports.campaigns()[0].state is CampaignState.COMPLETE)
        wait_for(lambda: not reports.is_sending(campaign))
        assert reports.counts(campaign)[DeliveryState.ACCEPTED] == 8
    assert received(server) == held
