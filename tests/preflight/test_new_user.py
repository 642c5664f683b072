"""A new user's path from `newsletter init` to a sent issue: each trap stops it, and no reader gets a wrong message."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.loopback import Server, page, serve_web
from tests.publications import with_one_entry
from tests.terminal import terminal
from tests.transports.mail_server import MailServer, mail_server
from tests.web.serving import served

READERS = ["ann@example.net", "bob@example.net"]
NOT_ONLINE = "127.0.0.1 answered 404 Not Found"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """The mail server of the new user."""
    with mail_server() as server:
        yield server


@pytest.fixture
def web() -> Iterator[Server]:
    """The web host of the new user, without any page."""
    with serve_web() as server:
        yield server


def test_a_new_user_is_stopped_at_each_trap(run: Run, folder: Path, mail: MailServer, web: Server) -> None:
    """Each attempt to send names what is wrong, until the readers get the issue."""
    settings, issue = folder / "newsletter.yaml", folder / "issues/001.yaml"

    def edit(file: Path, old: str, new: str) -> None:
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def line(start: str) -> str:
        lines = settings.read_text().splitlines()
        return f"newsletter.yaml:{next(at for at, text in enumerate(lines, 1) if text.strip().startswith(start))}"

    def stopped(*options: str) -> str:
        shown = run("send", "001", "--yes", *options, code=1).stderr
        assert "Error: nothing was sent: the preflight found errors" in shown
        assert mail.received == []
        return shown

    run("init", ".", code=0)
    run("new-issue", code=0)
    issue.write_text(with_one_entry(issue.read_text(), "TODO: write why."))
    shown = stopped("--untested")
    assert "error    transport: no mail server is configured" in shown
    assert "Write in newsletter.yaml, below `delivery:`, `smtp: [{host: " in shown
    assert "error    audience: there are no active subscribers" in shown
    assert "Import your list with `newsletter subscribers import FILE`." in shown

    settings.write_text(
        f"{settings.read_text()}delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
    )
    (folder / "list.csv").write_text("email,status\n" + "".join(f"{reader},active\n" for reader in READERS))
    run("subscribers", "import", "list.csv", "--consent", "asked for it", code=0)
    shown = stopped("--untested")
    assert f"error    {line('site_url:')}: `site_url` still has its example value" in shown
    assert f"error    {line('email:')}: `from.email` still has its example value" in shown
    assert f"error    {line('postal_address:')}: `postal_address` still has its example value" in shown
    assert "error    check: 1 error" in shown
    assert "placeholder `TODO`" in shown

    edit(settings, "https://example.org/\n", f"{web.url}/\n")
    edit(settings, "news@example.org", "news@weekly-lens.org")
    edit(settings, "Street and number", "1 Lens Street")
    shown = stopped("--untested")
    assert shown.count("still has its example value") == 1
    assert f"error    {line('postal_address:')}: `postal_address` still has its example value" in shown
    edit(settings, "City, country", "Lens City")
    edit(issue, "TODO: write why.", "It shows how.")
    shown = stopped("--untested")
    assert "example value" not in shown
    assert "placeholder `TODO`" not in shown
    assert "error    unsubscribe: no way to unsubscribe is configured" in shown
    assert "Write in newsletter.yaml, below `delivery:`, `pages_url: https://…`" in shown

    settings.write_text(f"{settings.read_text()}  pages_url: {web.url}/pages/\n")
    shown = stopped("--untested")
    assert f"error    {line('pages_url:')}: subscribers cannot reach {web.url}/pages/ to unsubscribe" in shown
    # All servers of this test are on this machine.
    settings.write_text(f"{settings.read_text()}preflight: {{allow_private: true}}\n")
    shown = stopped("--untested")
    assert f"error    unsubscribe: `newsletter serve` does not answer at {web.url}/pages/ (status 404)" in shown

    with served(folder) as pages:
        pages.clock.now = time.time()
        edit(settings, f"{web.url}/pages/", pages.server.url)
        shown = stopped("--untested")
        assert f"pass     unsubscribe: {pages.server.url} answers" in shown
        assert f"error    online: the web page of the issue, {web.url}/001/: {NOT_ONLINE}" in shown
        assert f"error    online: the home page of the archive, {web.url}/: {NOT_ONLINE}" in shown
        assert "Publish it on the web first: `newsletter publish 001 --no-send`." in shown
        web.pages |= {"/": page("home"), "/001/": page("issue")}
        shown = stopped("--to", "tag:nobody")
        assert "error    audience: no subscriber matches tag:nobody" in shown
        shown = stopped()
        assert "error    test: the current content of 001 has not been tested" in shown
        assert "Send one and look at it: `newsletter send 001 --test ADDRESS`." in shown
        assert shown.count("error    ") == 1

        day = next(text for text in issue.read_text().splitlines() if text.startswith("date:"))
        edit(issue, day, "date: 2999-05-05")
        run("send", "001", "--test", "me@example.net", code=0)
        with terminal(folder, "send", "001") as shell:
            shell.wait_for("warning  issues/001.yaml:")
            shell.wait_for("Send to 2 subscribers now despite 1 warning?")
            shell.type("n\n")
            assert shell.finish() == 1
        assert "the issue is dated 2999-05-05, " in shell.shown
        edit(issue, "date: 2999-05-05", f"date: {datetime.now(UTC).date()}")
        assert [each.recipient for each in mail.received] == ["me@example.net"]

        mail.received.clear()
        assert "has not been tested" in stopped()
        run("send", "001", "--test", "me@example.net", code=0)
        run("send", "001", "--yes", code=0)
    assert sorted(each.recipient for each in mail.received[1:]) == READERS


def test_a_test_is_sent_after_the_list(run: Run, folder: Path, mail: MailServer) -> None:
    """`send --test` prints every error and sends the test anyway."""
    run("init", ".", code=0)
    run("new-issue", code=0)
    issue, settings = folder / "issues/001.yaml", folder / "newsletter.yaml"
    issue.write_text(with_one_entry(issue.read_text()))
    server = f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
    settings.write_text(settings.read_text() + server)
    shown = run("send", "001", "--test", "me@example.net", code=0).stderr
    assert shown.index("`from.email` still has its example value") < shown.index("Sent a test to me@example.net.")
    assert [each.recipient for each in mail.received] == ["me@example.net"]
