"""Campaigns through a real Postfix."""

import os
import time
from pathlib import Path

import pytest

from tests.campaign.postfix import DOMAIN, POSTFIX, postfix
from tests.campaign.publication import counts, delivery, publish, states
from tests.conftest import Run

pytestmark = pytest.mark.skipif(POSTFIX is None or os.geteuid() != 0, reason="needs Postfix and root")


def test_postfix_delivers_a_campaign(run: Run, folder: Path) -> None:
    """Each recipient gets one message. Rejected and deferred messages are in the report."""
    addresses = [f"reader{number}@{DOMAIN}" for number in range(40)]
    deadline = time.monotonic() + 60
    with postfix() as server:
        publish(
            folder, delivery(server.port, more="retry_after: [0]"), [*addresses, f"gone@{DOMAIN}", f"full@{DOMAIN}"]
        )
        run("send", "029", "--yes", "--untested", code=0)
        # Postfix delivers after it has replied.
        while server.log().count("status=") < len(addresses):
            assert time.monotonic() < deadline, server.log()
        mail = server.mail()
    report = run("campaign", "report", "029", code=0).stdout
    assert "40 accepted" in report
    assert "2 failed" in report
    assert "5.1.1" in report
    # An unknown address is suppressed, and a deferred one is not.
    assert "bounced" in run("subscribers", "show", f"gone@{DOMAIN}", code=0).stdout.splitlines()[0]
    assert "active" in run("subscribers", "show", f"full@{DOMAIN}", code=0).stdout.splitlines()[0]
    assert {address: len(messages) for address, messages in mail.items()} == dict.fromkeys(addresses, 1)
    for address, (message,) in mail.items():
        assert message["To"] == address
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_no_subscriber_bounces_if_postfix_rejects_the_sender(run: Run, folder: Path) -> None:
    """It rejects the sender at each RCPT. The campaign pauses, and all subscribers stay active."""
    addresses = [f"reader{number}@d{number}.example" for number in range(5)]
    unknown = (
        "mydestination = example.org\nlocal_recipient_maps = inline:{nobody=1}\nsmtpd_reject_unlisted_sender = yes\n"
    )
    with postfix(unknown) as server:
        publish(folder, delivery(server.port, "retry_after: [0]", connections=1), addresses)
        error = run("send", "029", "--yes", "--untested", code=1).stderr
    assert "Sender address rejected" in error
    assert "seems to reject the sender" in error
    assert counts(run)["pending"] >= 4
    assert states(run) == {"active": 5}
    assert "status: draft" in (folder / "issues/029.yaml").read_text()
