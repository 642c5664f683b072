"""`newsletter doctor`: what keeps messages from going out or from being believed, and what DNS needs."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from newsletter.mail.dkim import Signature
from tests.conftest import Run
from tests.name_server import Zone, name_server
from tests.publications import PUBLICATION, write_publication
from tests.transports.mail_server import mail_server

KEY = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = Signature("", "", KEY).public
DELIVERY = """\
delivery:
  smtp:
    - {host: smtp.postmarkapp.com, username: lens}
    - {host: mx.example.org}
  dkim: {domain: example.org, selector: lens}
"""
SPF = "v=spf1 include:spf.mtasv.net a:mx.example.org ~all"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets that the settings name."""
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "open sesame")
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", KEY)
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)


def examined(run: Run, folder: Path, settings: str, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What the doctor says of a publication, as JSON."""
    write_publication(folder, publication=settings)
    found: dict[str, Any] = json.loads(run("doctor", "--json", *arguments, code=code).stdout)
    return found


def states(found: dict[str, Any], *wanted: str) -> dict[str, str]:
    """What is said of each thing that is in one of some states."""
    return {said["about"]: said["message"] for said in found["diagnoses"] if said["state"] in wanted}


@pytest.mark.usefixtures("secrets")
def test_settings_that_can_send_are_said_to_be_good(run: Run, folder: Path) -> None:
    """All is good, the records are told exactly, and no secret is shown."""
    write_publication(folder, publication=PUBLICATION + DELIVERY)
    result = run("doctor", code=0)
    for line in (
        "good     newsletter.yaml: has no fault",
        "good     transport: smtp.postmarkapp.com:587 is set up",
        "good     DKIM: the key has 2048 bits",
        f'    example.org. IN TXT "{SPF}"',
        f'    lens._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p={PUBLIC[:237]}" "{PUBLIC[237:]}"',
        '    _dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:lens@example.org"',
    ):
        assert line in result.stdout
    assert "sesame" not in result.stdout + result.stderr
    assert KEY.splitlines()[1] not in result.stdout + result.stderr
    assert not (folder / "newsletter.db").exists()


@pytest.mark.parametrize(
    ("settings", "about", "message"),
    [
        (PUBLICATION, "transport", "names no server"),
        (PUBLICATION + DELIVERY, "transport", "the password of lens at smtp.postmarkapp.com is in neither"),
        (PUBLICATION + DELIVERY, "DKIM", "the key for DKIM is in neither NEWSLETTER_DKIM_KEY nor"),
        (PUBLICATION.replace("lens@", "линза@"), "message", "few servers take a message from"),
        (PUBLICATION.replace("lens@example.org", "lens@gmail.com"), "newsletter.yaml:4", "no newsletter can be sent"),
        (PUBLICATION.replace("https", "http"), "pages", "has no https"),
        (PUBLICATION + "delivery: {pages_url: 'https://localhost:8000'}", "pages", "nobody else reaches"),
        (PUBLICATION + f"delivery: {{verp: true, envelope_sender: {'b' * 40}@example.org}}", "message", "is too long"),
    ],
)
def test_what_keeps_messages_from_going_out_is_an_error(
    settings: str, about: str, message: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault is told with what it is about, and the command exits 1."""
    for variable in ("NEWSLETTER_SMTP_PASSWORD", "NEWSLETTER_DKIM_KEY", "NEWSLETTER_DATABASE"):
        monkeypatch.delenv(variable, raising=False)
    assert message in states(examined(run, folder, settings, code=1), "error")[about]


@pytest.mark.usefixtures("secrets")
def test_a_weak_key_is_told(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1024 bits are still taken, and no longer enough."""
    weak = rsa.generate_private_key(65537, 1024)
    file = folder / "dkim.pem"
    file.write_bytes(weak.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    monkeypatch.delenv("NEWSLETTER_DKIM_KEY")
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY_FILE", str(file))
    assert states(examined(run, folder, PUBLICATION + DELIVERY), "warning") == {"DKIM": "the key has 1024 bits"}


@pytest.mark.usefixtures("secrets")
def test_a_database_is_opened_and_never_made(run: Run, folder: Path) -> None:
    """One that is another program's is an error."""
    with sqlite3.connect(folder / "newsletter.db") as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
    connection.close()
    found = examined(run, folder, PUBLICATION + DELIVERY, code=1)
    assert "another program" in states(found, "error")["database"]


GOOD: Zone = {
    ("example.org", "TXT"): ['"mood=glad"', f'"{SPF}"'],
    ("example.org", "MX"): ["10 mx.example.org."],
    ("lens._domainkey.example.org", "TXT"): [f'"v=DKIM1; k=rsa; p={PUBLIC[:200]}" "{PUBLIC[200:]}"'],
    ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=quarantine"'],
}


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("changes", "about", "message"),
    [
        ({}, "", ""),
        (
            {("example.org", "TXT"): ['"v=spf1 -all"']},
            "DNS, SPF",
            "does not name include:spf.mtasv.net a:mx.example.org",
        ),
        ({("example.org", "TXT"): ['"mood=glad"']}, "DNS, SPF", "has no SPF record"),
        ({("example.org", "TXT"): [f'"{SPF}"', '"v=spf1 -all"']}, "DNS, SPF", "has 2 SPF records"),
        ({("lens._domainkey.example.org", "TXT"): ['"v=DKIM1; p=AAAA"']}, "DNS, DKIM", "has another key"),
        ({("lens._domainkey.example.org", "TXT"): []}, "DNS, DKIM", "has no DKIM record"),
        ({("_dmarc.example.org", "TXT"): ['"v=DMARC1; rua=mailto:x@example.org"']}, "DNS, DMARC", "has no policy"),
        ({("example.org", "MX"): ["0 ."]}, "DNS, MX", "takes no mail"),
        ({("example.org", "MX"): []}, "DNS, MX", "takes no mail"),
    ],
)
def test_dns_is_asked_and_compared(changes: Zone, about: str, message: str, run: Run, folder: Path) -> None:
    """What DNS lacks is told; what stands there in other words, in two strings, or beside other texts is good."""
    with name_server({**GOOD, **changes}) as address:
        settings = PUBLICATION + DELIVERY
        write_publication(folder, publication=settings)
        found = json.loads(run("doctor", "--json", "--dns", "--nameserver", address).stdout)
    assert [*states(found, "warning", "error")] == ([about] if about else [])
    assert message in states(found, "warning", "error").get(about, "")


def test_a_server_is_asked_only_with_connect(run: Run, folder: Path) -> None:
    """It is greeted, and left; one that is gone is an error."""
    settings = PUBLICATION + "delivery:\n  smtp:\n    - {host: 127.0.0.1, port: %d, security: none}\n"
    with mail_server() as server:
        found = examined(run, folder, settings % server.port, "--connect")
        assert "answers, and lets us in" in states(found, "good")["transport"]
    assert server.received == []
    assert states(examined(run, folder, settings % server.port), "error") == {}
    assert "transport" in states(examined(run, folder, settings % server.port, "--connect", code=1), "error")


def test_a_name_server_that_is_none_is_wrong_usage(run: Run, folder: Path) -> None:
    """An address is needed, and --dns with it."""
    write_publication(folder)
    assert "write an IP address" in run("doctor", "--dns", "--nameserver", "dns.example.org", code=2).stderr
    assert "--nameserver is for --dns" in run("doctor", "--nameserver", "9.9.9.9", code=2).stderr
