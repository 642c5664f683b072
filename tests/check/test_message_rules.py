"""The rules on the message and on its sender."""

import json
import shutil
from pathlib import Path

import pytest

from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.check.rules.message.spam_score import rules as spam_rules
from newsletter.check.spamassassin import parse_spam_score, spam_scorer
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

# A text that every installation of SpamAssassin classifies as spam (spamassassin.apache.org/gtube).
GTUBE = "`XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X`"


def rules(run: Run, *arguments: str) -> dict[str, str]:
    """Return the messages of the findings by rule."""
    return {found["rule"]: found["message"] for found in json.loads(run("check", *arguments, "--json").stdout)}


@pytest.mark.skipif(shutil.which("spamassassin") is None, reason="SpamAssassin is not installed")
def test_spamassassin_runs_once_for_each_text(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An issue that it classifies as spam is an error, and the score is cached until the text changes."""
    monkeypatch.setenv("NEWSLETTER_SPAMASSASSIN", "spamassassin")
    write_publication(folder, _1=ISSUE.replace("A lens is *ground*", f"{GTUBE} A lens is *ground*"))
    assert "points; 5 or more are spam" in rules(run)["message-spam"]
    monkeypatch.setenv("NEWSLETTER_SPAMASSASSIN", "/bin/false")
    assert "message-spam" in rules(run)
    assert "message-spam" not in rules(run, "--all")
    write_publication(folder, _1=ISSUE)
    assert "/bin/false failed" in run("check", code=1).stderr
    monkeypatch.setenv("NEWSLETTER_SPAMASSASSIN", "")
    assert "no problems found" in run("check", code=0).stderr


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("1.9", []),
        ("2.0", ["message-suspect"]),
        ("4.9", ["message-suspect"]),
        ("5.0", ["message-spam"]),
        ("6.3", ["message-spam"]),
    ],
)
def test_the_score_of_spamassassin_decides(score: str, expected: list[str]) -> None:
    """From 2 points a message is suspect, from 5 it is spam; the advice lists the rules with most points."""
    verdict = parse_spam_score(f"score={score} tests=A=0.1,B=0.6,C=0.5,D=0.4,E=0.3,F=0.2,G=-1")
    message = FinishedMessage(b"", verdict)
    found = {rule.id: finding for rule in spam_rules for finding in rule.find(message)}
    assert list(found) == expected
    for finding in found.values():
        assert "Most points: B 0.6, C 0.5, D 0.4, E 0.3, F 0.2. " in finding.advice


@pytest.mark.parametrize(
    ("sender", "envelope", "rule"),
    [
        ("a@yahoo.co.jp", "", "from-freemail"),
        ("a@gmx.de", "", "from-freemail"),
        ("a@gmx.example.org", "", ""),
        ("a@news.bbc.co.uk", "b@mail.bbc.co.uk", ""),
        ("a@one.co.uk", "b@other.co.uk", "from-alignment"),
        ("a@one.github.io", "b@other.github.io", "from-alignment"),
        ("a@one.kyoto.jp", "b@other.kyoto.jp", "from-alignment"),
        ("a@mail.one.kyoto.jp", "b@one.kyoto.jp", ""),
        ("a@info.食狮.公司.cn", "b@xn--85x722f.xn--55qx5d.cn", ""),
        ("a@example.com", "b@example.org", "from-alignment"),
    ],
)
def test_the_senders_domain_must_match_a_verified_domain(
    sender: str, envelope: str, rule: str, run: Run, folder: Path
) -> None:
    """Organisational domains are compared, as in relaxed DMARC alignment."""
    settings = PUBLICATION.replace("lens@example.org", sender)
    settings += f"delivery:\n  envelope_sender: {envelope}\n" if envelope else ""
    write_publication(folder, publication=settings, _1=ISSUE)
    assert set(rules(run)) == ({rule} if rule else set())


def test_a_dkim_signature_of_the_senders_domain_is_enough(run: Run, folder: Path) -> None:
    """DMARC needs either the signature or the envelope sender to match."""
    delivery = "delivery:\n  envelope_sender: b@mailer.example.com\n  dkim: {domain: example.org, selector: s}\n"
    write_publication(folder, publication=PUBLICATION + delivery, _1=ISSUE)
    assert rules(run) == {}


def test_a_non_ascii_sender_is_reported(run: Run, folder: Path) -> None:
    """Most servers reject a sender with a non-ASCII local part."""
    write_publication(folder, publication=PUBLICATION.replace("lens@", "линза@"), _1=ISSUE)
    assert "few servers accept messages from линза@example.org" in run("check", code=1).stderr


def test_spamassassin_gets_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the variables that a program needs to run."""
    program = tmp_path / "scorer"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\necho 'X-Spam-Status: score=1.5 tests=A=1.5'\n")
    program.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin",
        "NEWSLETTER_SPAMASSASSIN": str(program),
        "NEWSLETTER_SMTP_PASSWORD": "secret",
    }
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", "secret")
    score = spam_scorer(tmp_path, environment)
    assert score
    assert score("029", "digest", b"Subject: x\n\nx").score == 1.5
    seen = (tmp_path / "seen").read_text()
    assert "PATH=/usr/bin:/bin" in seen
    assert "NEWSLETTER" not in seen
    assert "secret" not in seen
