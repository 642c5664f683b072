"""The databases that 7cfa81f wrote, in SQLite and in PostgreSQL: all that they hold is kept, and goes on working."""

import json
import time
from pathlib import Path

import pytest

from tests.compatibility.opened import Dump, expected, expected_json, mail_in, newsletter, part, served, without_tokens
from tests.conftest import Run

pytestmark = pytest.mark.slow

# Mail that waits when the database was made, and whose part is compared word for word.
_CONFIRM, _KNOWN, _OWN, _WELCOME = "cho@example.org", "ivy@example.org", "hal@example.org", "gus@example.org"


@pytest.fixture
def opened(dump: Dump, run: Run) -> Dump:
    """A database that is of this version."""
    run("db", "upgrade", code=0)
    return dump


def test_an_older_schema_names_the_upgrade(dump: Dump, run: Run) -> None:
    """Until it is upgraded, a command works, or stops and says how; `db upgrade` may be repeated."""
    before = run("subscribers", "list", "--json")
    if before.exit_code:
        assert before.exit_code == 1
        assert "newsletter db upgrade" in before.stderr
    for _ in range(2):
        run("db", "upgrade", code=0)
    assert run("subscribers", "list", "--json", code=0).stdout.encode() == expected("database/subscribers.json")


def test_every_subscriber_is_as_before(opened: Dump, run: Run) -> None:
    """States, consent, tags, suppressions, deliveries and events; those about the queue of mail are left out."""
    assert json.loads(run("subscribers", "list", "--json", code=0).stdout) == expected_json("database/subscribers.json")
    for address, before in expected_json("database/show.json").items():
        shown = json.loads(run("subscribers", "show", address, "--json", code=0).stdout)
        # Later versions may add keys.
        shown = {key: shown[key] for key in before}
        for story in (shown, before):
            story["events"] = [event for event in story["events"] if event["kind"] != "written"]
        assert shown == before


def test_a_subscriber_that_was_erased_stays_so(opened: Dump, run: Run, publication: Path) -> None:
    """An import brings back neither the erased nor the suppressed."""
    people = publication / "people.csv"
    people.write_text("email\nquin@example.org\nold@example.org\nnew@example.org\n")
    run("subscribers", "import", people, "--consent", "a list", code=0)
    listed = json.loads(run("subscribers", "list", "--json", code=0).stdout)
    before = expected_json("database/subscribers.json")
    assert [person["email"] for person in listed[len(before) :]] == ["new@example.org"]


def test_every_campaign_is_as_before(opened: Dump, publication: Path) -> None:
    """States, counts, bounces, and what became of each recipient."""
    campaigns = expected_json("database/campaigns.json")
    assert json.loads(newsletter(publication, "campaigns", "--json")) == campaigns
    assert json.loads(newsletter(publication, "campaign", "report", "2026-light", "--json")) == campaigns[1]
    for campaign in campaigns:
        number = campaign["campaign"]
        report = newsletter(publication, "campaign", "report", f"#{number}", "--csv")
        assert report.splitlines() == expected(f"database/report-{number}.csv").decode().splitlines()


def test_every_key_is_as_before(opened: Dump, run: Run) -> None:
    """`keys list` shows the same keys; the links that they signed are tested below."""
    assert json.loads(run("keys", "list", "--json", code=0).stdout) == expected_json("database/keys.json")


def test_the_same_subscribers_are_mailed(opened: Dump, outbox: Path) -> None:
    """A new campaign goes to those who are active and not suppressed."""
    newsletter(outbox, "send", "003", "--yes", "--untested")
    assert sorted(mail_in(outbox)) == expected_json("database/mailable.json")


def test_a_paused_campaign_goes_on(opened: Dump, outbox: Path) -> None:
    """The issue counts as unchanged, and those are mailed who wait: the pending and the deferred."""
    newsletter(outbox, "send", "2026-light", "--resume")
    assert sorted(mail_in(outbox)) == expected_json("database/resumed.json")


def test_mail_that_waits_is_sent_once(dump: Dump, run: Run, outbox: Path) -> None:
    """Mail that is requested, or was claimed long ago, is sent; what was claimed just now or answered is not."""
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
            assert part(sent[address], kind).encode() == expected(f"mail/{name}.{kind}")
    with served(outbox):
        pass
    assert mail_in(outbox) == {}
    assert run("subscribers", "list", "--json", code=0).stdout == before


def test_links_that_were_mailed_work(opened: Dump, run: Run, outbox: Path) -> None:
    """To unsubscribe, signed by either key, and to preferences; the pages are as before."""
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


def test_a_bounce_of_mail_that_was_sent_is_attributed(opened: Dump, run: Run, publication: Path) -> None:
    """The envelope sender of a message that 7cfa81f sent says which subscriber a bounce is about."""
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
