"""The command `newsletter bounces`, with files, maildirs and IMAP mailboxes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bounces.mailboxes import imap_connection
from newsletter.bounces.parse import LIMIT
from newsletter.database.database import Database
from newsletter.database.states import SubscriberState, SuppressionReason
from tests.bounces.imap_server import FOLDER, PASSWORD, USER, ImapServer, Mail, serving
from tests.bounces.sent_campaign import SentCampaigns
from tests.bounces.shapes import complaint, plain, postfix, qmail, recipient, report
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication

ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"
ACTIVE, BOUNCED = (SubscriberState.ACTIVE, None), (SubscriberState.BOUNCED, SuppressionReason.HARD_BOUNCE)
UNKNOWN = "Some mail was not understood. List it with `newsletter bounces --unknown`.\n"


@pytest.fixture
def sent_campaigns(folder: Path) -> Iterator[SentCampaigns]:
    """A publication with two subscribers."""
    write_publication(folder)
    with Database.open(f"sqlite:///{folder / 'newsletter.db'}") as database:
        sent_campaigns = SentCampaigns(database)
        sent_campaigns.add(ANN, BOB)
        yield sent_campaigns


def mbox(*messages: bytes) -> bytes:
    """Build an mbox."""
    quoted = [message.replace(b"\nFrom ", b"\n>From ") for message in messages]
    return b"".join(b"From MAILER-DAEMON Mon May  6 08:30:00 2024\n" + message + b"\n" for message in quoted)


def test_an_mbox_is_reported_message_by_message(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """Each message has a line with its content and effect. The last line has the totals."""
    first = sent_campaigns.send(ANN)
    messages = (
        postfix(first, "5.1.1"),
        qmail(sent_campaigns.send(BOB), "4.2.2").replace(b"A body", b"From the body\n\nFrom here on"),
        postfix(first, "5.1.1"),
        plain("Out of office"),
        plain("A question"),
        report(first, recipient(EVE, "5.1.1"), returned="", to="bounces@example.org"),
        complaint(sent_campaigns.send(BOB, 2)),
        report(first, recipient(ANN, "4.0.0", action="delayed")),
        postfix(sent_campaigns.send(BOB, 3), "5.7.1"),
        plain("Please confirm your message"),
        complaint(first, "not-spam"),
    )
    (folder / "in.mbox").write_bytes(mbox(*messages))
    result = run("bounces", "in.mbox", code=0)
    assert result.stdout.splitlines() == [
        "in.mbox:1: hard bounce of ann@example.com (5.1.1), campaign 1, identified by return path: suppressed",
        "in.mbox:2: soft bounce of bob@example.com (4.2.2), campaign 2, identified by return path: counted",
        "in.mbox:3: hard bounce of ann@example.com (5.1.1), campaign 1, identified by return path: already processed",
        "in.mbox:4: automatic reply: ignored",
        "in.mbox:5: not a bounce or complaint; ignored",
        "in.mbox:6: hard bounce of eve@example.com: not a subscriber",
        "in.mbox:7: complaint from bob@example.com, campaign 3, identified by unsubscribe link: suppressed",
        "in.mbox:8: notice for ann@example.com (4.0.0), campaign 1, identified by return path: ignored",
        "in.mbox:9: message rejected for bob@example.com (5.7.1), campaign 4, identified by return path: noted",
        "in.mbox:10: challenge: ignored",
        "in.mbox:11: feedback report: ignored",
    ]
    assert (
        result.stderr
        == "Read 11 messages: 2 suppressed, 1 counted, 1 already processed, 5 ignored, 1 not a subscriber, 1 noted.\n"
        + UNKNOWN
    )
    assert sent_campaigns.state(ANN) == BOUNCED
    assert sent_campaigns.state(BOB) == (SubscriberState.COMPLAINED, SuppressionReason.COMPLAINT)
    assert "bounced (hard, 5.1.1, smtp; 550 5.1.1" in run("subscribers", "show", ANN, code=0).stdout


def test_a_dry_run_changes_nothing(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """It shows the effect of each message."""
    (folder / "a.eml").write_bytes(postfix(sent_campaigns.send(ANN), "5.1.1"))
    for _ in range(2):
        result = run("bounces", "--dry-run", "a.eml", code=0)
        assert result.stdout.endswith(": suppressed\n")
        assert result.stderr == "Read 1 message: 1 suppressed. Dry run: nothing was changed.\n"
    assert sent_campaigns.state(ANN) == ACTIVE
    assert sent_campaigns.events(ANN) == []


def test_results_as_json(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """An array with an object for each message."""
    (folder / "a.eml").write_bytes(postfix(sent_campaigns.send(ANN), "5.1.1"))
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
    assert (found[1]["form"], found[1]["kind"], found[1]["effect"]) == ("unrecognised message", "unknown", "nothing")
    assert json.loads(run("bounces", "--json", "--maildir", _maildir(folder), code=0).stdout) == []


def test_standard_input(folder: Path, sent_campaigns: SentCampaigns) -> None:
    """A mail server can pipe a bounce into the command."""
    text = postfix(sent_campaigns.send(ANN), "5.1.1")
    command = [sys.executable, "-m", "newsletter", "bounces", "-"]
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, check=True)
    assert done.stdout.startswith(b"standard input: hard bounce of ann@example.com (5.1.1)")
    assert sent_campaigns.state(ANN) == BOUNCED


def test_a_file_that_cannot_be_read_is_reported(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """The other files are read, and the command exits with 1."""
    (folder / "a.eml").write_bytes(postfix(sent_campaigns.send(ANN), "5.1.1"))
    result = run("bounces", "none.eml", ".", "a.eml", code=1)
    assert "none.eml: No such file or directory" in result.stderr
    assert ".: Is a directory" in result.stderr
    assert sent_campaigns.state(ANN) == BOUNCED


@pytest.mark.parametrize("arguments", [[], ["a.eml", "--imap"], ["a.eml", "--delete"], ["--imap", "--maildir", "."]])
def test_exactly_one_source_is_required(run: Run, sent_campaigns: SentCampaigns, arguments: list[str]) -> None:
    """Files, a maildir or an IMAP mailbox. `--delete` is not allowed for files."""
    run("bounces", *arguments, code=2)


def test_a_huge_message_is_truncated(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """Only the first bytes of a message are read. The next message is not affected, and an empty file is a message."""
    huge = postfix(sent_campaigns.send(ANN), "5.1.1") + b"x" * 3 * LIMIT + b"\n" * 3 + b"y\n" * LIMIT
    (folder / "in.mbox").write_bytes(mbox(huge, postfix(sent_campaigns.send(BOB), "5.1.1")))
    (folder / "empty").write_bytes(b"")
    assert run("bounces", "in.mbox", "empty", code=0).stderr == f"Read 3 messages: 2 suppressed, 1 ignored.\n{UNKNOWN}"


def _maildir(folder: Path, *messages: bytes) -> Path:
    """Create a maildir with new messages."""
    maildir = folder / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(messages):
        (maildir / "new" / f"{number}.host").write_bytes(message)
    return maildir


def _list_files(maildir: Path) -> set[str]:
    return {str(path.relative_to(maildir)) for path in maildir.glob("*/*")}


def test_messages_in_a_maildir_are_marked(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """Processed messages are marked as seen, and unrecognised ones flagged. A second run reads none of them."""
    maildir = _maildir(folder, postfix(sent_campaigns.send(ANN), "5.1.1"), plain("Hello"), plain("Out of office"))
    (maildir / "cur" / "9.host:2,R").write_bytes(postfix(sent_campaigns.send(BOB), "5.1.1"))
    assert run("bounces", "--maildir", maildir, "--dry-run", code=0).stderr.startswith("Read 4 messages")
    assert _list_files(maildir) == {"new/0.host", "new/1.host", "new/2.host", "cur/9.host:2,R"}
    assert (
        run("bounces", "--maildir", maildir, code=0).stderr == f"Read 4 messages: 2 suppressed, 2 ignored.\n{UNKNOWN}"
    )
    assert _list_files(maildir) == {"cur/0.host:2,S", "cur/1.host:2,FS", "cur/2.host:2,S", "cur/9.host:2,RS"}
    assert run("bounces", "--maildir", maildir, code=0).stderr == "Read 0 messages.\n"
    result = run("bounces", "--maildir", maildir, "--again", "--delete", code=0)
    assert result.stderr == f"Read 4 messages: 2 already processed, 2 ignored.\n{UNKNOWN}"
    assert _list_files(maildir) == {"cur/1.host:2,FS", "cur/2.host:2,S"}


def test_a_message_that_was_not_stored_stays_new(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """If the database cannot be written, no message is marked, moved or deleted."""
    maildir = _maildir(folder, postfix(sent_campaigns.send(ANN), "5.1.1"))
    with sent_campaigns.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON bounce BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        )
    with pytest.raises(Exception, match="full"):
        run("bounces", "--maildir", maildir, "--delete")
    assert _list_files(maildir) == {"new/0.host"}
    assert sent_campaigns.state(ANN) == ACTIVE


def test_a_folder_that_is_not_a_maildir_is_reported(run: Run, sent_campaigns: SentCampaigns) -> None:
    """In a single message."""
    assert ". is not a maildir" in run("bounces", "--maildir", ".", code=1).stderr


def _settings(folder: Path, server: ImapServer, *more: str, host: str = "127.0.0.1", security: str = "none") -> None:
    """Write settings with the mailbox of a server."""
    imap = [f"host: {host}", f"port: {server.port}", f"security: {security}", f"username: {USER}", *more]
    lines = "".join(f"      {line}\n" for line in imap)
    write_publication(folder, publication=f"{PUBLICATION}delivery:\n  bounces:\n    imap:\n{lines}")


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the password in the environment."""
    monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("password")
class TestImap:
    """IMAP mailboxes."""

    def test_a_message_is_marked_after_its_result_is_stored(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns
    ) -> None:
        """The result is in the database when the server is asked to mark the message. Fetching does not mark it."""
        states = []
        server = ImapServer({5: Mail(postfix(sent_campaigns.send(ANN), "5.1.1")), 7: Mail(plain("Hello"))})
        server.before = lambda verb: states.append((verb, sent_campaigns.state(ANN)))
        with serving(server):
            _settings(folder, server, f"folder: {FOLDER}")
            result = run("bounces", "--imap", code=0)
        assert result.stdout.startswith("message 5: hard bounce of ann@example.com (5.1.1)")
        assert {uid: mail.flags for uid, mail in server.mails.items()} == {5: {"\\Seen"}, 7: {"\\Seen", "\\Flagged"}}
        assert next(state for verb, state in states if verb == "UID STORE") == BOUNCED
        assert ("UID FETCH", ACTIVE) in states

    def test_a_dry_run_opens_the_folder_read_only(self, run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
        """No flag is changed."""
        server = ImapServer({5: Mail(postfix(sent_campaigns.send(ANN), "5.1.1"))})
        with serving(server):
            _settings(folder, server)
            run("bounces", "--imap", "--dry-run", code=0)
        assert 'EXAMINE "INBOX"' in server.commands
        assert server.mails[5].flags == set()

    @pytest.mark.parametrize("uidplus", [True, False])
    def test_processed_messages_are_deleted(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, uidplus: bool
    ) -> None:
        """Only with --delete. Messages that other clients marked as deleted are not expunged."""
        messages = {
            5: Mail(postfix(sent_campaigns.send(ANN), "5.1.1")),
            7: Mail(plain("Hello")),
            8: Mail(b"", {"\\Deleted"}),
        }
        server = ImapServer(messages, uidplus=uidplus)
        with serving(server):
            _settings(folder, server)
            run("bounces", "--imap", "--delete", code=0)
        assert set(server.mails) == ({7, 8} if uidplus else {5, 7, 8})
        assert uidplus or "\\Deleted" in server.mails[5].flags

    @pytest.mark.parametrize("fault", ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE"])
    def test_a_server_that_closes_the_connection_is_reported(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, fault: str
    ) -> None:
        """The command exits with 1. Stored results are not counted again by the next run."""
        server = ImapServer({5: Mail(postfix(sent_campaigns.send(ANN), "4.2.2"))}, fault=fault)
        with serving(server):
            _settings(folder, server)
            assert f"the mailbox of {USER} at 127.0.0.1 cannot be read" in run("bounces", "--imap", code=1).stderr
            server.fault = ""
            result = run("bounces", "--imap", code=0)
        assert result.stdout.endswith("already processed\n" if fault == "UID STORE" else "counted\n")
        assert len(sent_campaigns.events(ANN)) == 1

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (b"TAG NO Message is damaged\r\n", "fetch: Message is damaged"),
            (b"TAG BAD Internal error\r\n", "Internal error"),
            (b"* 1 FETCH (UID 6 BODY[]<0> {3000000000}\r\nFrom: x", "announced 3,000,000,000 bytes"),
            ((b"* 1 FETCH (UID 6 X " + b"x" * 500_000 + b")\r\n") * 40, "an answer of more than 16,777,216 bytes"),
        ],
    )
    def test_a_message_that_cannot_be_fetched_is_reported_and_skipped(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, answer: bytes, reason: str
    ) -> None:
        """The messages before and after it are processed, and it is not marked."""
        bounce = Mail(postfix(sent_campaigns.send(ANN), "5.1.1"))
        server = ImapServer({5: Mail(plain("Hello")), 6: Mail(b""), 7: bounce}, answers={"UID FETCH 6": answer})
        with serving(server):
            _settings(folder, server)
            result = run("bounces", "--imap", code=1)
        assert f"message 6 of {USER} at 127.0.0.1 cannot be read" in result.stderr
        assert reason in result.stderr
        assert "Read 2 messages" in result.stderr
        assert sent_campaigns.state(ANN) == BOUNCED
        assert [mail.flags for mail in server.mails.values()] == [{"\\Seen", "\\Flagged"}, set(), {"\\Seen"}]

    def test_a_server_whose_answers_are_all_too_long_is_reported(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns
    ) -> None:
        """After three of them in a row."""
        answers = {"UID FETCH": b"* 1 FETCH (BODY[]<0> {3000000000}\r\nFrom: x"}
        with serving(ImapServer({uid: Mail(b"") for uid in range(1, 9)}, answers=answers)) as server:
            _settings(folder, server)
            assert f"the mailbox of {USER} at 127.0.0.1 cannot be read" in run("bounces", "--imap", code=1).stderr
        assert sum(command.startswith("UID FETCH") for command in server.commands) == 3

    @pytest.mark.parametrize(
        ("command", "answer", "reason"),
        [
            (
                "UID SEARCH",
                b"* SEARCH f\xc3\xbcnf\r\nTAG OK Done\r\n",
                "search: `f\\xc3\\xbcnf` in the server's answer",
            ),
            ("UID SEARCH", b"* SEARCH 5 1:*\r\nTAG OK Done\r\n", "search: `1:*` in the server's answer"),
            ("UID SEARCH", b"* SEARCH 0\r\nTAG OK Done\r\n", "search: `0` in the server's answer"),
            ("UID SEARCH", b"* SEARCH {" + b"9" * 5_000 + b"}\r\n", "cannot be read"),
            ("UID SEARCH", b"x" * 20_000_000, "an answer of more than 16,777,216 bytes"),
            ("SELECT", b"* 9 EXISTS {99999999}\r\n", "announced 99,999,999 bytes"),
        ],
    )
    def test_an_answer_that_is_not_valid_is_an_error(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, command: str, answer: bytes, reason: str
    ) -> None:
        """In a single message. No message is fetched."""
        with serving(ImapServer({5: Mail(b"")}, answers={command: answer})) as server:
            _settings(folder, server)
            result = run("bounces", "--imap", code=1)
        assert f"the mailbox of {USER} at 127.0.0.1 cannot be read" in result.stderr
        assert reason in result.stderr
        assert not any(command.startswith("UID FETCH") for command in server.commands)

    def test_an_answer_in_single_bytes_ends(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The time limit is for the whole answer, however often the server sends a byte."""
        monkeypatch.setattr(imap_connection, "ANSWER_SECONDS", 0.5)
        with serving(ImapServer({5: Mail(b"")}, drip="UID SEARCH")) as server:
            _settings(folder, server)
            assert "for an answer" in run("bounces", "--imap", code=1).stderr

    def test_a_wrong_password_is_reported(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the reply of the server, and without the password."""
        monkeypatch.setenv("NEWSLETTER_IMAP_PASSWORD", "guess-it")
        with serving(ImapServer({})) as server:
            _settings(folder, server)
            result = run("bounces", "--imap", code=1)
        assert "Not known here" in result.stderr
        assert "guess-it" not in result.stderr

    def test_authentication_with_an_access_token(self, run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
        """XOAUTH2, which the large providers require."""
        with serving(ImapServer({})) as server:
            _settings(folder, server, "authentication: xoauth2")
            run("bounces", "--imap", code=0)
        assert f"user={USER}\1auth=Bearer {PASSWORD}\1\1" in server.commands

    def test_a_missing_folder_is_reported(self, run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
        """With its name and the reply of the server."""
        with serving(ImapServer({})) as server:
            _settings(folder, server, "folder: Nowhere")
            assert "folder Nowhere: No such folder" in run("bounces", "--imap", code=1).stderr

    def test_a_password_is_not_sent_unencrypted(self, run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
        """Without TLS, only a server on this machine is allowed."""
        _settings(folder, ImapServer({}, port=143), host="imap.example.org")
        assert "would be sent unencrypted" in run("bounces", "--imap", code=1).stderr

    @pytest.mark.parametrize("starttls", [True, False])
    def test_tls_certificates_are_verified(
        self, run: Run, folder: Path, sent_campaigns: SentCampaigns, monkeypatch: pytest.MonkeyPatch, starttls: bool
    ) -> None:
        """With an untrusted certificate, the connection ends before the password is sent."""
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


def test_missing_settings_are_reported(run: Run, folder: Path, sent_campaigns: SentCampaigns) -> None:
    """The mailbox, or the password."""
    assert "`delivery.bounces.imap` is missing" in run("bounces", "--imap", code=1).stderr
    _settings(folder, ImapServer({}, port=143))
    assert "NEWSLETTER_IMAP_PASSWORD" in run("bounces", "--imap", code=1).stderr
