"""The views of campaigns and schedules while something is missing or away: each says what to do, in a real browser."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.campaign.publication import DRAFT, Recording
from tests.dashboard.browsing import assert_accessible
from tests.dashboard.campaigning import READERS, run_sending_dashboard, start_campaign
from tests.dashboard.previewing import run_preview
from tests.publications import write_publication

pytestmark = pytest.mark.slow

VIEWS = ["/campaigns", "/campaigns/1", "/schedule"]


def set_version(root: Path, version: str) -> str:
    """Set the version of the database. Returns the one before."""
    with closing(sqlite3.connect(root / "newsletter.db")) as connection, connection:
        (before,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    return str(before)


def test_a_publication_without_a_database(tmp_path: Path, view: Page) -> None:
    """The views say how to begin, and create no database."""
    with run_preview(write_publication(tmp_path, _029=DRAFT)) as preview:
        for path, words in {"/campaigns": "No campaigns yet", "/schedule": "Nothing is scheduled"}.items():
            view.goto(f"{preview.url}{path}")
            expect(view.get_by_role("heading", name=words)).to_be_visible()
        view.goto(f"{preview.url}/campaigns/1")
        expect(view.get_by_role("alert")).to_contain_text("Campaign #1 does not exist")
        assert not (tmp_path / "newsletter.db").exists()


def test_a_publication_without_a_mail_server(tmp_path: Path, view: Page) -> None:
    """The preflight says that none is configured, and how to configure one. A test is refused too."""
    with run_preview(write_publication(tmp_path, _029=DRAFT)) as preview:
        view.goto(f"{preview.url}/campaigns/new")
        view.get_by_label("Check that images and pages are online").uncheck()
        view.get_by_role("button", name="Run the preflight").click()
        expect(view.locator("#send-results")).to_contain_text("no mail server is configured", timeout=60_000)
        expect(view.locator("#confirm-form")).to_have_count(0)
        view.get_by_role("button", name="Send a test", exact=True).click()
        view.keyboard.type("me@example.com")
        view.keyboard.press("Enter")
        expect(view.locator("#send-test-result")).to_contain_text("delivery.smtp is missing", timeout=60_000)
        expect(view.locator("#send-test-result")).to_have_class("problem failed")


def test_a_publication_without_issues(tmp_path: Path, view: Page) -> None:
    """Where an issue would be sent, there is a link to start the first one."""
    with run_preview(write_publication(tmp_path)) as preview:
        view.goto(f"{preview.url}/campaigns/new")
        view.get_by_role("link", name="Start the first issue").click()
        expect(view.get_by_role("dialog", name="New issue")).to_be_visible()


@pytest.mark.parametrize("path", [*VIEWS, "/campaigns/new"])
def test_a_database_of_an_older_version(tmp_path: Path, server: Recording, view: Page, path: str) -> None:
    """The message names the command that upgrades it. After that, the page works without being reloaded."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        version = set_version(tmp_path, "0001")
        view.goto(f"{preview.url}{path}")
        if path == "/campaigns/new":
            view.get_by_role("button", name="Run the preflight").click()
        alert = view.get_by_role("alert").filter(has_text="newsletter db upgrade")
        expect(alert).to_be_visible(timeout=60_000)
        assert_accessible(view)
        set_version(tmp_path, version)
        if path == "/campaigns/new":
            view.get_by_role("button", name="Run the preflight").click()
        expect(alert).to_have_count(0, timeout=60_000)


def test_a_database_that_is_away(
    tmp_path: Path, server: Recording, view: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While PostgreSQL does not answer, each view says so, and each button gets a message."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns/1")
        expect(view.get_by_role("button", name="Resume")).to_be_visible()
        monkeypatch.setenv("NEWSLETTER_DATABASE", "postgresql://127.0.0.1:1/newsletter")
        view.get_by_role("button", name="Resume").click()
        expect(view.get_by_role("alert")).to_contain_text("127.0.0.1:1", timeout=60_000)
        expect(view.get_by_role("button", name="Resume")).to_be_enabled()
        expect(view.locator("#status")).to_contain_text("Not available", timeout=60_000)
        for path in ("/campaigns", "/schedule"):
            view.goto(f"{preview.url}{path}")
            expect(view.get_by_role("alert")).to_contain_text("127.0.0.1:1", timeout=60_000)
        monkeypatch.delenv("NEWSLETTER_DATABASE")
        expect(view.get_by_role("alert")).to_be_hidden(timeout=60_000)


def test_a_locked_database(tmp_path: Path, server: Recording, view: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program writes, campaigns are shown, and a change of one gets a message."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", "sqlite:///newsletter.db?timeout=1")
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        with closing(sqlite3.connect(tmp_path / "newsletter.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            view.goto(f"{preview.url}/campaigns/1")
            view.get_by_role("button", name="Resume").click()
            expect(view.get_by_role("alert")).to_contain_text("locked", timeout=60_000)
            expect(view.get_by_role("button", name="Resume")).to_be_enabled()
            other.rollback()
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)


def test_settings_with_an_error(tmp_path: Path, server: Recording, view: Page) -> None:
    """The error has its location in newsletter.yaml. The page works again when it is fixed."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        file = tmp_path / "newsletter.yaml"
        before = file.read_text()
        file.write_text(before.replace("name: The", "nam: The"))
        view.goto(f"{preview.url}/campaigns")
        expect(view.get_by_role("alert")).to_contain_text("newsletter.yaml:1")
        file.write_text(before)
        expect(view.locator(".badge")).to_have_text("stopped", timeout=60_000)
        view.goto(f"{preview.url}/campaigns")
        expect(view.get_by_role("alert")).to_be_hidden()


def test_a_dashboard_that_was_restarted(tmp_path: Path, server: Recording, view: Page) -> None:
    """A button of a page of an earlier dashboard gets a message that says to reload the page."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns/1")
        expect(view.get_by_role("button", name="Resume")).to_be_visible()
        view.route("**/api/campaigns/1/resume", lambda route: route.fulfill(status=403, body="Forbidden"))
        view.get_by_role("button", name="Resume").click()
        expect(view.get_by_role("alert")).to_contain_text("The dashboard was restarted. Reload this page.")
