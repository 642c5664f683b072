"""`newsletter send`, and commands that show and change campaigns."""

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

from newsletter.campaign.preparation import Preparation
from newsletter.transports.base import Outgoing
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.bounces.shapes import postfix
from tests.campaign.publication import DRAFT, Recording, counts, delivery, publish, states
from tests.conftest import Run
from tests.dashboard.campaigning import start_campaign

ADDRESSES = [f"reader{number}@d{number % 3}.example" for number in range(12)]


def test_an_issue_is_tested_sent_reported_and_published(run: Run, folder: Path, server: Recording) -> None:
    """Each recipient gets one message, and the issue's file keeps its comments."""
    publish(folder, delivery(server.port), ADDRESSES)
    assert "the current content of 029 has not been tested" in run("send", "029", "--yes", code=1).stderr
    assert server.accepted() == []
    run("send", "029", "--test", "me@example.org", "--test", "you@example.org", code=0)
    assert server.accepted() == ["me@example.org", "you@example.org"]
    assert "to 12 subscribers" in run("send", "029", "--dry-run", code=0).stderr
    assert "because you did not confirm" in run("send", "029", code=1).stderr
    assert len(server.accepted()) == 2
    run("send", "029", "--yes", code=0)
    assert sorted(server.accepted()[2:]) == sorted(ADDRESSES)
    assert counts(run) == {"accepted": 12}
    assert (folder / "issues/029.yaml").read_text() == DRAFT.replace("status: draft", "status: published")
    rows = list(csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout)))
    assert [row["address"] for row in rows] == ADDRESSES
    assert {row["message_id"] for row in rows} == {id for _, id in server.lines("accepted")[2:]}
    assert {(row["state"], row["code"], row["attempts"]) for row in rows} == {("accepted", "250", "1")}


def test_no_subscriber_gets_an_issue_twice(run: Run, folder: Path, server: Recording) -> None:
    """A second campaign only sends to subscribers who have not received the issue."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    assert sorted(server.accepted()) == sorted(a for a in ADDRESSES if a.endswith("d1.example"))
    assert "to 8 subscribers; 4 already received it" in run("send", "029", "--yes", "--untested", code=0).stderr
    assert sorted(server.accepted()) == sorted(ADDRESSES)
    assert "already received 029" in run("send", "029", "--yes", "--untested", code=1).stderr


def test_a_report_has_all_campaigns_of_an_issue(run: Run, folder: Path, server: Recording) -> None:
    """The newest is last. A campaign that is named by its number has the same output as an only campaign."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    only = [run("campaign", "report", "029", *option, code=0).stdout for option in ((), ("--json",), ("--csv",))]
    run("send", "029", "--yes", "--untested", code=0)
    first = [run("campaign", "report", "#1", *option, code=0).stdout for option in ((), ("--json",), ("--csv",))]
    second = [run("campaign", "report", "#2", *option, code=0).stdout for option in ((), ("--json",), ("--csv",))]
    text, listing, table = (
        run("campaign", "report", "029", *option, code=0).stdout for option in ((), ("--json",), ("--csv",))
    )
    assert first == only
    assert text == f"{first[0]}\n{second[0]}"
    older, newest = json.loads(first[1]), json.loads(second[1])
    assert json.loads(listing) == {**newest, "campaigns": [older, newest]}
    heading, *rows = table.splitlines()
    assert heading == f"{first[2].splitlines()[0]},campaign"
    assert rows == [f"{row},1" for row in first[2].splitlines()[1:]] + [
        f"{row},2" for row in second[2].splitlines()[1:]
    ]


def test_the_list_of_campaigns_has_a_header(run: Run, folder: Path, server: Recording) -> None:
    """Each column starts below its name."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=0)
    header, row = run("campaigns", code=0).stdout.splitlines()
    assert header.split() == ["Number", "Started", "Issue", "State", "Recipients"]
    for name, cell in (("Number", "#1"), ("Issue", "029"), ("State", "complete"), ("Recipients", "12 accepted")):
        assert row[header.index(name) :].startswith(cell)


def test_cancelling_asks(run: Run, folder: Path) -> None:
    """Without an answer nothing changes. `--yes` does not ask."""
    publish(folder, delivery(1), ADDRESSES[:3])
    run("send", "029", "--yes", "--untested", code=1)
    asked = run("campaign", "cancel", "029", code=1).stderr
    assert "Cancel campaign #1 of 029 permanently? 3 recipients are still pending. [y/N]: " in asked
    assert "State       paused" in run("campaign", "show", "029", code=0).stdout
    run("campaign", "cancel", "029", "--yes", code=0)
    assert "State       cancelled" in run("campaign", "show", "029", code=0).stdout


def test_content_that_has_changed_since_its_test_is_not_sent(run: Run, folder: Path, server: Recording) -> None:
    """A test send is only valid for exactly its content."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--test", "me@example.org", code=0)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))
    assert "the current content of 029 has not been tested" in run("send", "029", "--yes", code=1).stderr


def test_an_issue_with_an_error_is_not_sent(run: Run, folder: Path, server: Recording) -> None:
    """The command prints the line of the error."""
    publish(folder, delivery(server.port), ADDRESSES)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("title: How lenses are ground", "title: ''"))
    assert "issues/029.yaml:" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert server.accepted() == []


def test_nothing_is_sent_if_newsletter_yaml_has_an_error(run: Run, folder: Path, server: Recording) -> None:
    """The command prints the line of the error."""
    publish(folder, delivery(server.port), ADDRESSES)
    settings = folder / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("lens@example.org", "lens@gmail.com"))
    assert "newsletter.yaml:4:" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert server.accepted() == []


def test_each_answer_leads_to_a_state(run: Run, folder: Path, server: Recording) -> None:
    """A rejected delivery fails. A deferred one is retried, and fails after the last retry. The report shows why."""
    addresses = [*ADDRESSES, "550gone@x.example", "451once@y.example", "451@z.example"]
    publish(folder, delivery(server.port, "retry_after: [0, 0]\npause_at: 90"), addresses)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 13, "failed": 2}
    report = run("campaign", "report", "029", code=0).stdout
    assert "1 failed: 550 5.2.0 as requested" in report
    assert "1 failed: 451 4.2.0 as requested" in report
    rows = csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout))
    assert {row["address"]: row["attempts"] for row in rows if row["attempts"] != "1"} == {
        "451once@y.example": "2",
        "451@z.example": "3",
    }


def test_bounces_are_reported_beside_the_states(run: Run, folder: Path, server: Recording) -> None:
    """Each subscriber counts once for each kind of bounce. Erased subscribers count, but their addresses are gone."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*ADDRESSES, "550gone@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    sent = {
        address: Outgoing("lens@example.org", address, f"Message-ID: {id}\r\n\r\n".encode())
        for address, id in server.lines("accepted")
    }
    soft, hard = (sent[address] for address in ADDRESSES[:2])
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
        ADDRESSES[0]: ("accepted", "soft"),
        ADDRESSES[1]: ("accepted", "hard"),
        "550gone@x.example": ("failed", "soft"),
    }
    run("subscribers", "remove", ADDRESSES[1], "--yes", code=0)
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["bounces"] == expected
    assert ADDRESSES[1] not in run("campaign", "report", "029", "--csv", code=0).stdout


def test_failed_deliveries_are_retried_on_request(run: Run, folder: Path, server: Recording) -> None:
    """`--retry-failed` only sends to recipients whose delivery failed."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*ADDRESSES, "550once@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 12, "failed": 1}
    run("send", "--retry-failed", code=0)
    assert counts(run) == {"accepted": 13}
    assert len(server.accepted()) == 13
    assert "no campaign of 029 has failed recipients to retry" in run("send", "029", "--retry-failed", code=1).stderr


def test_a_failed_delivery_is_not_retried_if_a_later_campaign_succeeded(
    run: Run, folder: Path, server: Recording
) -> None:
    """The recipient has already received the issue."""
    publish(folder, delivery(server.port, "pause_at: 90"), [*ADDRESSES, "550once@x.example", "550_5.3.0_@x.example"])
    run("send", "029", "--yes", "--untested", code=0)
    run("send", "029", "--yes", "--untested", code=0)
    assert counts(run) == {"accepted": 1, "failed": 1}
    run("send", "--retry-failed", "029", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute(
            "UPDATE delivery SET state = 'accepted' WHERE address LIKE '550^_%' ESCAPE '^' AND campaign_id = 2"
        )
    run("send", "--retry-failed", code=0)
    assert len(server.accepted()) == 13
    assert counts(run) == {"accepted": 2}


def test_the_commit_is_recorded(run: Run, folder: Path, server: Recording) -> None:
    """A campaign records the git commit, and whether the sources were unchanged."""

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    publish(folder, delivery(server.port), ADDRESSES)
    git("init")
    git("add", "newsletter.yaml", "issues")
    git("commit", "-m", "Issue 29")
    run("send", "029", "--yes", "--untested", "--to", "domain:d1.example", code=0)
    run("send", "029", "--yes", "--untested", code=0)
    later, first = json.loads(run("campaigns", "--json", code=0).stdout)
    assert (first["git_commit"], first["git_clean"]) == (git("rev-parse", "HEAD"), True)
    # The first campaign has marked the issue as published.
    assert (later["git_commit"], later["git_clean"]) == (first["git_commit"], False)


def test_a_campaign_pauses_when_too_many_deliveries_fail(run: Run, folder: Path, server: Recording) -> None:
    """Above `pause_at` it stops and prints the reason. The remaining deliveries stay pending."""
    addresses = [f"550x{number}@d.example" for number in range(60)]
    publish(folder, delivery(server.port, connections=1), addresses)
    assert "more than 20 %" in run("send", "029", "--yes", "--untested", code=1).stderr
    # The sixth delivery is claimed in the same write as the outcome of the fifth.
    assert counts(run) == {"failed": 6, "pending": 54}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()


def test_deliveries_stay_pending_while_the_server_cannot_be_reached(run: Run, folder: Path, server: Recording) -> None:
    """The campaign can be resumed when the server can be reached."""
    publish(folder, delivery(1), ADDRESSES)
    assert "127.0.0.1:1" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert counts(run) == {"pending": 12}
    settings = (folder / "newsletter.yaml").read_text()
    (folder / "newsletter.yaml").write_text(settings.replace("port: 1,", f"port: {server.port},"))
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 12}


def test_two_tests_in_one_second_have_their_own_message_ids(folder: Path, server: Recording) -> None:
    """Else an inbox may drop the second one, or show both as one."""
    publish(folder, delivery(server.port), [])
    workspace = Workspace(folder)
    document = workspace.issue("029")
    with open_database(workspace) as database:
        for now in (1_800_000_000.25, 1_800_000_000.75):
            preparation = Preparation(workspace, database, lambda now=now: now)  # type: ignore[misc]
            preparation.send_test(document, preparation.compose(document), ["ann@example.com", "bob@example.com"])
    ids = [id for _, id in server.lines("accepted")]
    assert (len(ids), len(set(ids))) == (4, 4)


def test_changed_content_is_not_resumed(run: Run, folder: Path, server: Recording) -> None:
    """A campaign only sends the content with which it started."""
    publish(folder, delivery(1), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=1)
    issue = folder / "issues/029.yaml"
    text = issue.read_text()
    issue.write_text(text.replace("polished.", "polished twice."))
    assert "029 has changed since campaign #1 started" in run("send", "--resume", code=1).stderr
    assert "not finished" in run("send", "029", "--yes", "--untested", code=1).stderr
    run("campaign", "cancel", "029", "--yes", code=0)
    assert "no campaign can be resumed" in run("send", "--resume", code=1).stderr


def test_a_subscriber_who_unsubscribes_during_a_campaign_gets_no_message(
    run: Run, folder: Path, server: Recording
) -> None:
    """The delivery fails, and the report shows why."""
    publish(folder, delivery(1), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=1)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE subscriber SET state = 'unsubscribed' WHERE address = ?", (ADDRESSES[5],))
    settings = (folder / "newsletter.yaml").read_text()
    (folder / "newsletter.yaml").write_text(settings.replace("port: 1,", f"port: {server.port},"))
    run("send", "--resume", code=0)
    assert counts(run) == {"accepted": 11, "failed": 1}
    assert ADDRESSES[5] not in server.accepted()
    assert "no longer an active subscriber" in run("campaign", "report", "029", code=0).stdout


def test_messages_in_progress_at_a_kill_are_listed_and_retried_on_request(
    run: Run, folder: Path, server: Recording
) -> None:
    """Uncertain messages are only sent again if the author requests it, with the same Message-ID."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=0)
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE delivery SET state = 'attempting' WHERE address = ?", (ADDRESSES[5],))
        connection.execute("UPDATE campaign SET state = 'sending'")
    output = run("send", "--resume", code=0).stderr
    assert "1 message was in progress when the last run was interrupted:" in output
    assert ADDRESSES[5] in output
    assert counts(run) == {"accepted": 11, "uncertain": 1}
    assert f"uncertain: {ADDRESSES[5]}" in run("campaign", "report", "029", code=0).stdout
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 12}
    assert len({id for address, id in server.lines("accepted") if address == ADDRESSES[5]}) == 1
    assert server.accepted().count(ADDRESSES[5]) == 2


@pytest.mark.slow
def test_ctrl_c_finishes_messages_in_progress(run: Run, folder: Path, server: Recording) -> None:
    """No delivery is uncertain, and the others stay pending. A second process cannot send at the same time."""
    addresses = [f"reader{number}@d.example" for number in range(2000)]
    publish(folder, delivery(server.port), addresses)
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested", "--rate", "20/s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        assert "another process is sending" in run("send", "--resume", code=1).stderr
        sender.send_signal(signal.SIGINT)
        output = sender.communicate(timeout=30)[1]
    assert sender.returncode == 1
    assert "To continue: `newsletter send 029 --resume`" in output
    assert set(counts(run)) == {"accepted", "pending"}
    assert counts(run)["accepted"] == len(server.accepted())
    run("send", "--resume", code=0)
    assert sorted(server.accepted()) == sorted(addresses)


@pytest.mark.slow
def test_a_campaign_can_be_paused_from_another_terminal(run: Run, folder: Path, server: Recording) -> None:
    """`campaign pause` stops the sending process."""
    publish(folder, delivery(server.port), [f"reader{number}@d.example" for number in range(2000)])
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested", "--rate", "20/s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        run("campaign", "pause", "029", code=0)
        output = sender.communicate(timeout=30)[1]
    assert "is paused" in output
    assert "Reason: paused by the author." in output
    assert set(counts(run)) == {"accepted", "pending"}


@pytest.mark.slow
def test_bounces_of_many_domains_pause_a_campaign(run: Run, folder: Path, server: Recording) -> None:
    """`newsletter bounces` and the sending process both name the reason in one sentence."""
    publish(folder, delivery(server.port), [f"reader@d{number}.example" for number in range(200)])
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested", "--rate", "10/s"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while len(server.accepted()) < 6:
            assert sender.poll() is None
        for number, (address, message_id) in enumerate(server.lines("accepted")[:5]):
            message = Outgoing("bounces@example.org", address, f"Message-ID: {message_id}\r\n\r\n".encode())
            (folder / f"{number}.eml").write_bytes(postfix(message, "5.7.1"))
        bounces = run("bounces", *(f"{number}.eml" for number in range(5)), code=0)
        output = sender.communicate(timeout=30)[1]
    reason = "the servers of 5 domains reject the sender or the message, the last one with: smtp; 550 5.7.1"
    assert f"Campaign #1 was paused: {reason}" in bounces.stderr
    assert f"Reason: {reason}" in output
    assert states(run) == {"active": 200}


def test_a_published_issue_without_a_record_is_only_sent_on_request(run: Run, folder: Path, server: Recording) -> None:
    """If the database has no campaign of it, `--yes` is not enough."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=0)
    (folder / "newsletter.db").rename(folder / "elsewhere.db")
    (folder / "receipts/029.json").unlink()
    publish(folder, delivery(server.port), ADDRESSES)
    issue = folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("status: draft", "status: published"))
    error = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "029 is already published, but newsletter.db has no record of sending it" in error
    assert "add --unrecorded" in error
    assert "is already published" in run("send", "029", "--dry-run", code=0).stderr
    assert len(server.accepted()) == 12
    run("send", "029", "--yes", "--untested", "--unrecorded", code=0)
    assert len(server.accepted()) == 24


def test_a_campaign_is_found_by_the_former_name_of_its_issue(run: Run, folder: Path, server: Recording) -> None:
    """It is also found by its own number if no issue has that number."""
    publish(folder, delivery(server.port), ADDRESSES)
    run("send", "029", "--yes", "--untested", code=0)
    (folder / "issues/029.yaml").rename(folder / "issues/030.yaml")
    for name in ("029", "#1", "issues/029.yaml"):
        assert "#1 of 029" in run("campaign", "show", name, code=0).stdout
    assert "030 has not been sent" in run("campaign", "show", "030", code=1).stderr
    assert "030 has not been sent" in run("campaign", "show", "1", code=1).stderr
    issue = folder / "issues/030.yaml"
    issue.write_text(re.sub("number: .*\n", "", issue.read_text()))
    assert "#1 of 029" in run("campaign", "show", "1", code=0).stdout


def test_a_killed_campaign_is_shown_as_stopped(run: Run, folder: Path, server: Recording) -> None:
    """It is shown as sending only while its process runs."""
    publish(folder, delivery(server.port, connections=1), ["held@x.example", *ADDRESSES])
    command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as sender:
        while not server.accepted():
            assert sender.poll() is None
        assert " sending " in run("campaigns", code=0).stdout
        sender.kill()
    assert " stopped " in run("campaigns", code=0).stdout
    assert "campaign #1 of 029 is not finished: stopped" in run("send", "029", "--yes", "--untested", code=1).stderr
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["state"] == "stopped"


def test_of_several_campaigns_the_one_to_resume_is_named(run: Run, folder: Path) -> None:
    """Without the name the error lists them; a cancelled one is not among them."""
    publish(folder, delivery(1), ADDRESSES[:1])
    (folder / "issues/030.yaml").write_text(DRAFT.replace("number: 29", "number: 30"))
    for slug in ("029", "030"):
        run("send", slug, "--yes", "--untested", code=1)
    assert (
        "2 campaigns can be resumed: 030 (#2), 029 (#1)\nName the issue to resume."
        in run("send", "--resume", code=1).stderr
    )
    assert "127.0.0.1:1" in run("send", "030", "--resume", code=1).stderr
    run("campaign", "cancel", "030", "--yes", code=0)
    assert "127.0.0.1:1" in run("send", "--resume", code=1).stderr


@pytest.mark.parametrize("command", ["pause", "cancel"])
def test_a_complete_campaign_cannot_be_stopped(run: Run, folder: Path, server: Recording, command: str) -> None:
    """It stays complete, and the error names the report."""
    publish(folder, delivery(server.port), ADDRESSES[:1])
    run("send", "029", "--yes", "--untested", code=0)
    assert run("campaign", command, "029", code=1).stderr == (
        "Error: campaign #1 of 029 is already complete\nSee its deliveries with `newsletter campaign report 029`.\n"
    )
    assert " complete " in run("campaigns", code=0).stdout


@pytest.mark.parametrize(
    ("transport", "advice"),
    [
        ("folder", "Look at it in outbox, then run `newsletter send 029`."),
        ("maildir", "Look at it in outbox, then run `newsletter send 029`."),
        ("console", "Look at it above, then run `newsletter send 029`."),
    ],
)
def test_the_advice_after_a_test_says_where_the_message_is(transport: str, advice: str, run: Run, folder: Path) -> None:
    """Without a mail server, the message is in the folder of the settings or on the terminal."""
    settings = f"delivery: {{transport: {transport}, folder: outbox, unsubscribe: 'mailto:leave@example.org'}}\n"
    publish(folder, settings, ADDRESSES)
    assert run("send", "029", "--test", "me@example.org", code=0).stderr.splitlines()[-1] == advice


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
def test_wrong_usage_exits_with_2(arguments: list[str], run: Run, folder: Path) -> None:
    """For example, options that cannot be combined."""
    publish(folder, "", ADDRESSES)
    assert run(*arguments, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["send", "029", "--to", "colour:red", "--yes", "--untested"], "unknown condition"),
        (["send", "029", "--yes", "--untested"], "no mail server is configured"),
        (["send", "029", "--test", "no address"], "is not a valid email address"),
        (["campaign", "show", "029"], "has not been sent"),
        (["campaign", "show", "#7"], "campaign #7 does not exist"),
        (["campaign", "show", "7"], "neither an issue 7 nor a campaign #7 exists"),
        (["campaign", "show", f"#{10**30}"], "campaign #100000000000000000… does not exist"),
        (["send", "--resume"], "no campaign can be resumed"),
    ],
)
def test_an_impossible_command_exits_with_1(arguments: list[str], message: str, run: Run, folder: Path) -> None:
    """It prints one message and records nothing."""
    publish(folder, "", ADDRESSES)
    assert message in run(*arguments, code=1).stderr
    assert "0 campaigns" in run("campaigns", code=0).stderr


def test_a_paused_campaign_is_left_alone(run: Run, folder: Path, server: Recording) -> None:
    """`--unless-paused` continues an interrupted campaign, and none that the author paused or cancelled."""
    publish(folder, delivery(server.port), ADDRESSES[:1])
    start_campaign(folder)
    run("campaign", "pause", "029", code=0)
    again = ("send", "029", "--resume", "--unless-paused")
    assert (
        "campaign #1 of 029 is paused\nContinue it with `newsletter send 029 --resume`." in run(*again, code=1).stderr
    )
    assert server.accepted() == []
    assert "--unless-paused needs --resume" in run("send", "029", "--unless-paused", code=2).stderr
    run("send", "029", "--resume", code=0)
    assert server.accepted() == ADDRESSES[:1]
    (folder / "issues/030.yaml").write_text(DRAFT.replace("number: 29", "number: 30"))
    start_campaign(folder, "030")
    run("send", "030", "--resume", "--unless-paused", code=0)
    assert server.accepted() == ADDRESSES[:1] * 2
