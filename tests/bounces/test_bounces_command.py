"""`newsletter bounces`: files, maildirs and mailboxes, as an author reads them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bounces.parse import LIMIT
from newsletter.database.database import Database
from newsletter.database.states import SubscriberState, SuppressionReason
from tests.bounces.imap_server import FOLDER, PASSWORD, USER, ImapServer, Mail, serving
from tests.bounces.sent_campaign import Office
from tests.bounces.shapes import complaint, plain, postfix, qmail, recipient, report
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication

ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"
ACTIVE, BOUNCED = (SubscriberState.ACTIVE, None), (SubscriberState.BOUNCED, SuppressionReason.HARD_BOUNCE)


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """A publication whose database has two readers."""
    write_publication(folder)
    with Database.open(f"sqlite:///{folder / 'newsletter.db'}") as database:
        office = Office(database)
        office.add(ANN, BOB)
        yield office


def mbox(*messages: bytes) -> bytes:
    """Messages as an mbox has them."""
    quoted = [message.replace(b"\nFrom ", b"\n>From ") for message in messages]
    return b"".join(b"From MAILER-DAEMON Mon May  6 08:30:00 2024\n" + message + b"\n" for message in quoted)


def test_an_mbox_is_told_message_by_message(run: Run, folder: Path, office: Office) -> None:
    """Each message has a line that says what was found and done; the sum stands at the end."""
    first = office.send(ANN)
    messages = (
        postfix(first, "5.1.1"),
        qmail(office.send(BOB), "4.2.2").replace(b"A body", b"From the body\n\nFrom here on"),
        postfix(first, "5.1.1"),
        plain("Out of office"),
        plain("A question"),
        report(first, recipient(EVE, "5.1.1"), returned="", to="bounces@example.org"),
        complaint(office.send(BOB, 2)),
        report(first, recipient(ANN, "4.0.0", action="delayed")),
        postfix(office.send(BOB, 3), "5.7.1"),
        plain("Please confirm your message"),
    )
    (folder / "in.mbox").write_bytes(mbox(*messages))
    told = run("bounces", "in.mbox", code=0)
    assert told.stdout.splitlines() == [
        "in.mbox:1: hard bounce of ann@example.com (5.1.1), campaign 1, identified by return path: suppressed",
        "in.mbox:2: soft bounce of bob@example.com (4.2.2), campaign 2, identified by return path: counted",
        "in.mbox:3: hard bounce of ann@example.com (5.1.1), campaign 1, identified by return path: read before",
        "in.mbox:4: automatic reply: nothing",
        "in.mbox:5: no bounce that is known: nothing",
        "in.mbox:6: hard bounce of eve@example.com: nobody of ours",
        "in.mbox:7: complaint from bob@example.com, campaign 3, identified by unsubscribe link: suppressed",
        "in.mbox:8: notice for ann@example.com (4.0.0), campaign 1, identified by return path: nothing",
        "in.mbox:9: message rejected for bob@example.com (5.7.1), campaign 4, identified by return path: noted",
        "in.mbox:10: challenge: nothing",
    ]
    assert (
        told.stderr
        == "Read 10 messages: 2 suppressed, 1 counted, 1 read before, 4 nothing, 1 nobody of ours, 1 noted.\n"
    )
    assert office.state(ANN) == BOUNCED
    assert office.state(BOB) == (SubscriberState.COMPLAINED, SuppressionReason.COMPLAINT)
    assert "bounced (hard, 5.1.1, smtp; 550 5.1.1" in run("subscribers", "show", ANN, code=0).stdout


def test_a_dry_run_changes_nothing(run: Run, folder: Path, office: Office) -> None:
    """It says what would be done."""
    (folder / "a.eml").write_bytes(postfix(office.send(ANN), "5.1.1"))
    for _ in range(2):
        told = run("bounces", "--dry-run", "a.eml", code=0)
        assert told.stdout.endswith(": suppressed\n")
        assert told.stderr == "Read 1 message: 1 suppressed. Dry run: nothing was changed.\n"
    assert office.state(ANN) == ACTIVE
    assert office.events(ANN) == []


def test_json_is_for_programs(run: Run, folder: Path, office: Office) -> None:
    """An array, with an object for each message."""
    (folder / "a.eml").write_bytes(postfix(office.send(ANN), "5.1.1"))
    (folder / "b.eml").write_bytes(plain("Hello"))
    found = json.loads(run("bounces", "--json", "a.eml", "b.eml", code=0).stdout)
    assert found[0] == {
        "message": "a.eml",
        "form": "delivery status notification",
        "kind": "hard",
        "effect": "suppressed",
        "address": ANN,
        "named": [ANN],
        "campaign": 1,
        "proof": "return path",
        "status": "5.1.1",
        "diagnostic": f"smtp; 550 5.1.1 <{ANN}>: Recipient address rejected by the server",
    }
    assert (found[1]["form"], found[1]["kind"], found[1]["effect"]) == ("no bounce that is known", None, "nothing")
    assert json.loads(run("bounces", "--json", "--maildir", _maildir(folder), code=0).stdout) == []


def test_standard_input_is_read(folder: Path, office: Office) -> None:
    """A server may pipe each bounce into the command."""
    text = postfix(office.send(ANN), "5.1.1")
    command = [sys.executable, "-m", "newsletter", "bounces", "-"]
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, check=True)
    assert done.stdout.startswith(b"standard input: hard bounce of ann@example.com (5.1.1)")
    assert office.state(ANN) == BOUNCED


def test_a_file_that_cannot_be_read_is_told(run: Run, folder: Path, office: Office) -> None:
    """The others are read, and it exits 1."""
    (folder / "a.eml").write_bytes(postfix(office.send(ANN), "5.1.1"))
    told = run("bounces", "none.eml", ".", "a.eml", code=1)
    assert "none.eml: No such file or directory" in told.stderr
    assert ".: Is a directory" in told.stderr
    assert office.state(ANN) == BOUNCED


@pytest.mark.parametrize("arguments", [[], ["a.eml", "--imap"], ["a.eml", "--delete"], ["--imap", "--maildir", "."]])
def test_one_source_is_named(run: Run, office: Office, arguments: list[str]) -> None:
    """Files or a maildir or a mailbox; files are never deleted."""
    run("bounces", *arguments, code=2)


def test_a_huge_message_is_bounded(run: Run, folder: Path, office: Office) -> None:
    """Of a message its beginning is read, and the next one follows; an empty file is a message without a word."""
    huge = postfix(office.send(ANN), "5.1.1") + b"x" * 3 * LIMIT + b"\n" * 3 + b"y\n" * LIMIT
    (folder / "in.mbox").write_bytes(mbox(huge, postfix(office.send(BOB), "5.1.1")))
    (folder / "empty").write_bytes(b"")
    assert run("bounces", "in.mbox", "empty", code=0).stderr == "Read 3 messages: 2 suppressed, 1 nothing.\n"


def _maildir(folder: Path, *messages: bytes) -> Path:
    """A maildir with messages that have come in."""
    maildir = folder / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(messages):
        (maildir / "new" / f"{number}.host").write_bytes(message)
    return maildir


def _held(maildir: Path) -> set[str]:
    return {str(path.relative_to(maildir)) for path in maildir.glob("*/*")}


def test_a_maildir_is_marked(run: Run, folder: Path, office: Office) -> None:
    """What was read is seen; what a person should look at is flagged; a second reading finds nothing new."""
    maildir = _maildir(folder, postfix(office.send(ANN), "5.1.1"), plain("Hello"), plain("Out of office"))
    (maildir / "cur" / "9.host:2,R").write_bytes(postfix(office.send(BOB), "5.1.1"))
    assert run("bounces", "--maildir", maildir, "--dry-run", code=0).stderr.startswith("Read 4 messages")
    assert _held(maildir) == {"new/0.host", "new/1.host", "new/2.host", "cur/9.host:2,R"}
    assert run("bounces", "--maildir", maildir, code=0).stderr == "Read 4 messages: 2 suppressed, 2 nothing.\n"
    assert _held(maildir) == {"cur/0.host:2,S", "cur/1.host:2,FS", "cur/2.host:2,S", "cur/9.host:2,RS"}
    assert run("bounces", "--maildir", maildir, code=0).stderr == "Read 0 messages.\n"
    told = run("bounces", "--maildir", maildir, "--again", "--delete", code=0)
    assert told.stderr == "Read 4 messages: 2 read before, 2 nothing.\n"
    assert _held(maildir) == {"cur/1.host:2,FS", "cur/2.host:2,S"}


def test_what_is_not_stored_stays_new(run: Run, folder: Path, office: Office) -> None:
    """Where the database cannot be written, no message is marked, moved or deleted."""
    maildir = _maildir(folder, postfix(office.send(ANN), "5.1.1"))
    with office.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON bounce BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        )
    with pytest.raises(Exception, match="full"):
        run("bounces", "--maildir", maildir, "--delete")
    assert _held(maildir) == {"new/0.host"}
    assert office.state(ANN) == ACTIVE


def test_a_folder_that_is_no_maildir_is_told(run: Run, office: Office) -> None:
    """It says what one has."""
    assert ". is no maildir" in run("bounces", "--maildir", ".", code=1).stderr


def _settings(folder: Path, server: ImapServer, *more: str, host: str = "127.0.0.1", security: str = "none") -> None:
    """Settings that name a server's mailbox."""
    imap = [f"host: {host}", f"port: {server.port}", f"security: {security}", f"username: {USER}", *more]
    lines = "".join(f"      {line}\n" for line in imap)
    write_publication(folder, publication=f"{PUBLICATION}delivery:\n  bounces:\n    imap:\n{lines}")


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is in the environment."""
    monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("password")
class TestImap:
    """A mailbox over IMAP."""

    def test_it_is_stored_before_it_is_marked(self, run: Run, folder: Path, office: Office) -> None:
        """At the moment of the mark the database has it; messages are fetched without being marked."""
        states = []
        server = ImapServer({5: Mail(postfix(office.send(ANN), "5.1.1")), 7: Mail(plain("Hello"))})
        server.before = lambda verb: states.append((verb, office.state(ANN)))
        with serving(server):
            _settings(folder, server, f"folder: {FOLDER}")
            told = run("bounces", "--imap", code=0)
        assert told.stdout.startswith("message 5: hard bounce of ann@example.com (5.1.1)")
        assert {uid: mail.flags for uid, mail in server.mails.items()} == {5: {"\\Seen"}, 7: {"\\Seen", "\\Flagged"}}
        assert next(state for verb, state in states if verb == "UID STORE") == BOUNCED
        assert ("UID FETCH", ACTIVE) in states

    def test_a_dry_run_only_looks(self, run: Run, folder: Path, office: Office) -> None:
        """The folder is opened for reading."""
        server = ImapServer({5: Mail(postfix(office.send(ANN), "5.1.1"))})
        with serving(server):
            _settings(folder, server)
            run("bounces", "--imap", "--dry-run", code=0)
        assert 'EXAMINE "INBOX"' in server.commands
        assert server.mails[5].flags == set()

    @pytest.mark.parametrize("uidplus", [True, False])
    def test_what_is_stored_is_deleted(self, run: Run, folder: Path, office: Office, uidplus: bool) -> None:
        """Only what was stored, and only with --delete; what others have marked is not taken away."""
        messages = {5: Mail(postfix(office.send(ANN), "5.1.1")), 7: Mail(plain("Hello")), 8: Mail(b"", {"\\Deleted"})}
        server = ImapServer(messages, uidplus=uidplus)
        with serving(server):
            _settings(folder, server)
            run("bounces", "--imap", "--delete", code=0)
        assert set(server.mails) == ({7, 8} if uidplus else {5, 7, 8})
        assert uidplus or "\\Deleted" in server.mails[5].flags

    @pytest.mark.parametrize("fault", ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE"])
    def test_a_server_that_hangs_up_is_told(self, run: Run, folder: Path, office: Office, fault: str) -> None:
        """One message, and exit 1; what was stored is not counted again."""
        server = ImapServer({5: Mail(postfix(office.send(ANN), "4.2.2"))}, fault=fault)
        with serving(server):
            _settings(folder, server)
            assert f"the mailbox of {USER} at 127.0.0.1 cannot be read" in run("bounces", "--imap", code=1).stderr
            server.fault = ""
            told = run("bounces", "--imap", code=0)
        assert told.stdout.endswith("read before\n" if fault == "UID STORE" else "counted\n")
        assert len(office.events(ANN)) == 1

    def test_a_wrong_password_is_told(
        self, run: Run, folder: Path, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In the server's words, without the password."""
        monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", "guess-it")
        with serving(ImapServer({})) as server:
            _settings(folder, server)
            told = run("bounces", "--imap", code=1)
        assert "Not known here" in told.stderr
        assert "guess-it" not in told.stderr

    def test_a_token_may_stand_for_a_password(self, run: Run, folder: Path, office: Office) -> None:
        """XOAUTH2, which the great providers want."""
        with serving(ImapServer({})) as server:
            _settings(folder, server, "authentication: xoauth2")
            run("bounces", "--imap", code=0)
        assert f"user={USER}\1auth=Bearer {PASSWORD}\1\1" in server.commands

    def test_a_folder_that_is_not_there_is_told(self, run: Run, folder: Path, office: Office) -> None:
        """By its name."""
        with serving(ImapServer({})) as server:
            _settings(folder, server, "folder: Nowhere")
            assert "folder Nowhere: No such folder" in run("bounces", "--imap", code=1).stderr

    def test_a_password_stays_off_the_wire(self, run: Run, folder: Path, office: Office) -> None:
        """Without TLS only this machine gets it."""
        _settings(folder, ImapServer({}, port=143), host="imap.example.org")
        assert "would go over the wire in clear" in run("bounces", "--imap", code=1).stderr

    @pytest.mark.parametrize("starttls", [True, False])
    def test_tls_trusts_the_authorities(
        self, run: Run, folder: Path, office: Office, monkeypatch: pytest.MonkeyPatch, starttls: bool
    ) -> None:
        """A certificate that nobody vouches for ends it before the password; a good one does not."""
        import ssl

        import trustme

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        with serving(ImapServer({}, context=context, starttls=starttls)) as server:
            _settings(folder, server, security="starttls" if starttls else "tls")
            assert "certificate verify failed" in run("bounces", "--imap", code=1).stderr
            assert not any("AUTHENTICATE" in command for command in server.commands)
            authority.cert_pem.write_to_path(folder / "ca.pem")
            monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
            assert run("bounces", "--imap", code=0).stderr == "Read 0 messages.\n"


def test_what_the_settings_lack_is_told(run: Run, folder: Path, office: Office) -> None:
    """No mailbox, or no password."""
    assert "names no mailbox for bounces" in run("bounces", "--imap", code=1).stderr
    _settings(folder, ImapServer({}, port=143))
    assert "NEWSLETTER_IMAP_PASSWORD" in run("bounces", "--imap", code=1).stderr
