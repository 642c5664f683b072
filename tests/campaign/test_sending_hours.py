"""Campaigns that may send only within the delivery hours."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer
from newsletter.campaign.sending_gate import SendingGate
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.fields.hours import Hours
from newsletter.publication.sending_window import SendingWindow
from newsletter.transports.base import Answer, Outgoing
from tests.campaign.publication import Recording, counts, delivery, publish
from tests.campaign.test_sending import Memory, sent
from tests.conftest import Run
from tests.publications import PUBLICATION

ADDRESSES = [f"reader{number}@d{number}.example" for number in range(3)]
SEND = (sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested")


def closed_hours() -> str:
    """Return hours, by the clocks of UTC, in which it is not now."""
    begin, end = (datetime.now(UTC) + timedelta(hours=hours) for hours in (2, 3))
    return f'hours: "{begin:%H:%M}-{end:%H:%M}"'


def test_a_campaign_continues_by_itself_when_its_hours_begin(tmp_path: Path) -> None:
    """Its hours end while the first message is in progress, which is finished. The others wait until Monday."""
    window = SendingWindow(Hours(8 * 60, 20 * 60), frozenset(range(5)), ZoneInfo("Europe/Berlin"))
    shows = "2026-12-04T19:59:59+01:00"
    reasons: set[str] = set()

    class Late(Memory):
        """A transport at whose first message the weekend begins and nearly ends."""

        def connect(self) -> "Late":
            return self

        def send(self, message: Outgoing) -> Answer:
            nonlocal shows
            if shows.startswith("2026-12-04"):
                shows = "2026-12-07T07:59:59.7+01:00"
            return super().send(message)

    def watch(tally: Tally) -> None:
        nonlocal shows
        if tally.closed:
            reasons.add(str(tally.closed))
            shows = "2026-12-07T08:00:00+01:00"

    def clock() -> float:
        return datetime.fromisoformat(shows).timestamp()

    gate = SendingGate(window, clock, zone=window.zone)
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        ending = sent(database, ADDRESSES, PacedServer(Late(), Pace(0), 1), watch, gate=gate, clock=clock)
    assert ending.state is CampaignState.COMPLETE
    assert reasons == {"outside the delivery hours until Mon 7 Dec 08:00 (Europe/Berlin)"}


@pytest.mark.slow
def test_a_waiting_campaign_says_until_when_and_can_be_stopped(run: Run, folder: Path, server: Recording) -> None:
    """No message is sent. Afterwards, `--ignore-hours` sends at any time."""
    publish(folder, delivery(server.port, closed_hours()), ADDRESSES)
    with subprocess.Popen(SEND, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        assert sender.stderr
        line = next(line for line in sender.stderr if line.startswith("Waiting: "))
        sender.send_signal(signal.SIGINT)
        rest = sender.stderr.read()
    assert "Waiting: outside the delivery hours until " in line
    assert "(UTC). Sending continues then." in line
    assert "Reason: stopped by the author." in rest
    assert counts(run) == {"pending": 3}
    run("send", "--resume", "--ignore-hours", code=0)
    assert counts(run) == {"accepted": 3}


def test_a_campaign_without_recipients_does_not_wait(run: Run, folder: Path, server: Recording) -> None:
    """There is nothing to wait for."""
    publish(folder, delivery(server.port, closed_hours()), [])
    assert "Waiting" not in run("send", "029", "--yes", "--untested").stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  hours: 8-20", "not valid hours"),
        ("  hours: 08:00-08:00", "the hours begin and end at the same time"),
        ("  weekdays: [monday, funday]", "funday"),
    ],
)
def test_an_error_in_the_hours_has_its_position(run: Run, folder: Path, line: str, message: str) -> None:
    """The line in newsletter.yaml, and how to write it."""
    publish(folder, "delivery:\n  transport: folder\n", [])
    settings = PUBLICATION + "delivery:\n  transport: folder\n" + line + "\n"
    (folder / "newsletter.yaml").write_text(settings)
    shown = run("doctor", code=1)
    assert f"newsletter.yaml:{settings.count(chr(10))}:" in shown.stderr + shown.stdout
    assert message in shown.stderr + shown.stdout


@pytest.mark.parametrize("command", [("check",), ("doctor",), ("worker",), ("send", "029", "--yes", "--untested")])
def test_a_zone_that_the_system_does_not_know_is_an_error(run: Run, folder: Path, command: tuple[str, ...]) -> None:
    """It has its position, and advice."""
    publish(folder, "delivery:\n  transport: folder\n", [])
    settings = PUBLICATION + "timezone: Mars/Olympus\n"
    (folder / "newsletter.yaml").write_text(settings)
    shown = run(*command, code=1)
    assert f"newsletter.yaml:{settings.count(chr(10))}:11: " in shown.stderr + shown.stdout
    assert "unknown time zone `Mars/Olympus`" in shown.stderr + shown.stdout
    assert "Use a name such as Asia/Tokyo, Europe/Berlin or UTC." in shown.stderr + shown.stdout
