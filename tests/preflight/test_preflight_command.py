"""The preflight: what stops an issue before it is sent, and what only warns."""

import email
import email.policy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Result, Run
from tests.loopback import Reply, Server, page, serve_web
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.transports.mail_server import MailServer, mail_server
from tests.web.serving import served

DRAFT = ISSUE.replace("status: published", "status: draft")
# A publication that is not on a reserved domain.
REAL = PUBLICATION.replace("lens.example.org", "weekly-lens.org").replace("lens@example.org", "ann@weekly-lens.org")
REMOTE = "delivery:\n  smtp: [{host: smtp.weekly-lens.org}]\n"
PAGES = "  pages_url: https://weekly-lens.org/pages/\n"


def add_subscribers(run: Run, *addresses: str) -> None:
    """Add active subscribers."""
    for address in addresses:
        run("subscribers", "add", address, "--consent", "asked for it", code=0)


def results(run: Run, *arguments: str, code: int = 1) -> dict[str, tuple[str, str]]:
    """Run the preflight of issue 029 without the network. Returns state and message by subject."""
    output = json.loads(run("preflight", "029", "--offline", "--json", *arguments, code=code).stdout)
    return {each["about"]: (each["state"], each["message"]) for each in output["results"]}


@pytest.mark.parametrize(
    ("settings", "line", "domain"),
    [
        (REAL.replace("ann@weekly-lens.org", "ann@example.com"), 4, "example.com"),
        (REAL.replace("https://weekly-lens.org", "https://lens.test"), 2, "lens.test"),
        (REAL + REMOTE + "  pages_url: https://pages.invalid/\n", 10, "pages.invalid"),
    ],
)
def test_a_reserved_domain_is_an_error_at_its_line(
    run: Run, folder: Path, settings: str, line: int, domain: str
) -> None:
    """RFC 2606: nobody can be reached there."""
    settings += "" if "delivery" in settings else REMOTE + PAGES
    write_publication(folder, publication=settings, _029=DRAFT)
    state, message = results(run)[f"newsletter.yaml:{line}"]
    assert (state, message.partition(" is")[0]) == ("error", domain)


def test_a_reserved_domain_is_allowed_on_this_machine(run: Run, folder: Path) -> None:
    """With a server on loopback, no message leaves the machine."""
    local = "delivery:\n  smtp: [{host: 127.0.0.1, port: 2525, security: none}]\n"
    write_publication(folder, publication=PUBLICATION + local, _029=DRAFT)
    found = results(run)
    assert found["sender"][0] == "note"
    assert found["unsubscribe"][0] == "warning"


def test_a_relay_on_this_machine_may_reach_readers(run: Run, folder: Path) -> None:
    """With a real sender, a mail server on loopback is checked as any other: it may be Postfix."""
    relay = "delivery:\n  smtp: [{host: 127.0.0.1, port: 2525, security: none}]\n"
    write_publication(folder, publication=REAL + relay, _029=DRAFT)
    assert results(run)["unsubscribe"] == ("error", "no way to unsubscribe is configured")
    private = "http://127.0.0.1:9/"
    settings = REAL.replace("https://weekly-lens.org/", private) + relay + f"  pages_url: {private}\n"
    (folder / "newsletter.yaml").write_text(settings)
    assert results(run)["newsletter.yaml:10"] == ("error", f"subscribers cannot reach {private} to unsubscribe")
    shown = preflight(run, 1).stderr
    assert f"error    unsubscribe: cannot reach {private}: " in shown
    assert f"error    online: the web page of the issue, {private}029/: " in shown


@contextmanager
def lens(run: Run, folder: Path, mail: MailServer, pages_url: str) -> Iterator[Server]:
    """A publication whose site is a local web server, and which the preflight may request."""
    with serve_web() as web:
        web.pages |= {"/": page("home"), "/029/": page("issue")}
        settings = PUBLICATION.replace("https://lens.example.org/", f"{web.url}/")
        settings += f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
        settings += f"  pages_url: {pages_url or web.url + '/pages/'}\npreflight: {{allow_private: true}}\n"
        write_publication(folder, publication=settings, _029=DRAFT)
        yield web


def preflight(run: Run, code: int) -> Result:
    """Run the preflight of issue 029 with the network."""
    return run("preflight", "029", code=code)


def test_pages_that_do_not_run_are_an_error(run: Run, folder: Path) -> None:
    """A web server that answers every path with 200 is not `newsletter serve`."""
    with mail_server() as mail, serve_web() as other:
        with lens(run, folder, mail, "") as web:
            expected = f"`newsletter serve` does not answer at {web.url}/pages/ (status 404)"
            assert expected in preflight(run, 1).stderr
        with lens(run, folder, mail, f"{other.url}/"):
            other.pages = Everything()
            expected = f"`newsletter serve` does not answer at {other.url}/ (status 200)"
            assert expected in preflight(run, 1).stderr


class Everything(dict[str, Reply | Callable[[], Reply]]):
    """Pages of a server that has one for each path."""

    def get(self, _path: object, _default: object = None) -> Reply:
        return page("hello")


def test_pages_with_another_database_are_an_error(run: Run, folder: Path) -> None:
    """They do not know the links of this database; the pages of this database do."""
    with mail_server() as mail, served(folder / "other") as other, lens(run, folder, mail, other.server.url):
        assert "do not recognise the links of this database" in preflight(run, 1).stderr
    with mail_server() as mail, served(folder) as pages, lens(run, folder, mail, pages.server.url):
        pages.clock.now = time.time()
        assert f"pass     unsubscribe: {pages.server.url} answers" in preflight(run, 1).stderr


def test_the_pages_must_have_the_entries(run: Run, folder: Path) -> None:
    """Links to entries lead through them: pages without the issue, or with other entries of it, are an error."""
    settings = folder / "newsletter.yaml"
    other = folder / "other"
    with mail_server() as mail, served(other) as pages, lens(run, folder, mail, pages.server.url):
        settings.write_text(f"{settings.read_text()}clicks: true\n")
        missing = f"clicks: the pages at {pages.server.url} do not have issue 029: its links to entries would not work"
        assert missing in preflight(run, 1).stderr
        (other / "issues/029.yaml").write_text(DRAFT.replace("https://example.com/lenses", "https://example.com/old"))
        assert "have other entries of 029: some of its links would not work" in preflight(run, 1).stderr
        (other / "issues/029.yaml").write_text(DRAFT)
        assert "pass     clicks: the links to entries work" in preflight(run, 1).stderr


def test_everything_that_readers_open_must_be_online(run: Run, folder: Path) -> None:
    """A missing page, an image of the wrong type and a missing image are errors until they are online."""
    picture = Reply(b"\x89PNG", "image/png")
    with mail_server() as mail, lens(run, folder, mail, "") as web:
        issue = DRAFT.replace("      comment: |", f"      image: {web.url}/lens.png\n      comment: |")
        (folder / "issues/029.yaml").write_text(issue)
        del web.pages["/029/"]
        shown = preflight(run, 1).stderr
        assert f"online: the web page of the issue, {web.url}/029/: 127.0.0.1 answered 404 Not Found" in shown
        assert f"online: an image, {web.url}/lens.png: 127.0.0.1 answered 404 Not Found" in shown
        assert "newsletter publish 029" in shown
        web.pages |= {"/029/": page("issue"), "/lens.png": page("no picture")}
        shown = preflight(run, 1).stderr
        assert "expected image, found text/html" in shown
        web.pages["/lens.png"] = picture
        assert "pass     online: 1 image, the web page and the home page answered" in preflight(run, 1).stderr


def test_answers_are_kept_for_ten_minutes(run: Run, folder: Path) -> None:
    """A second preflight requests only the probe of the unsubscribe page."""
    with mail_server() as mail, lens(run, folder, mail, "") as web:
        preflight(run, 1)
        assert {"127.0.0.1/", "127.0.0.1/029/"} <= set(web.seen)
        web.seen.clear()
        preflight(run, 1)
        (probe,) = web.seen
        assert probe.startswith("127.0.0.1/pages/unsubscribe/")


def test_requests_are_limited_in_number(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images after the limit are counted in a warning, since nobody looked at them."""
    monkeypatch.setattr("newsletter.preflight.online.MAX_URLS", 3)
    with mail_server() as mail, lens(run, folder, mail, "") as web:
        pictures = "".join(f"        ![]({web.url}/{number}.png)\n\n" for number in range(3))
        (folder / "issues/029.yaml").write_text(DRAFT.replace("comment: |\n", f"comment: |\n{pictures}"))
        web.pages |= {f"/{number}.png": Reply(b"\x89PNG", "image/png") for number in range(3)}
        shown = preflight(run, 1).stderr
        assert "pass     online: 1 image, the web page and the home page answered" in shown
        assert "warning  online: 2 images were not requested, after the first 3" in shown
        assert len([path for path in web.seen if path.endswith(".png")]) == 1


def test_requests_are_limited_in_time(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers is an error, and the other checks still run."""
    monkeypatch.setattr("newsletter.preflight.online.MAX_SECONDS", 0.5)
    over = threading.Event()

    def held() -> Reply:
        over.wait(30)
        return page("late")

    with mail_server() as mail, lens(run, folder, mail, "") as web:
        web.pages["/029/"] = held
        shown = preflight(run, 1).stderr
        assert not over.is_set()
        over.set()
    assert "/029/: not all pages answered within 0.5 seconds" in shown
    assert "audience: " in shown


def test_images_that_refuse_head_are_requested_with_get(run: Run, folder: Path) -> None:
    """Many servers do not support HEAD."""
    picture = iter([Reply(status=405), Reply(b"\x89PNG", "image/png")])
    with mail_server() as mail, lens(run, folder, mail, "") as web:
        issue = DRAFT.replace("      comment: |", f"      image: {web.url}/lens.png\n      comment: |")
        (folder / "issues/029.yaml").write_text(issue)
        web.pages["/lens.png"] = lambda: next(picture)
        assert "pass     online: 1 image, the web page and the home page answered" in preflight(run, 1).stderr


@pytest.mark.parametrize(
    ("comment", "state", "count"),
    [("", "error", "1 error, 1 warning"), ("  # check: ignore=placeholder", "warning", "1 warning")],
)
def test_a_placeholder_in_the_issue_is_an_error(run: Run, folder: Path, comment: str, state: str, count: str) -> None:
    """`check` only warns of it. It can be ignored like any rule."""
    issue = DRAFT.replace("      comment: |\n", f"      comment: |{comment}\n        TODO: explain it.\n")
    write_publication(folder, publication=REAL + REMOTE + PAGES, _029=issue)
    assert results(run)["check"] == (state, count)


def test_offline_is_one_warning(run: Run, folder: Path) -> None:
    """Nothing is requested."""
    with mail_server() as mail, lens(run, folder, mail, "") as web:
        found = results(run)
        assert found["online"][0] == "warning"
        assert web.seen == []


def test_a_date_in_the_future_is_a_warning(run: Run, folder: Path) -> None:
    """More than a day ahead; it needs a yes."""
    write_publication(folder, publication=REAL + REMOTE + PAGES, _029=DRAFT.replace("2024-05-05", "2999-05-05"))
    state, message = results(run)["issues/029.yaml:2"]
    assert state == "warning"
    assert message.startswith("the issue is dated 2999-05-05, ")


def test_warnings_of_check_are_counted_and_five_are_shown(run: Run, folder: Path) -> None:
    """Each error is shown, and the command for the others."""
    comment = "\n".join(
        f"        The the {word}.\n" for word in ("one", "two", "three", "four", "five", "six", "seven")
    )
    issue = DRAFT.replace("        A lens is *ground* before it is polished.\n", comment)
    write_publication(folder, publication=REAL + REMOTE + PAGES, _029=issue)
    output = json.loads(run("preflight", "029", "--offline", "--json", code=1).stdout)
    (check,) = [each for each in output["results"] if each["about"] == "check"]
    assert (check["state"], check["message"]) == ("warning", "8 warnings")
    assert len(check["problems"]) == 5
    assert check["advice"] == "Run `newsletter check 029` to see all."


def test_an_audience_that_grew_too_much_is_a_warning(run: Run, folder: Path) -> None:
    """More than twice the recipients of the last campaign of another issue."""
    with mail_server() as mail:
        local = f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
        write_publication(folder, publication=PUBLICATION + local, _028=DRAFT, _029=DRAFT)
        add_subscribers(run, "ann@example.net", "bob@example.net")
        run("send", "028", "--yes", "--untested", code=0)
        add_subscribers(run, "cid@example.net", "dee@example.net")
        assert results(run)["audience"] == ("pass", "4 subscribers")
        add_subscribers(run, "eve@example.net")
        assert results(run)["audience"] == ("warning", "5 subscribers, more than twice the 2 of the last campaign")


def test_an_empty_audience_says_why(run: Run, folder: Path) -> None:
    """No subscriber matches the filter, or all have the issue."""
    with mail_server() as mail:
        local = f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
        write_publication(folder, publication=PUBLICATION + local, _029=DRAFT)
        add_subscribers(run, "ann@example.net", "bob@example.net")
        assert results(run, "--to", "tag:nobody")["audience"] == ("error", "no subscriber matches tag:nobody")
        run("send", "029", "--yes", "--untested", code=0)
        assert results(run)["audience"] == ("error", "all 2 matching subscribers already received 029")


def test_a_renamed_issue_breaks_links_that_were_sent(run: Run, folder: Path) -> None:
    """Until an issue has the old slug as an alias."""
    with mail_server() as mail:
        local = f"delivery:\n  smtp: [{{host: 127.0.0.1, port: {mail.port}, security: none}}]\n"
        write_publication(folder, publication=PUBLICATION + local, _028=ISSUE, _029=DRAFT.replace("r: 1", "r: 2"))
        add_subscribers(run, "ann@example.net")
        run("send", "028", "--yes", "--untested", "--unrecorded", code=0)
        assert "sent links" not in results(run)
        (folder / "issues/028.yaml").rename(folder / "issues/lens.yaml")
        state, message = results(run)["sent links"]
        assert state == "warning"
        assert message.startswith("028 was sent on ")
        assert message.endswith(", but no issue has this slug any more: its links break")
        (folder / "issues/lens.yaml").write_text(ISSUE.replace("number: 1\n", "number: 1\naliases: [028]\n"))
        assert "sent links" not in results(run)


def test_unsubscribing_by_mail_needs_a_mailbox_that_is_read(run: Run, folder: Path) -> None:
    """`delivery.unsubscribe` must be the mailbox of `delivery.bounces`; Gmail and Yahoo ask for one click, too."""
    mailto = REMOTE + "  unsubscribe: mailto:leave@weekly-lens.org\n"
    write_publication(folder, publication=REAL + mailto, _029=DRAFT)
    state, message = results(run)["newsletter.yaml:10"]
    assert (state, message) == ("error", "`newsletter bounces` does not read mail to leave@weekly-lens.org")
    mailbox = "  bounces: {imap: {host: imap.weekly-lens.org, username: leave@weekly-lens.org}}\n"
    (folder / "newsletter.yaml").write_text(REAL + mailto + mailbox)
    state, message = results(run)["unsubscribe"]
    assert state == "warning"
    assert "Gmail and Yahoo" in message


def test_the_visible_link_is_a_mailto(run: Run, folder: Path) -> None:
    """Without `pages_url`, HTML, text part and header have the mail address, and no one-click field."""
    settings = "delivery: {transport: folder, folder: outbox, unsubscribe: 'mailto:leave@example.org'}\n"
    write_publication(folder, publication=PUBLICATION + settings, _029=DRAFT)
    run("send", "029", "--test", "me@example.net", code=0)
    (file,) = (folder / "outbox").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    header = str(message["List-Unsubscribe"])
    assert header.startswith("<mailto:leave@example.org?subject=unsubscribe%20")
    assert message["List-Unsubscribe-Post"] is None
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part
        assert header.strip("<>") in part.get_content()
    run("check", "029", "--only", "email", code=0)
