"""The links to entries: where they lead, and what is counted, logged and stored."""

import asyncio
import io
import json
import os
import signal
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import true, update

from newsletter.clicks.counter import Click
from newsletter.clicks.entry_links import url_name
from newsletter.clicks.read_counts import EntryClicks, count_clicks
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.web.access_log import access_log
from newsletter.web.click_counts import ClickCounts
from newsletter.web.startup import pages_context
from newsletter.workspace.workspace import Workspace
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.web.running import LOG, running
from tests.web.serving import Clock, Pages, served

SETTINGS = "delivery: {transport: folder, folder: outbox, pages_url: https://lens.example.org/}\nclicks: true\n"
CLICKS = PUBLICATION + SETTINGS
SECOND = ISSUE + "    - {title: Sand, url: 'https://example.com/sand?a=1#b', comment: On sand.}\n"
LENSES = "https://example.com/lenses?utm_campaign=1&utm_medium=email&utm_source=newsletter"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Run until the test ends, with an issue of two entries."""
    write_publication(tmp_path, publication=CLICKS, _1=SECOND)
    with served(tmp_path) as pages:
        yield pages


def stored(root: Path, *slugs: str) -> list[EntryClicks]:
    with Database.open(f"sqlite:///{root / 'newsletter.db'}") as database, database.read() as connection:
        return count_clicks(connection, slugs or ("1",))


def test_a_link_leads_to_its_entry(pages: Pages) -> None:
    """With campaign parameters, no caching, no referrer, and not for search engines."""
    answer = pages.get("/go/1/lens")
    assert (answer.status, answer.text) == (302, "")
    assert answer.headers["location"] == LENSES
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    named = pages.get(f"/go/1/{url_name('https://example.com/sand?a=1#b')}")
    assert named.headers["location"].startswith("https://example.com/sand?a=1&utm_campaign=1&")
    assert named.headers["location"].endswith("#b")
    assert pages.ask("HEAD", "/go/1/lens", b"", {}).headers["location"] == LENSES
    assert pages.post("/go/1/lens").status == 405


@pytest.mark.parametrize(
    ("issue", "location"),
    [
        (ISSUE, "https://lens.example.org/1/"),
        (f"canonical_url: https://other.example.org/one\n{ISSUE}", "https://other.example.org/one"),
        (ISSUE.replace("published", "draft"), "https://lens.example.org/"),
        ("not: [a, list", "https://lens.example.org/1/"),
    ],
)
def test_an_unknown_entry_leads_to_the_issue(issue: str, location: str, tmp_path: Path) -> None:
    """To its main address, or the home page for a draft. A file that cannot be read is an issue, too."""
    write_publication(tmp_path, publication=CLICKS, _1=issue)
    with served(tmp_path) as pages:
        answer = pages.get("/go/1/unknown")
        assert (answer.status, answer.headers["location"]) == (302, location)
        assert pages.logged("request")["outcome"] == "unknown entry"
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    "path", ["/go/2/lens", "/go/..%2f..%2fnewsletter/lens", "/go/site/lens", "/go/%00/lens", "/go/a.b/x"]
)
def test_an_unknown_issue_is_a_page_with_a_link_to_the_archive(path: str, pages: Pages) -> None:
    """It is no redirect, whatever stands in the path."""
    for _ in range(2):
        answer = pages.get(path)
        assert answer.status == 404
        assert answer.heading == "Page not found"
        assert '<a href="https://lens.example.org/">All issues</a>' in answer.text
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "//evil.example/", "ftp://example.com/", "https://", "x y"),
        *("https://日本..jp/", f"https://{'日' * 64}.jp/"),
    ],
)
def test_only_web_addresses_are_destinations(url: str, tmp_path: Path) -> None:
    """Whatever stands in the file, a link leads to an http or https URL, whose host can be encoded."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE.replace("https://example.com/lenses", f'"{url}"'))
    with served(tmp_path) as pages:
        for name in ("lens", url_name(url)):
            assert pages.get(f"/go/1/{name}").headers["location"] == "https://lens.example.org/1/"


def test_nothing_in_a_request_is_a_destination(pages: Pages) -> None:
    """Neither the query, nor the Host header, nor a URL in place of a name."""
    evil = "https://evil.example/"
    assert pages.get(f"/go/1/lens?url={evil}", Host="evil.example").headers["location"] == LENSES
    assert pages.get("/go/1/https%3A%2F%2Fevil.example%2F").status in (302, 404)
    assert "evil" not in pages.get("/go/1/evil.example", Host="evil.example").headers["location"]


def test_a_url_in_other_scripts_is_encoded(tmp_path: Path) -> None:
    """Header fields are ASCII."""
    write_publication(
        tmp_path,
        publication=CLICKS,
        _1=ISSUE.replace("https://example.com/lenses", "https://bücher.example/窗é"),
    )
    with served(tmp_path) as pages:
        location = pages.get("/go/1/lens").headers["location"]
    assert location.startswith("https://xn--bcher-kva.example/%E7%AA%97%C3%A9?utm_campaign=1&")


def test_no_edit_leads_a_link_to_another_entry(tmp_path: Path) -> None:
    """After an entry is moved, edited or deleted, its link leads to its URL or to the issue."""
    write_publication(tmp_path, publication=CLICKS, _1=SECOND)
    sand = f"/go/1/{url_name('https://example.com/sand?a=1#b')}"
    path = tmp_path / "issues/1.yaml"
    with served(tmp_path) as pages:

        def leads(link: str) -> str:
            return pages.get(link).headers["location"].partition("?")[0]

        assert (leads("/go/1/lens"), leads(sand)) == ("https://example.com/lenses", "https://example.com/sand")
        new = "    - {title: Sand, url: 'https://example.com/new', comment: On sand.}\n"
        path.write_text(
            SECOND.replace("  featured:\n    - id", f"  featured:\n{new}    - id").replace("How lenses", "Why lenses")
        )
        assert (leads("/go/1/lens"), leads(sand)) == ("https://example.com/lenses", "https://example.com/sand")
        path.write_text(SECOND.replace("{title: Sand,", "{id: sand, title: Sand,"))
        assert (leads("/go/1/sand"), leads(sand)) == ("https://example.com/sand", "https://example.com/sand")
        path.write_text(SECOND.replace("example.com/lenses", "example.com/corrected"))
        assert leads("/go/1/lens") == "https://example.com/corrected"
        path.write_text(ISSUE)
        assert (leads("/go/1/lens"), leads(sand)) == ("https://example.com/lenses", "https://lens.example.org/1/")
        path.write_text("broken: [")
        assert leads("/go/1/lens") == "https://example.com/lenses"


def test_a_renamed_issue_keeps_its_links(tmp_path: Path) -> None:
    """By its alias. A new issue with the old slug takes it over."""
    write_publication(tmp_path, publication=CLICKS, lenses=f"aliases: ['1']\n{ISSUE}")
    with served(tmp_path) as pages:
        assert pages.get("/go/1/lens").headers["location"].startswith("https://example.com/lenses?utm_campaign=lenses&")
        write_publication(tmp_path, publication=CLICKS, _1=ISSUE.replace("com/lenses", "com/second"))
        assert pages.get("/go/1/lens").headers["location"].startswith("https://example.com/second?")


def test_a_renamed_issue_keeps_its_links_while_it_cannot_be_read(tmp_path: Path) -> None:
    """By its alias, also after the list of aliases was read again, and if only the new slug was asked for before."""
    renamed = f"aliases: ['1', '2']\n{ISSUE}"
    write_publication(tmp_path, publication=CLICKS, lenses=renamed)
    with served(tmp_path) as pages:
        timer = [0.0]
        pages.context.timer = lambda: timer[0]
        for slug in ("1", "lenses"):
            assert pages.get(f"/go/{slug}/lens").headers["location"].startswith("https://example.com/lenses?")
        (tmp_path / "issues/lenses.yaml").write_text("broken: [")
        for later in (0.0, 6.0, 6.0):
            timer[0] += later
            assert pages.get("/go/unknown/lens").status == 404
            for slug in ("1", "2", "lenses"):
                assert pages.get(f"/go/{slug}/lens").headers["location"].startswith("https://example.com/lenses?")
        (tmp_path / "issues/lenses.yaml").unlink()
        timer[0] += 6
        for slug in ("1", "2", "lenses"):
            assert pages.get(f"/go/{slug}/lens").status == 404


def test_a_rename_is_known_at_once(tmp_path: Path) -> None:
    """The list of aliases is read again when a file of the folder was created or renamed."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE)
    with served(tmp_path) as pages:
        pages.context.timer = lambda: 0.0
        for path in ("/go/1/lens", "/go/unknown/lens"):
            pages.get(path)
        issues = tmp_path / "issues"
        (issues / "lenses.yaml").write_text(f"aliases: ['1']\n{ISSUE}")
        (issues / "1.yaml").unlink()
        assert pages.get("/go/1/lens").headers["location"].startswith("https://example.com/lenses?")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/go/1/lens/", LENSES),
        ("/go/1/lens%2f", LENSES),
        ("/go/1/", "https://lens.example.org/1/"),
        ("/go/1", "https://lens.example.org/1/"),
        ("/go/1/lens/more", "https://lens.example.org/1/"),
    ],
)
@pytest.mark.parametrize("with_archive", [False, True])
def test_a_damaged_link_leads_to_the_entry_or_the_issue(
    path: str, location: str, with_archive: bool, tmp_path: Path
) -> None:
    """It has a slash at its end, more parts, or no entry. Its line in the log has nothing about the reader, either."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE)
    (tmp_path / "site").mkdir()
    with served(tmp_path, archive=tmp_path / "site" if with_archive else None) as pages:
        answer = pages.get(path)
        assert (answer.status, answer.headers.get("location")) == (302, location)
        line = pages.logged("request")
        assert line["page"] == "go"
        assert "network" not in line


def test_links_work_without_the_setting_and_count_nothing(tmp_path: Path) -> None:
    """Mail that was sent with it is still read after it was turned off."""
    write_publication(tmp_path, publication=CLICKS.replace("clicks: true", "clicks: false"), _1=ISSUE)
    with served(tmp_path) as pages:
        assert pages.get("/go/1/lens", User_Agent=FIREFOX).headers["location"] == LENSES
    assert stored(tmp_path) == []


def test_readers_and_programs_are_counted_apart(tmp_path: Path) -> None:
    """Readers of networks of a trusted proxy; HEAD, prefetching, scanners and bursts are doubtful."""
    write_publication(tmp_path, publication=CLICKS, _1=SECOND)
    sand = f"/go/1/{url_name('https://example.com/sand?a=1#b')}"
    with served(tmp_path) as pages:

        def visit(path: str, network: int, agent: str = FIREFOX, method: str = "GET", **headers: str) -> None:
            fields = {"User_Agent": agent, "X_Forwarded_For": f"198.51.{network}.7"} | headers
            assert pages.ask(method, path, b"", fields).status == 302

        visit("/go/1/lens", 1)
        visit("/go/1/lens", 1)
        visit("/go/1/lens", 2, PHONE)
        visit("/go/1/lens", 3, X_Forwarded_For="2001:db8:1:2::3")
        visit("/go/1/lens", 3, X_Forwarded_For="2001:db8:1:9::3")
        visit("/go/1/lens", 4, "Mozilla/5.0 (compatible; Googlebot/2.1)")
        visit("/go/1/lens", 5, "")
        visit("/go/1/lens", 6, method="HEAD")
        visit("/go/1/lens", 7, Sec_Purpose="prefetch;prerender")
        visit("/go/1/lens", 8, Purpose="prefetch")
        visit("/go/1/lens", 9, X_Purpose="preview")
        visit("/go/1/lens", 10)
        visit(sand, 10)
        pages.clock.now += 3
        visit(sand, 2, PHONE)
        visit(sand, 1)
    assert stored(tmp_path) == [EntryClicks("lens", 3, 7), EntryClicks(sand.rpartition("/")[2], 2, 1)]


def test_the_log_of_a_link_has_nothing_about_the_reader(pages: Pages) -> None:
    """Neither the address, nor its hash, nor the network, the user agent, or what was opened."""
    pages.get(
        "/go/1/lens", User_Agent="Very-Own-Agent/7", X_Forwarded_For="192.0.2.77", Referer="https://mail.example/"
    )
    line = pages.logged("request")
    assert {name for name in line if name not in ("at", "said")} == {
        "level",
        "event",
        "method",
        "status",
        "ms",
        "outcome",
        "page",
    }
    assert line["page"] == "go"
    pages.get("/subscribe", X_Forwarded_For="192.0.2.77")
    assert pages.logged("request")["network"] == pages.context.digest("192.0.2.77")
    database = b"".join(path.read_bytes() for path in pages.root.glob("newsletter.db*"))
    for text in ("Very-Own-Agent", "192.0.2.77", "192.0.2"):
        assert text not in json.dumps(line)
        assert text.encode() not in database


def test_the_setting_of_the_archive_is_served_beside_the_links(tmp_path: Path) -> None:
    """An issue with the slug `go` is still a page of the archive."""
    write_publication(tmp_path, publication=CLICKS, go=ISSUE)
    archive = tmp_path / "site"
    (archive / "go").mkdir(parents=True)
    (archive / "index.html").write_text("home")
    (archive / "go/index.html").write_text("an issue")
    with served(tmp_path, archive=archive) as pages:
        assert pages.get("/go/").text == "an issue"
        assert pages.get("/go/go/lens").status == 302


def test_links_lead_on_while_the_database_is_locked(tmp_path: Path) -> None:
    """Each answer comes while another program writes, and the click is stored once that has ended."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE)
    with (
        served(tmp_path) as pages,
        closing(sqlite3.connect(tmp_path / "newsletter.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        assert pages.get("/go/1/lens", User_Agent=FIREFOX).status == 302
        other.execute("ROLLBACK")
    assert stored(tmp_path) == [EntryClicks("lens", 1, 0)]


def test_a_database_that_fails_delays_the_counts(tmp_path: Path) -> None:
    """A failure is logged with the number of clicks, and they are stored by a later attempt."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE)
    clock = Clock()
    with access_log(io.StringIO()), pages_context(Workspace(tmp_path), os.environ, clock) as context:
        timer = [0.0]
        context.timer = lambda: timer[0]

        async def scenario() -> None:
            counts = ClickCounts(context)
            counts.add(Click(clock.now, "1", "lens", "n", FIREFOX))
            with context.database.write() as connection:
                connection.exec_driver_sql("ALTER TABLE click_count RENAME TO away")
            await settled(counts)
            assert counts._write_at > 0
            counts.add(Click(clock.now, "1", "lens", "n2", FIREFOX))
            with context.database.write() as connection:
                connection.exec_driver_sql("ALTER TABLE away RENAME TO click_count")
            await settled(counts)
            assert stored(tmp_path) == []
            timer[0] = counts._write_at
            await settled(counts)
            assert stored(tmp_path) == [EntryClicks("lens", 2, 0)]

        async def settled(counts: ClickCounts) -> None:
            clock.now += 3
            for _ in range(2):
                counts.step()
                await asyncio.gather(*(task for task in (counts._reading, counts._writing) if task))

        asyncio.run(scenario())


def test_the_first_seconds_of_a_campaign_are_doubtful(tmp_path: Path) -> None:
    """The start is that of its first attempt in the ledger. Campaigns of other issues and welcome mail have no part."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE, _2=ISSUE.replace("number: 1", "number: 2"), _3=ISSUE)
    with served(tmp_path) as pages:
        pages.subscribed()
        now = int(pages.clock.now)
        with pages.context.database.write() as connection:
            for slug, audience in (("1", ""), ("3", "welcome")):
                new = NewCampaign(slug, "c" * 64, "S", audience, "", git_clean=True, now=now - 1000)
                create_campaign(connection, new, true())
            connection.execute(update(delivery).values(attempted_at=now - 80, state=DeliveryState.ACCEPTED.value))
        for slug in "123":
            pages.get(f"/go/{slug}/lens", User_Agent=FIREFOX)
            pages.clock.now += 3
        pages.clock.now = now + 20.0
        pages.get("/go/1/lens", User_Agent=PHONE)
    assert stored(tmp_path, "1") == [EntryClicks("lens", 1, 1)]
    assert stored(tmp_path, "2") == stored(tmp_path, "3") == [EntryClicks("lens", 1, 0)]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_clicks_are_stored_when_the_pages_stop(stop: signal.Signals, tmp_path: Path) -> None:
    """A service manager and Ctrl-C lose none, also of the last second."""
    write_publication(tmp_path, publication=CLICKS, _1=ISSUE)
    with running(tmp_path, publication=CLICKS) as (process, url):

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                return None

        opener = urllib.request.build_opener(Stay)
        with pytest.raises(urllib.error.HTTPError, match="302"):
            opener.open(urllib.request.Request(f"{url}go/1/lens", headers={"User-Agent": FIREFOX}))
        process.send_signal(stop)
        process.wait(60)
        assert "Traceback" not in (tmp_path / LOG).read_text()
    assert stored(tmp_path) == [EntryClicks("lens", 1, 0)]
