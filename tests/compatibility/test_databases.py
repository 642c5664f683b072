"""The databases of 7cfa81f, on SQLite and PostgreSQL: all content is kept and keeps working."""

import csv
import json
import time
from pathlib import Path

import pytest

from tests.compatibility.opened import (
    Dump,
    expected,
    expected_json,
    mail_in,
    newsletter,
    part,
    served,
    without_padding,
    without_tokens,
)
from tests.conftest import Run

pytestmark = pytest.mark.slow

# Recipients of waiting mail whose parts are compared word for word.
_CONFIRM, _KNOWN, _OWN, _WELCOME = "cho@example.org", "ivy@example.org", "hal@example.org", "gus@example.org"


@pytest.fixture
def opened(dump: Dump, run: Run) -> Dump:
    """A database that has been upgraded to this version."""
    run("db", "upgrade", code=0)
    return dump


def test_a_command_recommends_the_upgrade(dump: Dump, run: Run) -> None:
    """Before the upgrade, a command works, or its error recommends `db upgrade`, which may be repeated."""
    before = run("subscribers", "list", "--json")
    if before.exit_code:
        assert before.exit_code == 1
        assert "newsletter db upgrade" in before.stderr
    for _ in range(2):
        run("db", "upgrade", code=0)
    assert run("subscribers", "list", "--json", code=0).stdout.encode() == expected("database/subscribers.json")


def test_subscribers_are_unchanged(opened: Dump, run: Run) -> None:
    """States, consent, tags, suppressions, deliveries and events are the same, except for events of the mail queue."""
    assert json.loads(run("subscribers", "list", "--json", code=0).stdout) == expected_json("database/subscribers.json")
    for address, before in expected_json("database/show.json").items():
        shown = json.loads(run("subscribers", "show", address, "--json", code=0).stdout)
        # Later versions may add keys.
        shown = {key: shown[key] for key in before}
        for history in (shown, before):
            history["events"] = [event for event in history["events"] if event["kind"] != "written"]
        assert shown == before


def test_an_erased_subscriber_stays_erased(opened: Dump, run: Run, publication: Path) -> None:
    """An import adds neither erased nor suppressed addresses."""
    people = publication / "people.csv"
    people.write_text("email\nquin@example.org\nold@example.org\nnew@example.org\n")
    run("subscribers", "import", people, "--consent", "a list", code=0)
    listed = json.loads(run("subscribers", "list", "--json", code=0).stdout)
    before = expected_json("database/subscribers.json")
    assert [person["email"] for person in listed[len(before) :]] == ["new@example.org"]


def test_campaigns_are_unchanged(opened: Dump, publication: Path) -> None:
    """States, counts, bounces and the result of each delivery are the same.

    A campaign that was interrupted has a reason now, so that workers leave it to the author.
    """
    campaigns = expected_json("database/campaigns.json")
    for campaign in campaigns:
        if campaign["state"] == "stopped":
            campaign["reason"] = "started by an earlier version"
    assert json.loads(newsletter(publication, "campaigns", "--json")) == campaigns
    newest = json.loads(newsletter(publication, "campaign", "report", "2026-light", "--json"))
    assert {key: newest[key] for key in campaigns[1]} == campaigns[1]
    for campaign in campaigns:
        number = campaign["campaign"]
        report = newsletter(publication, "campaign", "report", f"#{number}", "--csv")
        assert report.splitlines() == expected(f"database/report-{number}.csv").decode().splitlines()


def test_keys_are_unchanged(opened: Dump, run: Run) -> None:
    """`keys list` shows the same keys. Links that they signed are tested below."""
    assert json.loads(run("keys", "list", "--json", code=0).stdout) == expected_json("database/keys.json")


def test_the_same_subscribers_are_mailed(opened: Dump, outbox: Path, run: Run) -> None:
    """A new campaign is sent to all active subscribers who are not suppressed, once the issue has no placeholder."""
    error = run("send", "003", "--yes", "--untested", code=1).stderr
    assert "issues/003.yaml:16:36: error: placeholder `TODO`" in error
    issue = outbox / "issues/003.yaml"
    issue.write_text(issue.read_text(encoding="utf-8").replace("TODO write it.", "It is written."), encoding="utf-8")
    newsletter(outbox, "send", "003", "--yes", "--untested")
    assert sorted(mail_in(outbox)) == expected_json("database/mailable.json")


def test_a_paused_campaign_can_be_finished(opened: Dump, outbox: Path, run: Run) -> None:
    """The email of this version differs, so the campaign is cancelled, and sent to those who did not receive it."""
    error = run("send", "2026-light", "--resume", code=1).stderr
    assert "2026-light has changed since campaign #5 started" in error
    assert "An update of newsletter may change an email too." in error
    run("campaign", "cancel", "2026-light", "--yes", code=0)
    newsletter(outbox, "send", "2026-light", "--yes", "--untested")
    rows = csv.DictReader(expected("database/report-5.csv").decode().splitlines())
    accepted = {row["address"] for row in rows if row["state"] == "accepted"}
    mailed = set(mail_in(outbox))
    assert (accepted & mailed, set(expected_json("database/resumed.json")) - mailed) == (set(), set())


def test_waiting_mail_is_sent_once(dump: Dump, run: Run, outbox: Path) -> None:
    """Requested mail, and mail with an expired claim, is sent; finished mail, and mail with a recent claim, is not."""
    dump.move_to(int(time.time()))
    run("db", "upgrade", code=0)
    before = run("subscribers", "list", "--json", code=0).stdout
    with served(outbox):
        pass
    sent = mail_in(outbox)
    assert {address: str(message["Subject"]) for address, message in sorted(sent.items())} == expected_json(
        "mail/subjects.json"
    )
    for address in (_CONFIRM, _KNOWN, _OWN, _WELCOME):
        for kind in ("plain", "html"):
            name = address.partition("@")[0]
            made = without_padding(part(sent[address], kind))
            assert made == without_padding(expected(f"mail/{name}.{kind}").decode())
    with served(outbox):
        pass
    assert mail_in(outbox) == {}
    assert run("subscribers", "list", "--json", code=0).stdout == before


def test_mailed_links_keep_working(opened: Dump, run: Run, outbox: Path) -> None:
    """Links to unsubscribe, signed by either key, and to preferences show the same pages."""
    links = expected_json(f"database/links-{opened.kind}.json")
    with served(outbox) as pages:
        status, text = pages.get(f"preferences/{links['preferences']}")
        assert (status, without_tokens(text)) == (200, expected("pages/preferences.html").decode())
        for name in ("unsubscribe_by_the_older_key", "unsubscribe"):
            path = f"unsubscribe/{links[name]}"
            assert pages.get(path) == (200, expected("pages/unsubscribe.html").decode())
            assert pages.post(path) == (200, expected("pages/unsubscribed.html").decode())
    states = {one["email"]: one["state"] for one in json.loads(run("subscribers", "list", "--json", code=0).stdout)}
    assert (states["hal@example.org"], states["ivy@example.org"]) == ("unsubscribed", "unsubscribed")


def test_a_bounce_of_earlier_mail_is_attributed(opened: Dump, run: Run, publication: Path) -> None:
    """The envelope sender of a message from 7cfa81f identifies the subscriber."""
    return_path = expected_json(f"database/links-{opened.kind}.json")["return_path"]
    bounce = publication / "bounce.eml"
    bounce.write_text(
        f"From: MAILER-DAEMON@mx.example.net\nTo: {return_path}\nDelivered-To: {return_path}\n"
        "Subject: Undelivered mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\n\n'
        "--x\nContent-Type: text/plain\n\nIt failed.\n\n"
        "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        "Final-Recipient: rfc822; elsewhere@example.net\nAction: failed\nStatus: 5.1.1\n\n--x--\n"
    )
    (found,) = json.loads(run("bounces", bounce, "--json", code=0).stdout)
    assert (found["effect"], found["address"], found["campaign"]) == ("suppressed", "sue@example.org", 5)
