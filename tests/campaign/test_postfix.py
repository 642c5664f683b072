"""A campaign through a real Postfix: it takes what it is given, and says no where it does."""

import os
import time
from pathlib import Path

import pytest

from tests.campaign.postfix import DOMAIN, POSTFIX, postfix
from tests.campaign.publication import counts, delivery, publish, states
from tests.conftest import Run

pytestmark = pytest.mark.skipif(
    POSTFIX is None or os.geteuid() != 0, reason="no Postfix here, or nobody who could start one"
)


def test_postfix_takes_a_campaign(run: Run, folder: Path) -> None:
    """Each reader has one message in their mailbox, whole and theirs; who is refused or put off is in the report."""
    people = [f"reader{number}@{DOMAIN}" for number in range(40)]
    over = time.monotonic() + 60
    with postfix() as server:
        publish(folder, delivery(server.port, more="retry_after: [0]"), [*people, f"gone@{DOMAIN}", f"full@{DOMAIN}"])
        run("send", "029", "--yes", "--untested", code=0)
        # It delivers after it has answered.
        while server.log().count("status=") < len(people):
            assert time.monotonic() < over, server.log()
        mail = server.mail()
    report = run("campaign", "report", "029", code=0).stdout
    assert "40 accepted" in report
    assert "2 failed" in report
    assert "5.1.1" in report
    # An address that a server does not know is not written to again; one that was put off is.
    assert "bounced" in run("subscribers", "show", f"gone@{DOMAIN}", code=0).stdout.splitlines()[0]
    assert "active" in run("subscribers", "show", f"full@{DOMAIN}", code=0).stdout.splitlines()[0]
    assert {address: len(messages) for address, messages in mail.items()} == dict.fromkeys(people, 1)
    for address, (message,) in mail.items():
        assert message["To"] == address
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_a_sender_that_postfix_does_not_know_costs_no_reader(run: Run, folder: Path) -> None:
    """It refuses our own address, at each RCPT: the campaign pauses, and everybody stays on the list."""
    people = [f"reader{number}@d{number}.example" for number in range(5)]
    unknown = (
        "mydestination = example.org\nlocal_recipient_maps = inline:{nobody=1}\nsmtpd_reject_unlisted_sender = yes\n"
    )
    with postfix(unknown) as server:
        publish(folder, delivery(server.port, "retry_after: [0]", connections=1), people)
        said = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "Sender address rejected" in said
    assert "refuses one message after another" in said
    assert counts(run)["pending"] >= 4
    assert states(run) == {"active": 5}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()
