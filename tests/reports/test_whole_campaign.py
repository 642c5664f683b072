"""One campaign, from a real mail server to the reports: JSON, HTML and the dashboard have the same numbers."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.dashboard.previewing import run_preview
from tests.reports.whole_campaign import CLICKS, EXPECTED, RECIPIENTS, run_campaign

pytestmark = pytest.mark.slow
HEADINGS = ("Figures", "Clicks by entry", "Deliveries by recipient domain")
LABELS = {
    "accepted": "accepted",
    "hard_bounces": "hard bounces",
    "soft_bounces": "soft bounces",
    "policy_bounces": "rejected by policy",
    "complaints": "complaints",
    "unsubscribed": "unsubscribed",
    "clicks": "clicks, at least",
}


def table(page: Page, heading: str) -> list[list[str]]:
    """Return the cells of the table in the section with a heading."""
    rows = page.get_by_role("region", name=heading, exact=True).last.locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_json_html_dashboard_and_terminal_have_the_same_numbers(
    folder: Path, run: Run, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounces, complaints and unsubscribes of every provider, one-click unsubscribes, and clicks as a range."""
    run_campaign(folder, monkeypatch)
    found: dict[str, Any] = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    assert {name: one["number"] for name, one in found["figures"].items()} == EXPECTED
    assert (found["recipients"], found["unsubscribed_without_campaign"]) == (RECIPIENTS, 0)
    (clicks,) = found["clicks"]
    assert (clicks["title"], clicks["least"], clicks["most"]) == ("How lenses are ground", *CLICKS)
    domains = {one["domain"]: one for one in found["domains"]}
    assert sum(one["recipients"] for one in domains.values()) == RECIPIENTS
    assert domains["a.example"]["returned"] == EXPECTED["hard_bounces"]
    assert (domains["c.example"]["rejected"], domains["c.example"]["returned"]) == (EXPECTED["policy_bounces"], 0)
    assert [one["about"] for one in found["warnings"]] == ["complaints"]

    run("campaign", "report", "029", "--html", "report.html", code=0)
    requested: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.on("request", lambda request: requested.append(request.url))
    page.goto((folder / "report.html").as_uri())
    assert {row[0]: row[1] for row in table(page, "Figures")} == {
        LABELS[name]: f"{number:,}" for name, number in EXPECTED.items()
    }
    assert table(page, "Clicks by entry") == [["How lenses are ground", f"{CLICKS[0]} to {CLICKS[1]}"]]
    assert {row[0]: row[1:] for row in table(page, "Deliveries by recipient domain")} == {
        name: [str(one["recipients"]), str(one["rejected"]), str(one["returned"])] for name, one in domains.items()
    }
    for warning in found["warnings"]:
        assert page.get_by_text(warning["message"]).is_visible()
    assert page.get_by_role("img").count() == 2
    assert all(image.get_attribute("aria-labelledby") for image in page.get_by_role("img").all())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("script").count() == 0
    assert [url for url in requested if not url.startswith("file:")] == []
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    in_html = [table(page, heading) for heading in HEADINGS]

    with run_preview(folder) as dashboard:
        page.goto(f"{dashboard.url}/campaigns/{found['campaign']}")
        tables = page.get_by_text("Table", exact=True)
        expect(tables).to_have_count(2, timeout=60_000)
        for closed in tables.all():
            closed.click()
        assert [table(page, heading) for heading in HEADINGS] == in_html
        for warning in found["warnings"]:
            assert page.get_by_text(warning["message"]).is_visible()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        context.close()

    text = run("campaign", "report", "029", code=0).stdout
    for name, number in EXPECTED.items():
        assert [line for line in text.splitlines() if line.startswith(LABELS[name]) and str(number) in line], text
    assert f"{CLICKS[0]} to {CLICKS[1]}" in text
    rows = list(csv.DictReader(io.StringIO(run("campaign", "report", "029", "--csv", code=0).stdout)))
    assert len(rows) == RECIPIENTS
    growth = json.loads(run("subscribers", "growth", "--json", code=0).stdout)["total"]
    assert (growth["unsubscribed"], growth["bounced"], growth["complained"]) == (
        EXPECTED["unsubscribed"],
        EXPECTED["hard_bounces"],
        EXPECTED["complaints"],
    )
    with open_database(Workspace(folder)) as database, database.read() as connection:
        stored = connection.exec_driver_sql("SELECT number FROM delivery_count WHERE state = 'accepted'").scalar()
    assert stored == EXPECTED["accepted"]
