"""Corrections: a second message about an issue, to those who received the first."""

import email
import email.policy
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.campaign.publication import DRAFT, delivery, publish
from tests.conftest import Run
from tests.terminal import CTRL_C, terminal
from tests.transports.mail_server import MailServer, mail_server

CORRECTED = DRAFT.replace("status: draft", "status: published").replace("A lens", "A better lens")
READERS = ["ann@a.example", "bob@b.example"]


@pytest.fixture
def mail(run: Run, folder: Path) -> Iterator[MailServer]:
    """The issue 029 was sent to two subscribers. Then a third one subscribed, and the issue was corrected."""
    with mail_server() as server:
        publish(folder, delivery(server.port), READERS)
        run("send", "029", "--yes", "--untested", code=0)
        run("subscribers", "add", "cid@c.example", "--consent", "asked for it", code=0)
        (folder / "issues/029.yaml").write_text(CORRECTED)
        server.received.clear()
        yield server


def received(server: MailServer) -> list[tuple[str, str]]:
    """Return recipient and subject of each message, sorted."""
    parsed = [email.message_from_bytes(each.content, policy=email.policy.default) for each in server.received]
    return sorted((str(message["To"]), str(message["Subject"])) for message in parsed)


def correct(run: Run, *options: str, code: int = 0) -> str:
    """Send the correction without questions. Returns what it printed."""
    return run("send", "029", "--correction", "--yes", "--untested", *options, code=code).stderr


def test_a_correction_is_sent_to_those_who_received_the_issue(run: Run, mail: MailServer) -> None:
    """Once to each, in a campaign of its own. Others receive the corrected issue as a usual message."""
    before = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    assert "to 2 subscribers." in correct(run)
    assert [address for address, _ in received(mail)] == READERS
    assert {subject.split(": ")[0] for _, subject in received(mail)} == {"Correction"}
    report = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    assert [each["counts"]["accepted"] for each in report["campaigns"]] == [2, 2]
    assert {**report["campaigns"][0]} == before
    assert report["audience"] == "correction"

    assert "no active subscriber received 029 without this correction" in correct(run, code=1)
    mail.received.clear()
    run("send", "029", "--yes", "--untested", code=0)
    ((address, subject),) = received(mail)
    assert address == "cid@c.example"
    assert not subject.startswith("Correction")


def test_a_second_correction(run: Run, mail: MailServer, folder: Path) -> None:
    """It is sent to all who received the issue, also to those who received the first correction."""
    correct(run, "--to", "domain:a.example")
    mail.received.clear()
    (folder / "issues/029.yaml").write_text(CORRECTED.replace("A better lens", "The best lens"))
    correct(run)
    assert [address for address, _ in received(mail)] == READERS


def test_the_rest_of_a_correction(run: Run, mail: MailServer) -> None:
    """Without the filter, the same correction is sent to those who did not get it yet."""
    correct(run, "--to", "domain:a.example")
    mail.received.clear()
    correct(run)
    assert [address for address, _ in received(mail)] == READERS[1:]


def test_only_readers_who_are_still_subscribed_get_it(run: Run, mail: MailServer) -> None:
    """Unsubscribing holds for corrections, too."""
    run("subscribers", "remove", "ann@a.example", "--yes", code=0)
    correct(run)
    assert [address for address, _ in received(mail)] == READERS[1:]


def test_a_test_has_the_subject_of_the_correction(run: Run, mail: MailServer) -> None:
    """A test of the issue is none of its correction, since the subject is another."""
    run("send", "029", "--test", "me@example.org", code=0)
    output = run("send", "029", "--correction", "--yes", code=1).stderr
    assert "`newsletter send 029 --correction --test ADDRESS`" in output
    mail.received.clear()
    output = run("send", "029", "--correction", "--test", "me@example.org", code=0).stderr
    assert output.endswith("then run `newsletter send 029 --correction`.\n")
    ((_, subject),) = received(mail)
    assert subject.startswith("Correction: ")
    run("send", "029", "--correction", "--yes", code=0)


def test_the_prefix_is_a_label(run: Run, mail: MailServer, folder: Path) -> None:
    """It is in the language of the issue."""
    (folder / "issues/029.yaml").write_text(CORRECTED.replace("number: 1\n", "number: 1\nlanguage: ja\n"))
    correct(run)
    assert all(subject.startswith("【訂正】") for _, subject in received(mail))


def test_a_correction_is_resumed_as_one(run: Run, mail: MailServer, folder: Path) -> None:
    """Its content stays the same, and failed recipients are retried although they received the issue."""
    correct(run)
    mail.received.clear()
    with closing(sqlite3.connect(folder / "newsletter.db")) as database, database:
        database.execute("UPDATE delivery SET state = 'failed' WHERE campaign_id = 2 AND address LIKE 'ann@%'")
    run("send", "029", "--retry-failed", code=0)
    assert [(address, subject[:11]) for address, subject in received(mail)] == [("ann@a.example", "Correction:")]


@pytest.mark.parametrize("answers", ["n", "yn"])
def test_it_is_confirmed_twice(mail: MailServer, folder: Path, answers: str) -> None:
    """Each of the two questions can stop it."""
    with terminal(folder, "send", "029", "--correction", "--untested") as shell:
        shell.wait_for("Send to 2 subscribers now")
        shell.type(f"{answers[0]}\n")
        if len(answers) > 1:
            shell.wait_for("They already received 029.")
            shell.type(f"{answers[1]}\n")
        assert shell.finish() == 1
    assert mail.received == []
    assert "nothing was sent, because you did not confirm" in shell.shown


def test_ctrl_c_at_the_question(mail: MailServer, folder: Path) -> None:
    """The error is on a line of its own."""
    with terminal(folder, "send", "029", "--correction", "--untested") as shell:
        shell.wait_for_question("[y/N]: ")
        shell.type(CTRL_C)
        assert shell.finish() == 1
    assert mail.received == []
    assert "[y/N]: ^C\r\nError: nothing was sent" in shell.shown


def test_an_issue_that_was_not_sent_cannot_be_corrected(run: Run, folder: Path) -> None:
    """There is no recipient."""
    publish(folder, delivery(1), READERS)
    assert "no active subscriber received 029 without this correction" in correct(run, code=1)


def test_a_renamed_issue_is_not_sent_again(run: Run, mail: MailServer, folder: Path) -> None:
    """With its old slug as an alias, those who received it do not get it twice; a correction reaches them."""
    (folder / "issues/029.yaml").rename(folder / "issues/lens.yaml")
    (folder / "issues/lens.yaml").write_text(CORRECTED.replace("number: 1\n", "number: 1\naliases: [029]\n"))
    run("send", "lens", "--yes", "--untested", code=0)
    assert [address for address, _ in received(mail)] == ["cid@c.example"]
    mail.received.clear()
    run("send", "lens", "--correction", "--yes", "--untested", code=0)
    assert [address for address, _ in received(mail)] == [*READERS, "cid@c.example"]
