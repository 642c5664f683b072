"""Sending an issue, as its author does."""

import csv
import io
import json
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.transports.base import Outgoing
from tests.bounces.shapes import postfix
from tests.campaign.publication import DRAFT, Recording, counts, delivery, publish
from tests.conftest import Run

PEOPLE = [f"reader{number}@d{number % 3}.example" for number in range(12)]


def test_the_whole_path(run: Run, folder: Path, server: Recording) -> None:
    """Tested, sent, reported and published: each person has it once, and the author's file keeps its comments."""
    publish(folder, delivery(server.port), PEOPLE)
    assert "no test of 029" in run("send", "029", "--yes", code=1).stderr
    assert server.accepted() == []
    run("send", "029", "--test", "me@example.org", "--test", "you@example.org", code=0)
    assert server.accepted() == ["me@example.org", "you@example.org"]
    assert "to 12 subscribers" in run("send", "029", "--dry-run", code=0).stderr
    assert "not confirmed" in run("send", "029", code=1).stderr
    assert len(server.accepted()) == 2
    run("send", "029", "--yes", code=0)
    assert sorted(server.accepted()[2:]) == sorted(PEOPLE)
    assert counts(run) == {"accepted": 12}
    assert (folder / "issues/029.yaml").read_text() == DRAFT.replace("status: draft", "status: published")
    rows = list(csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout)))
    assert [row["address"] for row in rows] == PEOPLE
    assert {row["message_id"] for row in rows} == {id for _, id in server.lines("accepted")[2:]}
    assert {(row["state"], row["code"], row["attempts"]) for row in rows} == {("accepted", "250", "1")}


def test_nobody_gets_an_issue_twice(run: Run, folder: Path, server: Recording) -> None:
    """Sending an issue again reaches only those who have not had it."""
    publish(folder, delivery(server.port), PEOPLE)
    run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    assert sorted(server.accepted()) == sorted(a for a in PEOPLE if a.endswith("d1.example"))
    assert "to 8 subscribers; 4 already received it" in run("send", "029", "--yes", "--untested", code=0).stderr
    assert sorted(server.accepted()) == sorted(PEOPLE)
    assert "no subscribers to send to" in run("send", "029", "--yes", "--untested", code=1).stderr


def test_content_that_has_changed_since_its_test_is_not_sent(run: Run, folder: Path, server: Recording) -> None:
    """A test counts for exactly the content that was tested."""
    publish(folder, delivery(server.port), PEOPLE)
    run("send", "029", "--test", "me@example.org", code=0)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))
    assert "no test of 029 as it is now" in run("send", "029", "--yes", code=1).stderr


def test_an_issue_with_an_error_is_not_sent(run: Run, folder: Path, server: Recording) -> None:
    """What the checks call an error stops the sending, with its line."""
    publish(folder, delivery(server.port), PEOPLE)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("title: How lenses are ground", "title: ''"))
    assert "issues/029.yaml:" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert server.accepted() == []


def test_with_settings_that_nobody_would_believe_nothing_is_sent(run: Run, folder: Path, server: Recording) -> None:
    """An error in newsletter.yaml stops the sending, with its line."""
    publish(folder, delivery(server.port), PEOPLE)
    settings = folder / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("lens@example.org", "lens@gmail.com"))
    assert "newsletter.yaml:4:" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert server.accepted() == []


def test_each_answer_ends_in_its_state(run: Run, folder: Path, server: Recording) -> None:
    """A refusal fails, a delay is tried again, one that lasts fails at last; the report says why."""
    people = [*PEOPLE, "550gone@x.example", "451once@y.example", "451@z.example"]
    publish(folder, delivery(server.port, "retry_after: [0, 0]\npause_at: 90"), people)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 13, "failed": 2}
    report = run("campaign", "report", "029", code=0).stdout
    assert "1 failed: 550 5.2.0 as asked for" in report
    assert "1 failed: 451 4.2.0 as asked for" in report
    rows = csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout))
    assert {row["address"]: row["attempts"] for row in rows if row["attempts"] != "1"} == {
        "451once@y.example": "2",
        "451@z.example": "3",
    }


def test_what_came_back_stands_beside_the_states(run: Run, folder: Path, server: Recording) -> None:
    """Refused at once or bounced later, each person counts once a kind; who was erased counts, and is not named."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*PEOPLE, "550gone@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    sent = {
        address: Outgoing("lens@example.org", address, f"Message-ID: {id}\r\n\r\n".encode())
        for address, id in server.lines("accepted")
    }
    soft, hard = (sent[address] for address in PEOPLE[:2])
    for number, content in enumerate(
        (postfix(soft, "4.2.2"), postfix(soft, "5.2.2"), postfix(hard, "4.2.2"), postfix(hard, "5.1.1"))
    ):
        (folder / f"{number}.eml").write_bytes(content)
    run("bounces", "0.eml", "1.eml", "2.eml", "3.eml", code=0)
    report = run("campaign", "report", "029", code=0).stdout
    assert report.splitlines()[1:4] == [
        "        12 accepted",
        "         1 failed",
        "bounces: 1 hard, 3 soft",
    ]
    assert "Bounces     1 hard, 3 soft\n" in run("campaign", "show", "029", code=0).stdout
    expected = {"hard": 1, "soft": 3, "refused": 0, "complaint": 0}
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["bounces"] == expected
    assert json.loads(run("campaigns", "--json", code=0).stdout)[0]["bounces"] == expected
    table = run("campaign", "report", "029", "--csv", code=0).stdout
    rows = {
        row["address"]: (row["state"], row["bounce"]) for row in csv.DictReader(io.StringIO(table)) if row["bounced"]
    }
    assert rows == {
        PEOPLE[0]: ("accepted", "soft"),
        PEOPLE[1]: ("accepted", "hard"),
        "550gone@x.example": ("failed", "soft"),
    }
    run("subscribers", "remove", PEOPLE[1], "--yes", code=0)
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["bounces"] == expected
    assert PEOPLE[1] not in run("campaign", "report", "029", "--csv", code=0).stdout


def test_those_who_failed_are_tried_again_on_request(run: Run, folder: Path, server: Recording) -> None:
    """`--retry-failed` writes to those who failed, and to nobody else."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*PEOPLE, "550once@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 12, "failed": 1}
    run("send", "--retry-failed", code=0)
    assert counts(run) == {"accepted": 13}
    assert len(server.accepted()) == 13


def test_whoever_got_it_later_is_not_tried_again(run: Run, folder: Path, server: Recording) -> None:
    """Somebody who failed in one campaign and has the issue by the next one does not get it a second time."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*PEOPLE, "550once@x.example", "551@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 1, "failed": 1}
    run("send", "--retry-failed", "029", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE delivery SET state = 'accepted' WHERE address LIKE '551@%' AND campaign_id = 2")
    run("send", "--retry-failed", code=0)
    assert len(server.accepted()) == 13
    assert counts(run) == {"accepted": 2}


def test_the_commit_is_recorded(run: Run, folder: Path, server: Recording) -> None:
    """A campaign knows which commit it was sent from, and whether the author's files were as in it."""

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *words]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    publish(folder, delivery(server.port), PEOPLE)
    git("init")
    git("add", "newsletter.yaml", "issues")
    git("commit", "-m", "Issue 29")
    run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    run("send", "029", "--yes", "--untested", code=0)
    later, first = json.loads(run("campaigns", "--json", code=0).stdout)
    assert (first["git_commit"], first["git_clean"]) == (git("rev-parse", "HEAD"), True)
    # The first one has published the issue.
    assert (later["git_commit"], later["git_clean"]) == (first["git_commit"], False)


def test_a_campaign_pauses_when_too_many_fail(run: Run, folder: Path, server: Recording) -> None:
    """Past `pause_at` it stops by itself, says why, and leaves the rest pending."""
    people = [f"550x{number}@d.example" for number in range(60)]
    publish(folder, delivery(server.port, connections=1), people)
    assert "more than the 20 %" in run("send", "029", "--yes", "--untested", code=1).stderr
    # The next one is claimed with the fifth's answer.
    assert counts(run) == {"failed": 6, "pending": 54}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


def test_a_server_that_cannot_be_reached_leaves_everybody_pending(run: Run, folder: Path, server: Recording) -> None:
    """Nobody fails because of a server; once it is back, the campaign goes on."""
    publish(folder, delivery(1), PEOPLE)
    said = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "127.0.0.1:1" in said
    assert counts(run) == {"pending": 12}
    settings = (folder / "newsletter.yaml").read_text()
    (folder / "newsletter.yaml").write_text(settings.replace("port: 1,", f"port: {server.port},"))
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 12}


def test_changed_content_is_not_resumed(run: Run, folder: Path, server: Recording) -> None:
    """A campaign sends what it began with, or nothing."""
    publish(folder, delivery(1), PEOPLE)
    run("send", "029", "--yes", "--untested", code=1)
    issue = folder / "issues/029.yaml"
    text = issue.read_text()
    issue.write_text(text.replace("polished.", "polished twice."))
    assert "no longer what campaign #1 began to send" in run("send", "--resume", code=1).stderr
    assert "not finished" in run("send", "029", "--yes", "--untested", code=1).stderr
    run("campaign", "cancel", "029", code=0)
    assert "no campaign to go on with" in run("send", "--resume", code=1).stderr


def test_whoever_leaves_before_their_turn_is_not_written_to(run: Run, folder: Path, server: Recording) -> None:
    """An unsubscription counts up to the moment before the message, and says so in the report."""
    publish(folder, delivery(1), PEOPLE)
    run("send", "029", "--yes", "--untested", code=1)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE subscriber SET state = 'unsubscribed' WHERE address = ?", (PEOPLE[5],))
    settings = (folder / "newsletter.yaml").read_text()
    (folder / "newsletter.yaml").write_text(settings.replace("port: 1,", f"port: {server.port},"))
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 11, "failed": 1}
    assert PEOPLE[5] not in server.accepted()
    assert "no longer an active subscriber" in run("campaign", "report", "029", code=0).stdout


def test_who_was_under_way_at_a_kill_is_told_and_asked_for(run: Run, folder: Path, server: Recording) -> None:
    """The uncertain are listed and not written to again, unless the author says so; the Message-ID stays the same."""
    publish(folder, delivery(server.port), PEOPLE)
    run("send", "029", "--yes", "--untested", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE delivery SET state = 'attempting' WHERE address = ?", (PEOPLE[5],))
        connection.execute("UPDATE campaign SET state = 'sending'")
    said = run("send", "--resume", code=0).stderr
    assert "1 message was in progress when the last run was interrupted:" in said
    assert PEOPLE[5] in said
    assert counts(run) == {"accepted": 11, "uncertain": 1}
    assert f"uncertain: {PEOPLE[5]}" in run("campaign", "report", "029", code=0).stdout
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 12}
    assert len({id for address, id in server.lines("accepted") if address == PEOPLE[5]}) == 1
    assert server.accepted().count(PEOPLE[5]) == 2


@pytest.mark.slow
def test_ctrl_c_stops_cleanly_and_a_second_sender_is_refused(run: Run, folder: Path, server: Recording) -> None:
    """What is under way is finished, nobody is uncertain, the rest stays pending; nobody else sends meanwhile."""
    people = [f"reader{number}@d.example" for number in range(2000)]
    publish(folder, delivery(server.port), people)
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested", "--rate", "20/s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        assert "another process is sending" in run("send", "--resume", code=1).stderr
        sender.send_signal(signal.SIGINT)
        said = sender.communicate(timeout=30)[1]
    assert sender.returncode == 1
    assert "To continue: `newsletter send 029 --resume`" in said
    assert set(counts(run)) == {"accepted", "pending"}
    assert counts(run)["accepted"] == len(server.accepted())
    run("send", "--resume", code=0)
    assert sorted(server.accepted()) == sorted(people)


@pytest.mark.slow
def test_a_campaign_is_paused_from_another_terminal(run: Run, folder: Path, server: Recording) -> None:
    """`campaign pause` reaches the process that sends."""
    publish(folder, delivery(server.port), [f"reader{number}@d.example" for number in range(2000)])
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested", "--rate", "20/s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        run("campaign", "pause", "029", code=0)
        assert "is paused" in sender.communicate(timeout=30)[1]
    assert set(counts(run)) == {"accepted", "pending"}


def test_a_published_issue_goes_out_again_on_request_only(run: Run, folder: Path, server: Recording) -> None:
    """Where the ledger that knows who had it is another one, it is asked for; `--yes` is not enough."""
    publish(folder, delivery(server.port), PEOPLE)
    run("send", "029", "--yes", "--untested", code=0)
    (folder / "newsletter.db").rename(folder / "elsewhere.db")
    publish(folder, delivery(server.port), PEOPLE)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("status: draft", "status: published"))
    said = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "029 is already published, but newsletter.db has no record of sending it" in said
    assert "add --unrecorded" in said
    assert "is already published" in run("send", "029", "--dry-run", code=0).stderr
    assert len(server.accepted()) == 12
    run("send", "029", "--yes", "--untested", "--unrecorded", code=0)
    assert len(server.accepted()) == 24


def test_a_campaign_is_found_by_the_name_that_its_issue_had(run: Run, folder: Path, server: Recording) -> None:
    """And by its own number, where no issue has that."""
    publish(folder, delivery(server.port), PEOPLE)
    run("send", "029", "--yes", "--untested", code=0)
    (folder / "issues/029.yaml").rename(folder / "issues/030.yaml")
    for name in ("029", "#1", "issues/029.yaml"):
        assert "#1 of 029" in run("campaign", "show", name, code=0).stdout
    assert "030 has not been sent" in run("campaign", "show", "030", code=1).stderr
    assert "030 has not been sent" in run("campaign", "show", "1", code=1).stderr
    issue = folder / "issues/030.yaml"
    issue.write_text(re.sub("number: .*\n", "", issue.read_text()))
    assert "#1 of 029" in run("campaign", "show", "1", code=0).stdout


def test_a_campaign_without_its_process_has_stopped(run: Run, folder: Path, server: Recording) -> None:
    """What was killed is not shown as sending."""
    publish(folder, delivery(server.port, connections=1), ["held@x.example", *PEOPLE])
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        assert " sending " in run("campaigns", code=0).stdout
        sender.kill()
    assert " stopped " in run("campaigns", code=0).stdout
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["state"] == "stopped"


def test_of_several_campaigns_the_one_to_resume_is_named(run: Run, folder: Path) -> None:
    """Without the name the error lists them; a cancelled one is not among them."""
    publish(folder, delivery(1), PEOPLE[:1])
    (folder / "issues/030.yaml").write_text(DRAFT.replace("number: 29", "number: 30"))
    for slug in ("029", "030"):
        run("send", slug, "--yes", "--untested", code=1)
    assert "2 campaigns can go on: 030 (#2), 029 (#1)\nName the issue." in run("send", "--resume", code=1).stderr
    assert "127.0.0.1:1" in run("send", "030", "--resume", code=1).stderr
    run("campaign", "cancel", "030", code=0)
    assert "127.0.0.1:1" in run("send", "--resume", code=1).stderr


@pytest.mark.parametrize("command", ["pause", "cancel"])
def test_a_complete_campaign_cannot_be_stopped(run: Run, folder: Path, server: Recording, command: str) -> None:
    """It stays complete, and the error names the report."""
    publish(folder, delivery(server.port), PEOPLE[:1])
    run("send", "029", "--yes", "--untested", code=0)
    assert run("campaign", command, "029", code=1).stderr == (
        "Error: campaign #1 of 029 is complete already\nWhat became of each: `newsletter campaign report 029`.\n"
    )
    assert " complete " in run("campaigns", code=0).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["send"],
        ["send", "--resume", "--test", "a@b.example"],
        ["send", "--resume", "--retry-failed"],
        ["send", "--resume", "--unrecorded"],
        ["send", "029", "--uncertain", "retry"],
        ["send", "029", "--rate", "fast"],
        ["send", "029", "--rate", "0/s"],
        ["campaign", "report", "029", "--json", "--csv"],
    ],
)
def test_wrong_usage_is_told(arguments: list[str], run: Run, folder: Path) -> None:
    """What does not belong together is refused with exit 2."""
    publish(folder, "", PEOPLE)
    assert run(*arguments, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "029", "--to", "colour:red", "--yes", "--untested"], "unknown trait"),
        (["send", "029", "--yes", "--untested"], "`delivery.smtp` is missing"),
        (["send", "029", "--test", "no address"], "is not a valid email address"),
        (["campaign", "show", "029"], "has not been sent"),
        (["campaign", "show", "#7"], "no campaign #7"),
        (["campaign", "show", "7"], "no campaign #7"),
        (["campaign", "show", f"#{10**30}"], "no campaign #1000"),
        (["send", "--resume"], "no campaign to go on with"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], said: str, run: Run, folder: Path) -> None:
    """One message, exit 1, and nothing is noted."""
    publish(folder, "", PEOPLE)
    assert said in run(*arguments, code=1).stderr
    assert "0 campaigns" in run("campaigns", code=0).stderr
