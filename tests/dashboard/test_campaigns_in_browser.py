"""Campaigns in the dashboard: their progress, what became of them, and what the author can do, in a real browser."""

import json
import re
from pathlib import Path
from socket import gethostname

import pytest
from playwright.sync_api import Page, expect

from newsletter.database.database import Database
from tests.campaign.publication import Recording
from tests.dashboard.browsing import assert_accessible
from tests.dashboard.campaigning import READERS, run_sending_dashboard, start_campaign
from tests.dashboard.test_dashboard import fetch

pytestmark = pytest.mark.slow


def test_progress_pause_resume_and_cancel(tmp_path: Path, server: Recording, view: Page) -> None:
    """A stopped campaign is resumed, paused and cancelled. Its page shows the progress without being reloaded."""
    addresses = [*READERS, "held@example.net", "550gone@example.net"]
    with run_sending_dashboard(tmp_path, server, addresses) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns")
        expect(view.locator(".campaigns li")).to_contain_text(["stopped"])
        view.get_by_role("link", name="The Weekly Lens — Issue 1").click()
        expect(view.locator(".badge")).to_have_text("stopped")
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".badge")).to_have_text("sending", timeout=60_000)
        expect(view.locator(".progress-words")).to_have_text("6 of 7 recipients", timeout=60_000)
        expect(view.get_by_role("region", name="Replies of the servers")).to_contain_text("550")
        view.get_by_role("button", name="Pause").click()
        expect(view.locator(".state-line")).to_have_text("paused Paused by the author")
        server.release()
        expect(view.locator(".progress-words")).to_have_text("7 recipients", timeout=60_000)
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)
        expect(view.get_by_role("button", name="Resume")).to_have_count(0)
        assert sorted(server.accepted()) == sorted([*READERS, "held@example.net"])


def test_a_broken_newsletter_yaml(
    tmp_path: Path, server: Recording, view: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is written as it is, at the start of a message and above an issue."""
    # Messages have paths that are relative to this folder.
    monkeypatch.chdir(tmp_path)
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/issues/029")
        settings = tmp_path / "newsletter.yaml"
        settings.write_text(settings.read_text() + "nam: x\n")
        expect(view.locator("#issue-error")).to_contain_text("newsletter.yaml: unknown key nam")
        view.goto(f"{preview.url}/campaigns/1")
        expect(view.get_by_role("alert")).to_contain_text(re.compile("^newsletter.yaml:[0-9]+:1: unknown key nam"))


def test_cancelling_asks_first(tmp_path: Path, server: Recording, view: Page) -> None:
    """A campaign is cancelled only after a second click, and cannot be changed after that."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns/1")
        view.get_by_role("button", name="Cancel the campaign …").click()
        dialog = view.get_by_role("dialog", name="Cancel campaign #1 permanently?")
        expect(dialog).to_contain_text("5 recipients are still pending")
        expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
        assert_accessible(view)
        view.keyboard.press("Enter")
        expect(view.locator(".badge")).to_have_text("stopped")
        view.get_by_role("button", name="Cancel the campaign …").click()
        dialog.get_by_role("button", name="Cancel the campaign").click()
        expect(view.locator(".badge")).to_have_text("cancelled")
        expect(view.get_by_role("button")).to_have_count(0)
        assert server.accepted() == []


def test_a_campaign_that_cannot_be_resumed(tmp_path: Path, server: Recording, view: Page) -> None:
    """If the issue has changed, the page says why and what to do, and the button works again afterwards."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        file = tmp_path / "issues" / "029.yaml"
        before = file.read_text()
        file.write_text(before.replace("How lenses are ground", "How lenses are polished"))
        view.goto(f"{preview.url}/campaigns/1")
        view.get_by_role("button", name="Resume").click()
        expect(view.get_by_role("alert")).to_contain_text("029 has changed since campaign #1 started")
        expect(view.get_by_role("alert")).to_contain_text("newsletter campaign cancel 029")
        file.write_text(before)
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)


def test_a_process_that_fails(tmp_path: Path, server: Recording, view: Page) -> None:
    """What a process that could not go on printed is shown."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        start_campaign(tmp_path)
        settings = tmp_path / "newsletter.yaml"
        settings.write_text(settings.read_text().replace("host: 127.0.0.1", "host: nowhere.invalid"))
        view.goto(f"{preview.url}/campaigns/1")
        view.get_by_role("button", name="Resume").click()
        expect(view.get_by_role("region", name="Output")).to_contain_text("nowhere.invalid", timeout=90_000)
        expect(view.get_by_role("button", name="Resume")).to_be_enabled()


def test_processes_over_postgresql(
    tmp_path: Path, server: Recording, view: Page, postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes that share in a campaign are listed with their host, process id, and what they have in hand."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", postgresql_database.url.render_as_string(hide_password=False))
    with run_sending_dashboard(tmp_path, server, [*READERS, "held@example.net"]) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns/1")
        expect(view.get_by_role("region", name="Processes that send it")).to_have_count(0)
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".progress-words")).to_have_text("5 of 6 recipients", timeout=60_000)
        row = view.get_by_role("region", name="Processes that send it").locator("tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text(re.compile(rf"{re.escape(gethostname())}:\d+sending"))
        assert_accessible(view)
        server.release()
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)
        expect(row).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")])
def test_accessibility_of_campaigns(tmp_path: Path, server: Recording, view: Page, width: int, scheme: str) -> None:
    """axe-core finds nothing in the list of campaigns and in a campaign. Nothing is wider than the screen."""
    view.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    view.set_viewport_size({"width": width, "height": 844})
    with run_sending_dashboard(tmp_path, server, [*READERS, "550gone@example.net"]) as preview:
        start_campaign(tmp_path)
        for path in ("/campaigns", "/campaigns/1"):
            view.goto(f"{preview.url}{path}")
            expect(view.locator(".badge")).to_have_text("stopped")
            assert_accessible(view)
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)
        assert_accessible(view)


def test_unknown_campaigns(tmp_path: Path, server: Recording) -> None:
    """A number that no campaign has, or that is too large for a database, gets a message with advice."""
    with run_sending_dashboard(tmp_path, server, []) as preview:
        for id in (7, 10**30):
            status, _, text = fetch(preview, f"/api/campaigns/{id}")
            assert status == 422
            assert "does not exist" in json.loads(text)["message"]


def test_the_report_of_a_campaign(tmp_path: Path, server: Recording, view: Page) -> None:
    """The page has the same numbers as `newsletter campaign report`, and a plot with a table, and is updated."""
    with run_sending_dashboard(tmp_path, server, [*READERS, "550_5.1.1_gone@example.org"]) as preview:
        start_campaign(tmp_path)
        view.goto(f"{preview.url}/campaigns/1")
        figures = view.get_by_role("region", name="Figures").locator("tbody tr")
        expect(figures).to_contain_text(["accepted00 %"])
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)
        expect(figures).to_contain_text(["accepted583 %", "hard bounces117 %"])
        report = json.loads(fetch(preview, "/api/campaigns/1/report")[2])
        assert [row[:3] for row in report["rows"]][:2] == [["accepted", "5", "83 %"], ["hard bounces", "1", "17 %"]]
        plot = view.get_by_role("figure", name="Deliveries by recipient domain")
        expect(plot.locator("svg title").first).to_have_text("Deliveries by recipient domain")
        plot.get_by_text("Table").click()
        expect(plot.locator("tbody tr")).to_contain_text(["example.net5", "example.org1"])
        assert_accessible(view)
