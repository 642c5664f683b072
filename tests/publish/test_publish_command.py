"""`newsletter publish`: from a draft to a verified web page and a sent campaign, resumable after each failure."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION
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
        found = Publication(folder, host, mail, settings)
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


def test_each_step_may_fail_once(run: Run, publication: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
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

    publication.write(publication.upload, mail_port=1)
    shown = run("publish", "029", "--yes", "--test", "me@example.net", code=1).stderr
    assert "the test to me@example.net was not accepted" in shown or "cannot be reached" in shown
    publication.write(publication.upload)
    shown = run("publish", "029", "--yes", code=0).stderr
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
