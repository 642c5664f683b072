"""`newsletter doctor` checks the setup for sending and prints the DNS records that it needs."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from newsletter.mail.dkim import DkimKey, KeyType
from tests.bounces.imap_server import FOLDER, PASSWORD, USER, ImapServer, Mail, serving
from tests.conftest import Run
from tests.name_server import Zone, name_server
from tests.publications import PUBLICATION as EXAMPLE
from tests.publications import write_publication
from tests.transports.mail_server import mail_server

PUBLICATION = EXAMPLE.replace("example.org", "weekly-lens.org")
KEY = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = DkimKey("", KEY).public
DELIVERY = """\
delivery:
  pages_url: https://weekly-lens.org/pages/
  smtp:
    - {host: smtp.postmarkapp.com, username: lens}
    - {host: mx.weekly-lens.org}
  dkim: {domain: weekly-lens.org, selector: lens}
"""
SPF = "v=spf1 include:spf.mtasv.net a:mx.weekly-lens.org ~all"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets that the settings name."""
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "open sesame")
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", KEY)
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)


def examined(run: Run, folder: Path, settings: str, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run `newsletter doctor` on a publication and return its JSON."""
    write_publication(folder, publication=settings)
    found: dict[str, Any] = json.loads(run("doctor", "--json", *arguments, code=code).stdout)
    return found


def messages_in_state(found: dict[str, Any], *states: str) -> dict[str, str]:
    """Return the messages of the diagnoses in some states, by subject."""
    return {each["about"]: each["message"] for each in found["diagnoses"] if each["state"] in states}


def test_placeholders_are_problems_of_the_settings(run: Run, folder: Path) -> None:
    """The line about newsletter.yaml does not contradict them."""
    run("init", "weekly", code=0)
    shown = run("-C", "weekly", "doctor", code=1).stdout
    assert "newsletter.yaml: no other problems found" in shown
    assert "newsletter.yaml: no problems found" not in shown


@pytest.mark.usefixtures("secrets")
def test_settings_that_can_send_are_good(run: Run, folder: Path) -> None:
    """Every check is good, the records are printed exactly, and no secret is printed."""
    write_publication(folder, publication=PUBLICATION + DELIVERY)
    result = run("doctor", code=0)
    for line in (
        "good     newsletter.yaml: no problems found",
        "good     transport: smtp.postmarkapp.com:587 is configured",
        "good     DKIM: the key has 2048 bits",
        f'    weekly-lens.org. IN TXT "{SPF}"',
        f'    lens._domainkey.weekly-lens.org. IN TXT "v=DKIM1; k=rsa; p={PUBLIC[:237]}" "{PUBLIC[237:]}"',
        '    _dmarc.weekly-lens.org. IN TXT "v=DMARC1; p=none; rua=mailto:lens@weekly-lens.org"',
    ):
        assert line in result.stdout
    assert "sesame" not in result.stdout + result.stderr
    assert KEY.splitlines()[1] not in result.stdout + result.stderr
    assert not (folder / "newsletter.db").exists()


@pytest.mark.parametrize(
    ("settings", "about", "message"),
    [
        (PUBLICATION, "transport", "`delivery.smtp` is missing"),
        (PUBLICATION + DELIVERY, "transport", "the password of lens at smtp.postmarkapp.com is missing: neither"),
        (PUBLICATION + DELIVERY, "DKIM", "the key for DKIM is missing: neither NEWSLETTER_DKIM_KEY nor"),
        (PUBLICATION.replace("lens@", "линза@"), "message", "few servers accept messages from"),
        (
            PUBLICATION.replace("lens@weekly-lens.org", "lens@gmail.com"),
            "newsletter.yaml:4",
            "cannot send a newsletter",
        ),
        (PUBLICATION + DELIVERY.replace("https", "http"), "newsletter.yaml:9", "does not use https"),
        (PUBLICATION + "delivery: {pages_url: 'https://localhost:8000'}", "newsletter.yaml:8", "cannot reach"),
        (PUBLICATION + "delivery: {smtp: [{host: mx.weekly-lens.org}]}", "unsubscribe", "no way to unsubscribe"),
        (EXAMPLE + DELIVERY, "newsletter.yaml:2", "lens.example.org is reserved"),
        (
            PUBLICATION + f"delivery: {{verp: true, envelope_sender: {'b' * 40}@weekly-lens.org}}",
            "message",
            "is too long",
        ),
    ],
)
def test_settings_that_cannot_send_are_errors(
    settings: str, about: str, message: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each error is reported with its subject, and the command exits with 1."""
    for variable in ("NEWSLETTER_SMTP_PASSWORD", "NEWSLETTER_DKIM_KEY", "NEWSLETTER_DATABASE"):
        monkeypatch.delenv(variable, raising=False)
    assert message in messages_in_state(examined(run, folder, settings, code=1), "error")[about]


@pytest.mark.usefixtures("secrets")
def test_a_short_key_is_a_warning(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of 1024 bits still works, but is too short."""
    short = rsa.generate_private_key(65537, 1024)
    file = folder / "dkim.pem"
    file.write_bytes(short.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    monkeypatch.delenv("NEWSLETTER_DKIM_KEY")
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY_FILE", str(file))
    assert messages_in_state(examined(run, folder, PUBLICATION + DELIVERY), "warning") == {
        "DKIM": "the key has 1024 bits"
    }


@pytest.mark.usefixtures("secrets")
def test_a_database_of_another_program_is_an_error(run: Run, folder: Path) -> None:
    """A database file of another program is opened and reported as an error."""
    with sqlite3.connect(folder / "newsletter.db") as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
    connection.close()
    found = examined(run, folder, PUBLICATION + DELIVERY, code=1)
    assert "another program" in messages_in_state(found, "error")["database"]


@pytest.mark.usefixtures("secrets")
def test_a_current_database_is_up_to_date(run: Run, folder: Path) -> None:
    """A database with the schema of this version is good."""
    write_publication(folder, publication=PUBLICATION + DELIVERY)
    run("db", "upgrade", code=0)
    assert "good     database: up to date\n" in run("doctor", code=0).stdout


GOOD: Zone = {
    ("weekly-lens.org", "TXT"): ['"mood=glad"', f'"{SPF}"'],
    ("weekly-lens.org", "MX"): ["10 mx.weekly-lens.org."],
    ("lens._domainkey.weekly-lens.org", "TXT"): [f'"v=DKIM1; k=rsa; p={PUBLIC[:200]}" "{PUBLIC[200:]}"'],
    ("_dmarc.weekly-lens.org", "TXT"): ['"v=DMARC1; p=quarantine"'],
}


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("changes", "about", "message"),
    [
        ({}, "", ""),
        (
            {("weekly-lens.org", "TXT"): ['"v=spf1 -all"']},
            "DNS, SPF",
            "does not contain include:spf.mtasv.net a:mx.weekly-lens.org",
        ),
        ({("weekly-lens.org", "TXT"): ['"mood=glad"']}, "DNS, SPF", "has no SPF record"),
        ({("weekly-lens.org", "TXT"): [f'"{SPF}"', '"v=spf1 -all"']}, "DNS, SPF", "has 2 SPF records"),
        ({("lens._domainkey.weekly-lens.org", "TXT"): ['"v=DKIM1; p=AAAA"']}, "DNS, DKIM", "has a different key"),
        ({("lens._domainkey.weekly-lens.org", "TXT"): []}, "DNS, DKIM", "has no DKIM record"),
        (
            {("_dmarc.weekly-lens.org", "TXT"): ['"v=DMARC1; rua=mailto:x@weekly-lens.org"']},
            "DNS, DMARC",
            "has no policy",
        ),
        ({("weekly-lens.org", "MX"): ["0 ."]}, "DNS, MX", "does not accept mail"),
        ({("weekly-lens.org", "MX"): []}, "DNS, MX", "does not accept mail"),
    ],
)
def test_dns_records_are_compared(changes: Zone, about: str, message: str, run: Run, folder: Path) -> None:
    """Missing and different records are reported. Equivalent records, split strings and other texts are good."""
    with name_server({**GOOD, **changes}) as address:
        settings = PUBLICATION + DELIVERY
        write_publication(folder, publication=settings)
        found = json.loads(run("doctor", "--json", "--dns", "--nameserver", address).stdout)
    assert [*messages_in_state(found, "warning", "error")] == ([about] if about else [])
    assert message in messages_in_state(found, "warning", "error").get(about, "")


ED25519_KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ED25519_RECORD = DkimKey("", ED25519_KEY, KeyType.ED25519).record
ED25519_NAME = ("lens-ed._domainkey.weekly-lens.org", "TXT")
TWO_KEYS = DELIVERY.replace("selector: lens}", "selector: lens, ed25519_selector: lens-ed}")


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("record", "message"),
    [
        (ED25519_RECORD, ""),
        (ED25519_RECORD.replace("k=ed25519; ", ""), "has a different key"),
        (ED25519_RECORD.replace("p=", "p=AAAA"), "has a different key"),
        ("", "has no DKIM record"),
    ],
    ids=["good", "type", "key", "none"],
)
def test_the_record_of_the_second_key_is_compared(
    record: str, message: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key and its type, which is RSA in a record that does not name one."""
    monkeypatch.setenv("NEWSLETTER_DKIM_ED25519_KEY", ED25519_KEY)
    write_publication(folder, publication=PUBLICATION + TWO_KEYS)
    zone: Zone = {**GOOD, ED25519_NAME: [f'"{record}"'] if record else []}
    with name_server(zone) as address:
        found = json.loads(run("doctor", "--json", "--dns", "--nameserver", address).stdout)
    assert message in messages_in_state(found, "error").get("DNS, DKIM", "")
    assert bool(message) == ("DNS, DKIM" in messages_in_state(found, "error"))
    assert {"kind": "DKIM", "name": ED25519_NAME[0], "value": ED25519_RECORD}.items() <= found["records"][2].items()


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "the Ed25519 key for DKIM is missing: neither NEWSLETTER_DKIM_ED25519_KEY nor"),
        (KEY, "the Ed25519 key for DKIM is not an Ed25519 key"),
        ("nonsense", "the Ed25519 key for DKIM is not a private key"),
    ],
    ids=["none", "rsa", "nonsense"],
)
def test_a_second_key_that_cannot_sign_is_an_error(
    key: str | None, message: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported before a campaign starts."""
    monkeypatch.delenv("NEWSLETTER_DKIM_ED25519_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("NEWSLETTER_DKIM_ED25519_KEY", key)
    found = examined(run, folder, PUBLICATION + TWO_KEYS, code=1)
    assert message in messages_in_state(found, "error")["DKIM"]


def test_two_keys_need_two_selectors(run: Run, folder: Path) -> None:
    """The error has the position of the second selector."""
    write_publication(folder, publication=PUBLICATION + TWO_KEYS.replace("lens-ed", "Lens"))
    error = run("doctor", code=1).stderr
    assert "newsletter.yaml:13:69" in error
    assert "`Lens` is also the selector of the RSA key" in error


def test_connect_opens_a_connection_to_the_server(run: Run, folder: Path) -> None:
    """With `--connect` the server is connected to without a message. A server that cannot be reached is an error."""
    settings = EXAMPLE + "delivery:\n  smtp:\n    - {host: 127.0.0.1, port: %d, security: none}\n"
    with mail_server() as server:
        found = examined(run, folder, settings % server.port, "--connect")
        assert "connected to" in messages_in_state(found, "good")["transport"]
    assert server.received == []
    assert messages_in_state(examined(run, folder, settings % server.port), "error") == {}
    assert "transport" in messages_in_state(examined(run, folder, settings % server.port, "--connect", code=1), "error")


def test_an_invalid_name_server_is_wrong_usage(run: Run, folder: Path) -> None:
    """`--nameserver` needs an IP address and `--dns`."""
    write_publication(folder)
    assert "is not a valid IP address" in run("doctor", "--dns", "--nameserver", "dns.weekly-lens.org", code=2).stderr
    assert "--nameserver needs --dns" in run("doctor", "--nameserver", "9.9.9.9", code=2).stderr


def test_webhooks_are_listed_with_their_last_request(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook that has sent nothing is a note with its URL; a missing or short secret is an error."""
    webhooks = "  bounces:\n    webhooks:\n      - provider: brevo\n      - provider: postmark\n"
    settings = PUBLICATION + DELIVERY + webhooks
    found = messages_in_state(examined(run, folder, settings, code=1), "error")
    assert found["webhook"].startswith("the secret of the webhook of brevo is missing")
    monkeypatch.setenv("NEWSLETTER_WEBHOOK_BREVO", "short")
    monkeypatch.setenv("NEWSLETTER_WEBHOOK_POSTMARK", "p" * 24)
    found = messages_in_state(examined(run, folder, settings, code=1), "error")
    assert found["webhook"] == "the secret of the webhook of brevo (NEWSLETTER_WEBHOOK_BREVO) is too short"
    monkeypatch.setenv("NEWSLETTER_WEBHOOK_BREVO", "b" * 24)
    run("subscribers", "add", "ann@example.com", "--consent", "in person", code=0)
    with sqlite3.connect(folder / "newsletter.db") as connection:
        connection.execute("INSERT INTO webhook (provider, last_at) VALUES ('postmark', 1796000000)")
    listed = [one for one in examined(run, folder, settings, code=1)["diagnoses"] if one["about"] == "webhook"]
    assert [(one["state"], one["message"], one["advice"]) for one in listed] == [
        (
            "note",
            "brevo has sent nothing so far",
            "Set the URL at the provider: https://weekly-lens.org/pages/webhooks/brevo/SECRET",
        ),
        ("good", "postmark last sent an event on 2026-11-30 at 00:53 UTC", ""),
    ]


def test_the_mailbox_for_bounces(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing password is an error. With --connect, the login is tried, and no message is changed."""
    monkeypatch.delenv("NEWSLETTER_IMAP_PASSWORD", raising=False)
    with serving(ImapServer({1: Mail(b"Subject: Hello\r\n\r\nHello")})) as server:
        imap = f"{{host: 127.0.0.1, port: {server.port}, security: none, username: {USER}, folder: '{FOLDER}'}}"
        settings = f"{PUBLICATION}{DELIVERY}  bounces:\n    imap: {imap}\n"
        found = messages_in_state(examined(run, folder, settings, code=1), "error")
        assert found["bounces"].startswith(f"the password of {USER} at 127.0.0.1 is missing")
        monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", PASSWORD)
        run("subscribers", "add", "ann@example.com", "--consent", "in person", code=0)
        assert [one["message"] for one in _bounces(examined(run, folder, settings, code=1))] == [
            f"the mailbox of {USER} at 127.0.0.1 is configured; use --connect to test it",
            "no bounce was processed so far",
        ]
        with sqlite3.connect(folder / "newsletter.db") as connection:
            connection.execute(
                "INSERT INTO bounce (digest, subscriber_id, kind, at) VALUES (x'00', 1, 'soft', 1796000000)"
            )
        assert server.commands == []
        assert [one["message"] for one in _bounces(examined(run, folder, settings, "--connect", code=1))] == [
            f"connected to the mailbox of {USER} at 127.0.0.1",
            "a bounce was last processed on 2026-11-30 at 00:53 UTC",
        ]
        assert server.mails[1].flags == set()
        monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", "wrong")
        assert "bounces" in messages_in_state(examined(run, folder, settings, "--connect", code=1), "error")


def _bounces(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["diagnoses"] if one["about"] == "bounces"]


def test_a_webhook_of_amazon_ses_needs_a_topic(run: Run, folder: Path) -> None:
    """The topic is required for Amazon SES and refused for others, and a provider is listed once."""
    for webhooks, message in (
        ("- provider: ses\n", "the webhook of `ses` has no topic"),
        ("- {provider: brevo, topic: a}\n", "the webhook of `brevo` has a topic"),
        ("- provider: brevo\n      - provider: brevo\n", "the provider `brevo` is listed twice"),
    ):
        write_publication(folder, publication=f"{PUBLICATION}{DELIVERY}  bounces:\n    webhooks:\n      {webhooks}")
        assert message in run("doctor", code=1).stderr
