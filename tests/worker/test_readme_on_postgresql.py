"""The README's path on PostgreSQL, with two workers."""

import email
import email.policy
import re
import signal
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE
from tests.test_documentation import blocks, fill_in, serve
from tests.transports.mail_server import MailServer, mail_server
from tests.waiting import wait_for
from tests.worker.working import logged, worker_process

READERS = [f"reader{number}@d{number % 7}.example.org" for number in range(60)]


def write_settings(publication: Path, port: int) -> None:
    """Fill in newsletter.yaml as the README shows, with a server on loopback."""
    replaced, added, deploy = blocks(REPOSITORY / "README.md", "yaml")
    local = f"host: 127.0.0.1\n      port: {port}\n      security: none"
    added = added.replace("host: smtp.example.com", local).replace("      username: ann@example.com\n", "")
    path = publication / "newsletter.yaml"
    path.write_text(fill_in(path.read_text(), replaced) + added + deploy)


def next_minute() -> str:
    """Return the next minute that begins in at least ten seconds, by the clocks of UTC."""
    return f"{datetime.now(UTC) + timedelta(seconds=70):%Y-%m-%d %H:%M}"


def links(server: MailServer, recipient: str, field: str) -> str:
    """Return the address of the link in a header field, or in the text, of the newest message to a recipient."""
    content = next(received.content for received in server.received[::-1] if received.recipient == recipient)
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body
    found = str(message[field]) if field in message else body.get_content()
    return found.partition("https://example.com")[2].split(">")[0].split()[0]


def request(port: int, path: str, data: dict[str, str]) -> int:
    """Post a form. Returns the status."""
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=urllib.parse.urlencode(data).encode(), method="POST"
    )
    with urllib.request.urlopen(sent, timeout=60) as answer:
        return int(answer.status)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_path_of_the_readme_on_postgresql_with_two_workers(
    run: Run, folder: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reader gets a scheduled issue once. Visitors subscribe and unsubscribe meanwhile."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", empty_postgresql)
    publication = folder / "weekly"
    here = partial(run, "-C", publication)
    with mail_server() as server:
        run("init", publication, code=0)
        write_settings(publication, server.port)
        issue = ISSUE.replace("status: published", "status: draft")
        (publication / "issues/001.yaml").write_text(issue)
        (publication / "people.csv").write_text("email\n" + "".join(f"{reader}\n" for reader in READERS))
        assert "newsletter db upgrade" in here("subscribers", "list", code=1).stderr
        here("db", "upgrade", code=0)
        here("check", code=0)
        here("doctor", code=0)
        here("build", code=0)
        here("subscribers", "import", "people.csv", "--consent", "moved from Revue, 2023-01", code=0)
        with worker_process(publication) as first, worker_process(publication) as second, serve(publication) as port:
            wait_for(lambda: len(logged(publication, "worker started")) == 2)
            # A visitor subscribes.
            assert request(port, "/newsletter/subscribe", {"email": "new@example.org"}) == 200
            wait_for(lambda: [received.recipient for received in server.received] == ["new@example.org"])
            assert request(port, links(server, "new@example.org", "X-None"), {}) == 200
            here("send", "001", "--test", "ann@example.com", code=0)
            here("preflight", "001", "--offline", code=0)
            here("send", "001", "--at", next_minute(), "--zone", "UTC", "--yes", "--offline", code=0)
            wait_for(lambda: "complete" in here("campaigns", code=0).stdout, 240)
            link = links(server, READERS[0], "List-Unsubscribe")
            assert request(port, link, {"List-Unsubscribe": "One-Click"}) == 200
            # A second issue, sent by `newsletter send` beside the workers. Nobody unsubscribed gets it.
            (publication / "issues/002.yaml").write_text(issue.replace("29", "30").replace("2021-09-19", "2021-09-26"))
            here("send", "002", "--yes", "--untested", "--offline", code=0)
            for process in (first, second):
                process.send_signal(signal.SIGTERM)
            assert [process.wait(60) for process in (first, second)] == [0, 0]
        report = here("campaign", "report", "001", code=0).stdout
    assert re.search(r"^ +61 accepted$", report, re.MULTILINE), report
    recipients = [received.recipient for received in server.received]
    expected = [*["new@example.org"] * 3, "ann@example.com", READERS[0], *READERS[1:] * 2]
    assert sorted(recipients) == sorted(expected)
    assert "status: published" in (publication / "issues/001.yaml").read_text()
    assert len(logged(publication, "schedule started")) == 1
    unsubscribed = here("subscribers", "list", "--filter", "state:unsubscribed", code=0).stdout
    assert READERS[0] in unsubscribed
