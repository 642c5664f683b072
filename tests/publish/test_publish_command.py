"""`newsletter publish`: from a draft to a verified web page and a sent campaign, resumable after each failure."""

import email
import email.policy
import json
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from filelock import FileLock

from newsletter.database.states import SubscriberState
from newsletter.errors import DocumentError
from newsletter.publish.deploy import check_program
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, with_one_entry, write_publication
from tests.transports.mail_server import MailServer, mail_server
from tests.web.serving import served

DRAFT = ISSUE.replace("status: published", "status: draft")
READERS = ("ann@example.net", "bob@example.net")
STEPS = ("check", "build", "deploy", "verify", "status", "test", "send")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def web_host(folder: Path) -> Iterator[str]:
    """Serve a folder as a web host does. Yields its URL."""
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Publication:
    """A publication with two readers, its web host, its public pages and its mail server, all on loopback."""

    folder: Path
    host: Path
    site: str
    mail: MailServer
    settings: str

    def write(self, deploy: str, mail_port: int | None = None) -> None:
        """Write `newsletter.yaml` with a deploy command."""
        text = self.settings.replace("DEPLOY", deploy).replace("MAIL_PORT", str(mail_port or self.mail.port))
        (self.folder / "newsletter.yaml").write_text(text)

    @property
    def upload(self) -> str:
        """The deploy command that works."""
        return f"cp -r build/site/. {self.host}/"


@pytest.fixture
def publication(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publication]:
    """Run all servers. Nothing waits for a slow host."""
    monkeypatch.setattr("newsletter.publish.steps.WAITS", ())
    host = folder / "host"
    with web_host(host) as site, mail_server() as mail, served(folder) as pages:
        pages.clock.now = time.time()
        settings = PUBLICATION.replace("https://lens.example.org/", site)
        settings += "delivery:\n  smtp: [{host: 127.0.0.1, port: MAIL_PORT, security: none}]\n"
        settings += f"  pages_url: {pages.server.url}\npreflight: {{allow_private: true}}\n"
        settings += "archive: {deploy: 'DEPLOY'}\n"
        found = Publication(folder, host, site, mail, settings)
        found.write(found.upload)
        (folder / "issues").mkdir(exist_ok=True)
        (folder / "issues/029.yaml").write_text(DRAFT)
        for address in READERS:
            run("subscribers", "add", address, "--consent", "asked for it", code=0)
        yield found


def recipients(publication: Publication) -> list[str]:
    """The recipients of all accepted messages, in their order."""
    return [received.recipient for received in publication.mail.received]


def test_one_command_from_a_draft_to_the_readers(run: Run, publication: Publication) -> None:
    """The page is online before the mail is sent, a test comes first, and a second run does nothing twice."""
    shown = run("publish", "029", "--yes", code=0).stderr
    assert (publication.host / "029/index.html").is_file()
    assert "status: published" in (publication.folder / "issues/029.yaml").read_text()
    first, *others = recipients(publication)
    assert (first, sorted(others)) == ("lens@example.org", list(READERS))
    assert "deploy: done" in shown
    assert "verify: the web page and the home page answered" in shown
    assert "Campaign #1 of 029 is complete: 2 accepted." in shown

    shown = run("publish", "029", "--yes", code=0).stderr
    done = "build: up to date", "deploy: already deployed", "status: already published", "send: all subscribers already"
    for line in done:
        assert line in shown
    assert len(publication.mail.received) == 3


def test_from_init_to_a_published_and_sent_issue(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One `publish` after the settings are written; the links in the mail work."""
    monkeypatch.setattr("newsletter.publish.steps.WAITS", ())
    run("init", ".", code=0)
    run("new-issue", code=0)
    settings, issue = folder / "newsletter.yaml", folder / "issues/001.yaml"
    text = with_one_entry(issue.read_text(), "A lens is ground before it is polished.")
    issue.write_text(re.sub(r"^date: .*", f"date: {datetime.now(UTC).date()}", text, flags=re.MULTILINE))
    (folder / "list.csv").write_text("email,status\n" + "".join(f"{reader},active\n" for reader in READERS))
    run("subscribers", "import", "list.csv", "--consent", "asked for it", code=0)
    host = tmp_path_factory.mktemp("web") / "host"
    with web_host(host) as site, mail_server() as mail, ExitStack() as stack:
        text = settings.read_text().replace("https://example.org/\n", f"{site}\n")
        text = text.replace("news@example.org", "news@weekly-lens.org")
        text = text.replace("Street and number", "1 Lens Street").replace("City, country", "Lens City")
        text += f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
        settings.write_text(text)
        pages = stack.enter_context(served(folder))
        pages.clock.now = time.time()
        text += f"  pages_url: {pages.server.url}\npreflight: {{allow_private: true}}\n"
        settings.write_text(f"{text}archive: {{deploy: 'cp -r build/site/. {host}/'}}\n")
        shown = run("publish", "001", "--yes", code=0).stderr

        at = [shown.index(f"{step}: ") for step in STEPS[:-1]]
        assert at == sorted(at)
        assert "verify: the web page and the home page answered" in shown
        assert "warning" not in shown
        assert "Campaign #1 of 001 is complete: 2 accepted." in shown
        assert "status: published" in issue.read_text()
        test, *others = mail.received
        assert test.recipient == "news@weekly-lens.org"
        assert sorted(each.recipient for each in others) == list(READERS)
        for received in others:
            message = email.message_from_bytes(received.content, policy=email.policy.default)
            part = message.get_body(("plain",))
            assert part
            content = part.get_content()
            assert "news@weekly-lens.org" in message["From"]
            assert "1 Lens Street" in content
            with urlopen(f"{site}001/") as answer:
                assert "A lens is ground before it is polished." in answer.read().decode()
            assert f"{site}001/" in content
            unsubscribe = str(message["List-Unsubscribe"]).partition("<")[2].partition(">")[0]
            with urlopen(unsubscribe, b"List-Unsubscribe=One-Click") as answer:
                assert answer.status == 200
            assert pages.state(received.recipient) is SubscriberState.UNSUBSCRIBED


def test_nothing_is_uploaded_with_settings_that_stop_the_mail(run: Run, publication: Publication) -> None:
    """The first step names each setting. With `--no-send`, only those of the web count."""
    text = (publication.folder / "newsletter.yaml").read_text()
    wrong = text.replace("  1 Example Street\n", "  Street and number\n")
    (publication.folder / "newsletter.yaml").write_text(wrong.replace("lens@example.org", "news@example.org"))
    shown = run("publish", "029", "--yes", code=1).stderr
    assert "newsletter.yaml:4: `from.email` still has its example value" in shown
    assert "newsletter.yaml:5: `postal_address` still has its example value" in shown
    assert f"Not done: {', '.join(STEPS)}. To continue: `newsletter publish 029`." in shown
    assert list(publication.host.iterdir()) == []
    run("publish", "029", "--no-send", code=0)
    assert publication.mail.received == []

    (publication.folder / "newsletter.yaml").write_text(text.replace(publication.site, "https://example.org/"))
    shown = run("publish", "029", "--no-send", code=1).stderr
    assert "newsletter.yaml:2: `site_url` still has its example value" in shown


def test_an_issue_that_is_on_the_web_can_be_sent(run: Run, publication: Publication) -> None:
    """`send` knows that it was not sent before, and does not need `--unrecorded`."""
    run("publish", "029", "--no-send", code=0)
    shown = run("send", "029", "--yes", "--untested", code=0).stderr
    assert "no record" not in shown
    assert len(recipients(publication)) == 2


def test_a_copy_with_another_database_does_not_send_what_was_published(
    run: Run, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its subscribers may have the issue."""
    run("publish", "029", "--no-send", code=0)
    monkeypatch.setenv("NEWSLETTER_DATABASE", f"sqlite:///{publication.folder / 'other.db'}")
    (publication.folder / "people.csv").write_text("email\nann@example.net\n")
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert "add --unrecorded" in run("send", "029", "--yes", "--untested", "--offline", code=1).stderr
    assert recipients(publication) == []


def test_a_published_issue_without_a_record_is_sent_by_another_command(run: Run, publication: Publication) -> None:
    """`publish` has no `--unrecorded`. It names the command of `send` that has it, and this one works."""
    (publication.folder / "issues/029.yaml").write_text(ISSUE)
    shown = run("publish", "029", "--to", "-domain:example.com", "--yes", code=1).stderr
    assert "add --unrecorded" not in shown
    command = "newsletter send 029 --to -domain:example.com --yes --unrecorded"
    assert f"If it was never sent, run `{command}`." in " ".join(shown.split())
    run(*command.split()[1:], code=0)


def test_every_issue_that_is_on_the_web_can_be_sent_once(run: Run, publication: Publication) -> None:
    """Not only the last one. After its send, a database that has no record of it is another one, or was restored."""
    (publication.folder / "issues/030.yaml").write_text(DRAFT.replace("number: 1", "number: 2"))
    run("publish", "029", "--no-send", code=0)
    run("publish", "030", "--no-send", code=0)
    for issue in ("029", "030"):
        assert "no record" not in run("send", issue, "--yes", "--untested", code=0).stderr
    assert len(recipients(publication)) == 4

    shutil.rmtree(publication.folder / "receipts")
    with sqlite3.connect(publication.folder / "newsletter.db") as database:
        database.execute("DELETE FROM delivery")
        database.execute("DELETE FROM delivery_count")
        database.execute("DELETE FROM campaign")
    for issue in ("029", "030"):
        assert "add --unrecorded" in run("send", issue, "--yes", "--untested", code=1).stderr
    assert len(recipients(publication)) == 4


def test_an_issue_that_nobody_received_was_not_sent(run: Run, publication: Publication) -> None:
    """Its campaign was cancelled before the first message. It can be sent later."""
    run("publish", "029", "--no-send", code=0)
    publication.write(publication.upload, mail_port=1)
    assert "Campaign #1 of 029 is paused" in run("send", "029", "--yes", "--untested", code=1).stderr
    run("campaign", "cancel", "029", "--yes", code=0)
    publication.write(publication.upload)
    run("send", "029", "--yes", "--untested", code=0)
    assert len(recipients(publication)) == 2


def test_the_file_of_an_earlier_version_is_read(run: Run, publication: Publication) -> None:
    """It has the last issue, with or without a database."""
    (publication.folder / "issues/029.yaml").write_text(ISSUE)
    file = publication.folder / ".newsletter/publish.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"deployed": "a digest", "published": "028"}')
    assert "add --unrecorded" in run("send", "029", "--yes", "--untested", "--offline", code=1).stderr
    file.write_text('{"deployed": "a digest", "published": "029"}')
    assert "no record" not in run("send", "029", "--yes", "--untested", "--offline", code=0).stderr
    assert json.loads(file.read_text()) == {"deployed": "a digest", "unsent": {}}


def test_what_cannot_be_remembered_is_not_deployed(run: Run, publication: Publication) -> None:
    """It would be deployed again by each run."""
    file = publication.folder / ".newsletter/publish.json"
    file.mkdir(parents=True)
    shown = run("publish", "029", "--no-send", code=1).stderr
    assert "Not done: check, build" in shown
    assert shown.count("publish.json is not a file") == 1
    assert "Without it, the archive is deployed once more." in shown
    assert list(publication.host.iterdir()) == []
    file.rmdir()
    run("publish", "029", "--no-send", code=0)


def test_a_missing_program_is_named_before_the_build(run: Run, publication: Publication) -> None:
    """With the line of the command. Nothing is built."""
    publication.write("no-such-program --delete build/site/ && true")
    shown = run("publish", "029", "--no-send", code=1).stderr
    assert "the program `no-such-program` of the deploy command was not found" in shown
    assert "newsletter.yaml:" in shown
    assert "Not done: check, build" in shown
    assert not (publication.folder / "build/site").exists()


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("true", ""),
        ("cd . && no-such-program", ""),
        ("(no-such-program)", ""),
        ("PATH=/opt/bin no-such-program", ""),
        ("$HOME/no-such-program", ""),
        ("if true; then true; fi", ""),
        ("[ -d build ] && true", ""),
        ("./upload.sh --all", ""),
        ("echo>log", ""),
        ("2>log true", ""),
        ("upload () { true; }; upload", ""),
        ("./download.sh --all", "./download.sh"),
        ("no-such-program;true", "no-such-program"),
    ],
)
def test_only_a_program_that_is_certainly_missing_is_refused(folder: Path, command: str, missing: str) -> None:
    """A command of the shell, and a name that the shell has to work out, may exist."""
    write_publication(folder, publication=PUBLICATION + f"archive: {{deploy: '{command}'}}\n")
    script = folder / "upload.sh"
    script.touch(mode=0o755)
    with pytest.raises(DocumentError, match=f"`{missing}`") if missing else nullcontext():
        check_program(Workspace(folder), folder, os.environ)
    assert not (folder / "log").exists()


def test_a_placeholder_is_not_published(run: Run, publication: Publication) -> None:
    """Neither on the web nor by mail."""
    (publication.folder / "issues/029.yaml").write_text(DRAFT.replace("A lens is", "TODO: A lens is"))
    shown = run("publish", "029", "--no-send", code=1).stderr
    assert "placeholder `TODO`" in shown
    assert list(publication.host.iterdir()) == []


def test_links_that_break_are_reported_before_the_upload(run: Run, publication: Publication) -> None:
    """Also without sending: the upload removes the page that mail links to."""
    run("publish", "029", "--yes", code=0)
    (publication.folder / "issues/029.yaml").rename(publication.folder / "issues/lens.yaml")
    shown = run("publish", "lens", "--no-send", code=0).stderr
    assert "029 was sent on " in shown
    assert "Add `aliases: [029]` to the issue that replaced it." in shown
    assert shown.index("029 was sent on ") < shown.index("deploy: ")


def test_each_step_may_fail_once(
    run: Run, publication: Publication, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each failure says what was done and how to continue; the next run continues, and nobody gets the issue twice."""
    issue = publication.folder / "issues/029.yaml"

    def fails(step: str, *options: str) -> str:
        shown = run("publish", "029", "--yes", *options, code=1).stderr
        number = STEPS.index(step)
        if number:
            assert f"Done: {', '.join(STEPS[:number])}. " in shown
        assert f"Not done: {', '.join(STEPS[number:])}. To continue: `newsletter publish 029`." in shown
        return shown

    issue.write_text(DRAFT.replace("title: How", "titel: How"))
    assert "unknown key `titel`" in fails("check")
    issue.write_text(DRAFT)

    other = publication.folder / "issues/028.yaml"
    other.write_text(ISSUE.replace("number: 1", "number: 0"))
    assert "issues/028.yaml" in fails("build")
    other.unlink()

    publication.write("echo uploading; exit 3")
    assert "the deploy command failed with exit code 3: echo uploading; exit 3" in fails("deploy")
    assert capfd.readouterr().out == "uploading\n"
    publication.write("true")
    assert "answered 404 Not Found" in fails("verify")
    publication.write(publication.upload)

    monkeypatch.setattr("newsletter.workspace.editing.LOCK_TIMEOUT", 0.1)
    with FileLock(publication.folder / ".newsletter/edit.lock"):
        fails("status")
    assert "status: draft" in issue.read_text()

    assert "the test to rcpt-550@example.net was not accepted" in fails("test", "--test", "rcpt-550@example.net")
    assert "status: published" in issue.read_text()
    run("publish", "029", "--no-send", code=0)

    shown = run("publish", "029", code=1).stderr
    assert "Done: check, build, deploy, verify, status, test. Not done: send." in shown
    assert "nothing was sent, because you did not confirm" in shown
    assert recipients(publication) == ["lens@example.org"]

    publication.write(publication.upload, mail_port=1)
    shown = run("publish", "029", "--yes", code=1).stderr
    assert "test: a test of this content was sent before" in shown
    assert "Campaign #1 of 029 is paused" in shown
    publication.write(publication.upload)
    shown = run("publish", "029", "--yes", code=0).stderr
    assert "send: continuing campaign #1" in shown
    assert "Campaign #1 of 029 is complete: 2 accepted." in shown
    assert sorted(recipients(publication)[1:]) == list(READERS)


def test_an_interrupted_campaign_is_continued(run: Run, publication: Publication) -> None:
    """A second run resumes the paused campaign and does not start another one."""
    run("publish", "029", "--no-send", code=0)
    run("send", "029", "--test", "me@example.net", code=0)
    publication.write(publication.upload, mail_port=1)
    assert "Campaign #1 of 029 is paused" in run("send", "029", "--yes", "--unrecorded", code=1).stderr
    publication.write(publication.upload)
    shown = run("publish", "029", "--yes", code=0).stderr
    assert "send: continuing campaign #1" in shown
    assert sorted(recipients(publication)[1:]) == list(READERS)


def test_no_send_stops_after_the_web(run: Run, publication: Publication) -> None:
    """The issue is online and published, and no message is sent."""
    run("publish", "029", "--no-send", code=0)
    assert (publication.host / "029/index.html").is_file()
    assert publication.mail.received == []


def test_a_dry_run_lists_the_steps(run: Run, publication: Publication) -> None:
    """Nothing is built, uploaded or sent."""
    shown = run("publish", "029", "--dry-run", code=0).stderr
    assert [line.partition(":")[0] for line in shown.splitlines()[:-1]] == list(STEPS)
    assert f"deploy: {publication.upload}" in shown
    assert not (publication.folder / "build/site").exists()
    assert list(publication.host.iterdir()) == []


def test_without_a_deploy_command_the_author_uploads(run: Run, publication: Publication) -> None:
    """The step is skipped, and the page that is not online is an error with advice."""
    text = (publication.folder / "newsletter.yaml").read_text()
    (publication.folder / "newsletter.yaml").write_text(text[: text.index("archive:")])
    shown = run("publish", "029", "--no-send", code=1).stderr
    assert "deploy: skipped: `archive.deploy` is not set in newsletter.yaml" in shown
    assert "Upload build/site/, or set `archive.deploy` in newsletter.yaml." in shown


def test_the_deploy_command_gets_no_secrets(
    run: Run, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the author's environment without the passwords and keys of newsletter, whatever their names are."""
    secrets = ("NEWSLETTER_DATABASE", "NEWSLETTER_SMTP_PASSWORD", "NEWSLETTER_IMAP_PASSWORD", "NEWSLETTER_DKIM_KEY")
    for name in (*secrets[1:], "MY_SMTP", "MY_SMTP_FILE", "RSYNC_PASSWORD"):
        monkeypatch.setenv(name, f"value of {name}")
    monkeypatch.setenv("NEWSLETTER_DATABASE", "sqlite:///newsletter.db")
    publication.write(f"env > seen; {publication.upload}")
    settings = publication.folder / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("security: none}", "security: none, password_variable: MY_SMTP}"))
    run("publish", "029", "--yes", code=0)
    seen = (publication.folder / "seen").read_text()
    assert "RSYNC_PASSWORD=value of RSYNC_PASSWORD" in seen
    assert not any(name in seen for name in (*secrets, "MY_SMTP"))
