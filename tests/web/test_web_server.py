"""The pages as a service: error pages, the access log, the mail queue, and the archive."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, true, update

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.states import EventKind, MailKind
from newsletter.database.tables import delivery, event, transactional_mail
from newsletter.errors import AccessError, NewsletterError, NotFoundError
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.mail.mail_queue import LEASE, claim_mail, due_mail, next_due_at, request_mail
from newsletter.mail.queue_worker import RETRY_WAITS
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import DAY, request_subscription
from newsletter.subscribers.events import record_event
from newsletter.text.email_address import check_address
from newsletter.web.web_server import check_archive
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.transports.mail_server import mail_server
from tests.web.serving import DELIVERY, Clock, Pages, link, served, text_of

ANN = {"email": "ann@example.org"}
UNSIGNED = "delivery: {transport: folder, dkim: {domain: example.org, selector: s}}\n"


def test_every_page_has_strict_headers(pages: Pages) -> None:
    """Strict headers, no script, no cookie, and nothing from other sites."""
    pages.subscribed()
    paths = ["subscribe", "nothing/here", "confirm/x", "unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE)]
    for path in [*paths, "preferences/" + pages.token(Purpose.PREFERENCES)]:
        answer = pages.get(f"/{path}")
        assert answer.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; img-src data:"
        )
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert "src=" not in answer.text
    style = pages.get("/pages.css")
    assert (style.status, "url(" in style.text, "immutable" in style.headers["cache-control"]) == (200, False, True)


def test_a_locked_database_is_a_503_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is only in the log. Once the lock is released, the pages work again."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", "sqlite:///newsletter.db?timeout=0.05")
    with served(tmp_path) as pages:
        pages.subscribed()
        path = "/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE)
        other = sqlite3.connect(tmp_path / "newsletter.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = pages.post(path)
        assert (answer.status, answer.heading) == (503, "Something went wrong")
        assert "locked" not in answer.text
        assert "is locked by another program" in str(pages.logged("error")["traceback"])
        other.execute("ROLLBACK")
        other.close()
        assert pages.post(path).status == 200


def test_a_broken_database_is_not_ready(pages: Pages) -> None:
    """`health` reports the process and `ready` the database. The log contains the error, but no address."""
    assert [pages.get(path).status for path in ("/health", "/ready")] == [200, 200]
    with pages.context.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE subscriber_tag")
        connection.exec_driver_sql("ALTER TABLE subscriber RENAME TO other")
    assert [pages.get(path).status for path in ("/health", "/ready")] == [200, 503]
    assert pages.post("/subscribe", ANN).status == 503
    fault = str(pages.logged("error"))
    assert "no such table" in fault
    assert "ann@" not in fault


def test_too_large_or_invalid_requests_are_rejected(pages: Pages) -> None:
    """Bodies, methods and the number of fields are limited."""
    assert pages.post("/subscribe", b"x" * 100_000).status == 413
    assert pages.ask("DELETE", "/subscribe", b"", {}).status == 405
    assert pages.post("/subscribe", "&".join(f"a{n}=1" for n in range(50)).encode()).status == 400
    assert pages.get("/health").status == 200


def test_the_access_log_contains_no_address(pages: Pages) -> None:
    """Each request is a line of JSON without address, network or token."""
    path = pages.subscribed()
    pages.get(path + "/extra")
    pages.post("/subscribe", {"email": "no address at all, ann@example.org"})
    lines: list[str] = []
    requests: list[dict[str, object]] = []
    # The response is sent before its line is written.
    while [line["page"] for line in requests[-2:]] != ["none", "subscribe"]:
        lines.append(pages.log.get(timeout=20))
        requests = [line for line in map(json.loads, lines) if line["event"] == "request"]
    assert {"at", "level", "event", "said", "method", "status", "ms", "page", "network"} <= set(requests[-1])
    for secret in ("ann@", "example.org", "127.0.0.1", path.rpartition("/")[2]):
        assert secret not in "".join(lines)


def _smtp(port: int) -> str:
    return PUBLICATION + f"delivery: {{smtp: [{{host: 127.0.0.1, port: {port}, security: none}}]}}\n"


def test_mail_that_fails_is_only_logged(tmp_path: Path) -> None:
    """The visitor sees the usual page, each attempt is logged, and no event records a mail."""
    with socket.socket() as closed, served(tmp_path, _smtp(_bound(closed)), waits=(0, 0)) as pages:
        assert pages.post("/subscribe", ANN).heading == "Check your inbox"
        lines = [pages.logged("mail") for _ in range(3)]
        assert [(line["verdict"], line["again"]) for line in lines] == [("unsent", True)] * 2 + [("unsent", False)]
        assert [event.kind for event in pages.events()] == [EventKind.ASKED]


def test_waiting_mail_is_sent_by_the_next_process(tmp_path: Path) -> None:
    """Mail is sent by a later process within a day, and only once."""
    clock = Clock()
    with socket.socket() as closed, served(tmp_path, _smtp(_bound(closed)), clock=clock) as pages:
        pages.post("/subscribe", ANN)
        pages.logged("mail")
    (tmp_path / "newsletter.yaml").write_text(PUBLICATION + DELIVERY)
    clock.now += 3600
    with served(tmp_path, clock=clock) as pages:
        path = link(text_of(pages.next_mail()))
        assert pages.post(path).status == 200
    clock.now += 60
    with served(tmp_path, clock=clock) as pages:
        pages.post("/subscribe", {"email": "bob@example.org"})
        assert pages.next_mail()["To"] == "bob@example.org"


def test_a_server_that_hangs_does_not_delay_other_mail(tmp_path: Path) -> None:
    """Other mail is sent through the second server, as is the first server's mail when that one hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as hanging, mail_server() as server:
        hanging.settimeout(20)
        ports = (hanging.getsockname()[1], server.port)
        servers = ", ".join(f"{{host: 127.0.0.1, port: {port}, security: none}}" for port in ports)
        with served(tmp_path, PUBLICATION + f"delivery: {{smtp: [{servers}]}}\n", waits=(0,)) as pages:
            pages.post("/subscribe", ANN)
            connection, _ = hanging.accept()
            for name in ("bob", "eve"):
                pages.post("/subscribe", {"email": f"{name}@example.org"})
                assert pages.logged("mail")["verdict"] == "accepted"
            connection.close()
            assert [pages.logged("mail")["verdict"] for _ in range(2)] == ["unsent", "accepted"]
        assert [message.recipient for message in server.received] == [
            f"{name}@example.org" for name in ("bob", "eve", "ann")
        ]


@pytest.mark.parametrize("sent", [False, True])
def test_a_waiting_welcome_is_sent_by_the_next_process(tmp_path: Path, sent: bool) -> None:
    """It is sent once, and not after an issue was sent to the subscriber meanwhile."""
    clock = Clock()
    welcoming = DELIVERY.replace("{", "{welcome: true, ", 1)
    write_publication(tmp_path, first=ISSUE)
    settings = tmp_path / "newsletter.yaml"
    settings.write_text(PUBLICATION + welcoming)
    with served(tmp_path, clock=clock) as pages:
        pages.post("/subscribe", ANN)
        path = link(text_of(pages.next_mail()))
    with socket.socket() as closed:
        settings.write_text(_smtp(_bound(closed)).replace("{", "{welcome: true, ", 1))
        with served(tmp_path, clock=clock) as pages:
            assert pages.post(path).status == 200
            assert pages.logged("mail")["kind"] == "welcome"
            ann = pages.subscriber()
            assert ann
            if sent:
                with pages.context.database.write() as connection:
                    begun = NewCampaign("first", "", "", "", "", True, int(clock.now))
                    id = create_campaign(connection, begun, true())
                    mine = delivery.c.campaign_id == id
                    connection.execute(update(delivery).where(mine).values(attempted_at=int(clock.now)))
    settings.write_text(PUBLICATION + welcoming)
    clock.now += 3600
    with served(tmp_path, clock=clock) as pages:
        if not sent:
            assert pages.next_mail()["Subject"].startswith("Welcome! ")
    with served(tmp_path, clock=clock) as pages:
        pages.post("/subscribe", {"email": "bob@example.org"})
        assert pages.next_mail()["To"] == "bob@example.org"


def test_a_failed_mail_is_tried_again_after_1_5_and_20_minutes_and_then_each_hour(tmp_path: Path) -> None:
    """Not earlier; `again` is true during the first three retries. The server's reply is stored."""
    with socket.socket() as closed, served(tmp_path, _smtp(_bound(closed)), waits=RETRY_WAITS) as pages:
        pages.post("/subscribe", ANN)
        again = []
        for attempt, wait in enumerate((60, 300, 1200, 3600, 3600), 1):
            again.append(pages.logged("mail")["again"])
            now = int(pages.clock.now)
            with pages.context.database.read() as connection:
                assert next_due_at(connection) == now + wait
                assert due_mail(connection, now + wait - 1) == []
                (row,) = connection.execute(select(transactional_mail)).all()
            assert (row.attempts, row.claimed_at, row.sent_at) == (attempt, None, None)
            assert "cannot be reached" in row.last_error
            pages.clock.now += wait
            pages.context.mail_queue.wake()
        assert again == [True, True, True, False, False]


def test_mail_expires_after_a_day(tmp_path: Path) -> None:
    """Mail that was not sent within a day of its request is not sent later."""
    clock = Clock()
    with socket.socket() as closed, served(tmp_path, _smtp(_bound(closed)), clock=clock) as pages:
        pages.post("/subscribe", ANN)
        pages.logged("mail")
    (tmp_path / "newsletter.yaml").write_text(PUBLICATION + DELIVERY)
    clock.now += DAY
    with served(tmp_path, clock=clock) as pages:
        pages.post("/subscribe", {"email": "bob@example.org"})
        assert pages.next_mail()["To"] == "bob@example.org"
        with pages.context.database.read() as connection:
            states = connection.execute(select(transactional_mail.c.state).order_by(transactional_mail.c.id)).scalars()
            assert list(states) == ["cancelled", "sent"]


def test_a_request_and_its_mail_are_written_together(pages: Pages) -> None:
    """If the mail cannot be queued, nothing is stored."""
    with pages.context.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE transactional_mail RENAME TO other")
    assert pages.post("/subscribe", ANN).status == 503
    assert pages.subscriber() is None


def test_only_one_of_two_workers_sends_a_mail(tmp_path: Path) -> None:
    """A mail that another worker has sent is not sent again."""
    with served(tmp_path) as one, served(tmp_path) as other:
        one.post("/subscribe", ANN)
        assert one.next_mail()["To"] == other.next_mail()["To"] == "ann@example.org"  # both logs have each line
        other.context.mail_queue.wake()
        other.post("/subscribe", {"email": "bob@example.org"})
        assert other.next_mail()["To"] == "bob@example.org"
        assert [event.detail for event in one.events() if event.kind is EventKind.WRITTEN] == ["confirm: accepted"]


def test_mail_that_a_killed_process_had_claimed_is_sent_after_its_lease(tmp_path: Path) -> None:
    """It is sent once, an hour later, by the process that runs then."""
    with served(tmp_path) as pages:
        with pages.context.database.write() as connection:
            now = int(pages.clock.now)
            ann = request_subscription(connection, check_address("ann@example.org"), "", "a page", now).subscriber_id
            request_mail(connection, MailKind.CONFIRMATION, ann, "en", now)
            (id,) = due_mail(connection, now)
            assert claim_mail(connection, id, now)
        pages.clock.now += LEASE
        pages.post("/subscribe", {"email": "bob@example.org"})
        assert pages.next_mail()["To"] == "bob@example.org"
        pages.clock.now += 1
        pages.context.mail_queue.wake()
        assert pages.next_mail()["To"] == "ann@example.org"
        pages.post("/subscribe", {"email": "eve@example.org"})
        assert pages.next_mail()["To"] == "eve@example.org"


def test_the_language_of_a_request_outlives_the_process(tmp_path: Path) -> None:
    """Mail that the next process sends is in the language of the page."""
    clock = Clock()
    with socket.socket() as closed, served(tmp_path, _smtp(_bound(closed)), clock=clock) as pages:
        pages.post("/subscribe", ANN, accept_language="ja")
        pages.logged("mail")
    (tmp_path / "newsletter.yaml").write_text(PUBLICATION + DELIVERY)
    with served(tmp_path, clock=clock) as pages:
        assert pages.next_mail()["Subject"] == "The Weekly Lens の購読を確認してください"


def _bound(listener: socket.socket) -> int:
    """A port at which no server listens."""
    listener.bind(("127.0.0.1", 0))
    return int(listener.getsockname()[1])


def test_an_unconfirmed_subscriber_is_deleted_after_a_week(tmp_path: Path) -> None:
    """Subscribers who confirmed, or were imported as pending, stay."""
    clock = Clock()
    with served(tmp_path, clock=clock) as pages:
        pages.subscribed("bob@example.org")
        for name in ("ann", "eve"):
            pages.post("/subscribe", {"email": f"{name}@example.org"})
            pages.next_mail()
        eve = pages.subscriber("eve@example.org")
        assert eve
        with pages.context.database.write() as connection:
            record_event(connection, eve.id, EventKind.IMPORTED, int(clock.now))
    clock.now += 8 * 24 * 3600
    with served(tmp_path, clock=clock) as pages:
        assert pages.logged("unconfirmed removed")["unconfirmed"] == 1
        assert [bool(pages.subscriber(f"{name}@example.org")) for name in ("ann", "bob", "eve")] == [False, True, True]


def test_a_clock_that_is_years_ahead_removes_no_subscriber(tmp_path: Path) -> None:
    """If the last event is more than a month ago, the clock may be wrong, and no subscriber is deleted."""
    clock = Clock()
    with served(tmp_path, clock=clock) as pages:
        pages.post("/subscribe", ANN)
        path = link(text_of(pages.next_mail()))
    clock.now += 5 * 365 * DAY
    with served(tmp_path, clock=clock) as pages:
        # Writes are made in order, so the removal has run when this request is answered.
        pages.post("/subscribe", {"email": "eve@example.org"})
        assert pages.subscriber()
    clock.now -= 5 * 365 * DAY
    with served(tmp_path, clock=clock) as pages:
        assert pages.post(path).status == 200


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder like that of a built archive."""
    folder = tmp_path / "site"
    (folder / "first").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Home</h1>")
    (folder / "first/index.html").write_text("<h1>First</h1>")
    (folder / "404.html").write_text("<h1>Missing</h1>")
    (folder / ".state").write_text("secret")
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    return folder


def test_the_archive_is_served_below_the_pages(tmp_path: Path, archive: Path) -> None:
    """Hidden and outside files are not served, and no file hides a public page."""
    with served(tmp_path / "lens", archive=archive) as pages:
        assert [pages.get(path).heading for path in ("/", "/first/", "/none/")] == ["Home", "First", "Missing"]
        assert "wasm-unsafe-eval" in pages.get("/first/").headers["content-security-policy"]
        for path in ("/.state", "/out", "/../secret", "/%2e%2e/secret", "/first/../../secret"):
            assert "secret" not in pages.get(path).text
        (archive / "subscribe").mkdir()
        (archive / "subscribe/index.html").write_text("<h1>Shadow</h1>")
        assert pages.get("/subscribe/").heading == "Subscribe"


def test_an_archive_with_a_page_at_a_public_path_is_rejected(tmp_path: Path, archive: Path) -> None:
    """A folder without an archive is rejected, too."""
    publication = Workspace(write_publication(tmp_path / "lens")).publication
    check_archive(archive, publication)
    (archive / "ready").mkdir()
    with pytest.raises(AccessError, match="a page `ready`"):
        check_archive(archive, publication)
    with pytest.raises(NotFoundError, match="is not a built archive"):
        check_archive(archive / "first/none", publication)


def test_the_pages_are_at_the_path_of_the_settings(tmp_path: Path, archive: Path) -> None:
    """Below the path of `delivery.pages_url`, links and forms too; the archive below that of `site_url`."""
    publication = (PUBLICATION + DELIVERY.replace("{", "{pages_url: https://p.example/in/out/, ", 1)).replace(
        "https://lens.example.org/", "https://lens.example.org/lens/"
    )
    with served(tmp_path / "lens", publication, archive=archive) as pages:
        form = pages.get("/in/out/subscribe").text
        assert 'action="/in/out/subscribe"' in form
        assert 'href="/in/out/pages.css?v=' in form
        assert pages.get("/subscribe").status == 404
        assert pages.get("/lens/first/").heading == "First"
        pages.post("/in/out/subscribe", ANN)
        assert pages.post(link(text_of(pages.next_mail()))).heading == "You’re subscribed"


def test_one_bad_write_does_not_undo_the_others(tmp_path: Path) -> None:
    """Writes that share a transaction succeed or fail by themselves."""

    def bad(_: Connection) -> None:
        raise NewsletterError("no")

    def good(kind: str) -> Callable[[Connection], None]:
        return lambda connection: connection.exec_driver_sql(
            "INSERT INTO suppression (digest, reason, since) VALUES (?, 'author', 0)", (kind.encode(),)
        ).close()

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        writer = GroupCommitWriter(database)
        done = [writer.write(work) for work in (good("a"), bad, good("b"), bad, good("c"))]
        writer.close()
        assert [type(one.exception()) for one in done] == [
            type(None),
            NewsletterError,
            type(None),
            NewsletterError,
            type(None),
        ]
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM suppression").scalar() == 3
            assert connection.execute(select(event.c.id)).all() == []


def test_a_cancelled_write_is_skipped(tmp_path: Path) -> None:
    """The writes after it are done."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Connection) -> None:
        begun.set()
        go_on.wait(20)

    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database:
        writer = GroupCommitWriter(database)
        first = writer.write(slow)
        assert begun.wait(20)
        gone, last = writer.write(slow), writer.write(lambda _: "done")
        assert gone.cancel()
        go_on.set()
        assert (first.result(20), last.result(20)) == (None, "done")
        writer.close()


def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    """It prints its URL, logs JSON, and stops cleanly on SIGTERM."""
    write_publication(tmp_path, publication=PUBLICATION + DELIVERY)
    command = [sys.executable, "-m", "newsletter", "-C", str(tmp_path), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[0]
        assert url.startswith("http://127.0.0.1:")
        urllib.request.urlopen(f"{url.rstrip('/')}/subscribe").close()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["request"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: (root / "newsletter.yaml").write_text(PUBLICATION), "`delivery.smtp` is missing"),
        (lambda root: _template(root, "question.html", "{{ missing }}"), "question.html"),
        (lambda root: (root / "newsletter.yaml").write_text(PUBLICATION + UNSIGNED), "not a private key"),
        (lambda root: (root / "newsletter.db").write_bytes(b"no database" * 1000), "newsletter.db is not a database"),
    ],
)
def test_invalid_settings_are_an_error_before_it_serves(
    tmp_path: Path, run: Run, spoil: Callable[[Path], object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing server, a broken template, an invalid key or database: one message, exit 1."""
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", "none")
    write_publication(tmp_path, publication=PUBLICATION + DELIVERY)
    spoil(tmp_path)
    done = run("serve", "--port", "0", code=1)
    assert message in done.stderr


def _template(root: Path, name: str, text: str) -> None:
    (root / "templates/pages").mkdir(parents=True)
    (root / "templates/pages" / name).write_text(text)


def test_a_port_in_use_is_an_error(run: Run, folder: Path) -> None:
    """The message contains the port and what to do."""
    write_publication(folder, publication=PUBLICATION + DELIVERY)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run("serve", "--port", str(other.getsockname()[1]), code=1)
    assert "is already in use" in done.stderr
