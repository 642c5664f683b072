"""An issue is sent and scheduled in the dashboard, in a real browser with a real mail server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.campaign.publication import Recording
from tests.dashboard.browsing import assert_accessible, tab_to
from tests.dashboard.campaigning import READERS, run_sending_dashboard
from tests.dashboard.previewing import Preview

pytestmark = pytest.mark.slow

TWICE = "2126-10-27T02:30"


def send_test(view: Page) -> None:
    view.get_by_role("button", name="Send a test", exact=True).click()
    view.keyboard.type("me@example.com")
    view.keyboard.press("Enter")
    expect(view.locator("#send-test-result")).to_contain_text("Sent a test to me@example.com")


def check(view: Page) -> None:
    view.get_by_role("button", name="Run the preflight").click()
    expect(view.get_by_role("heading", name="Preflight:")).to_be_visible(timeout=60_000)


def open_form(view: Page, preview: Preview) -> None:
    view.goto(f"{preview.url}/campaigns/new")
    view.get_by_label("Check that images and pages are online").uncheck()


def test_from_an_issue_to_its_campaign_by_keyboard(tmp_path: Path, server: Recording, view: Page) -> None:
    """The issue is chosen, checked, tested, checked again, confirmed with the typed number, and sent."""
    with run_sending_dashboard(tmp_path, server, [*READERS, "held@example.net"]) as preview:
        view.goto(f"{preview.url}/issues/029")
        tab_to(view, "Send …")
        view.keyboard.press("Enter")
        expect(view.get_by_label("Issue")).to_have_value("029")
        tab_to(view, "Check that images")
        view.keyboard.press("Space")
        view.keyboard.press("Shift+Tab")
        view.keyboard.press("Enter")
        expect(view.get_by_role("heading", name=re.compile("Preflight: 1 error"))).to_be_focused(timeout=60_000)
        expect(view.locator("#confirm-form")).to_have_count(0)
        tab_to(view, "Send a test to")
        view.keyboard.type("me@example.com")
        view.keyboard.press("Enter")
        expect(view.locator("#send-test-result")).to_contain_text("Sent a test to me@example.com")
        tab_to(view, "Run the preflight", back=True)
        view.keyboard.press("Enter")
        number = view.get_by_label("Type the number of recipients")
        expect(number).to_be_focused(timeout=60_000)
        expect(view.locator("#confirm-form")).to_contain_text("“The Weekly Lens — Issue 1” to 6 recipients")
        view.keyboard.press("Enter")
        expect(view.locator("#confirm-problem")).to_contain_text("Type the number of recipients")
        view.keyboard.type("5")
        view.keyboard.press("Enter")
        expect(view.locator("#confirm-problem")).to_contain_text("there are 6 recipients, and you typed 5")
        number.fill("6")
        view.keyboard.press("Enter")
        expect(view).to_have_url(f"{preview.url}/campaigns/1", timeout=60_000)
        expect(view.locator(".progress-words")).to_have_text("5 of 6 recipients", timeout=60_000)
        view.close()
        server.release()
        preview.server.processes.wait()
    assert sorted(server.accepted()) == sorted([*READERS, "held@example.net", "me@example.com"])


def test_a_change_of_the_form_after_the_preflight(tmp_path: Path, server: Recording, view: Page) -> None:
    """Its results and the confirmation disappear, since they belong to another plan."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        open_form(view, preview)
        check(view)
        send_test(view)
        check(view)
        expect(view.locator("#confirm-form")).to_be_visible()
        view.get_by_label("Audience").fill("tag:beta")
        expect(view.locator("#confirm-form")).to_have_count(0)
        view.get_by_role("button", name="Run the preflight").click()
        expect(view.locator("#send-results")).to_contain_text("no subscriber matches tag:beta", timeout=60_000)
        view.get_by_label("Audience").fill("nonsense")
        view.get_by_role("button", name="Run the preflight").click()
        expect(view.get_by_role("alert").filter(has_text="nonsense")).to_be_visible(timeout=60_000)


def test_scheduling_moving_and_cancelling(tmp_path: Path, server: Recording, view: Page) -> None:
    """A time that the clocks show twice is chosen from two. The schedule is moved, and cancelled after a question."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        view.goto(f"{preview.url}/schedule")
        view.get_by_role("link", name="Schedule an issue").click()
        view.get_by_label("Check that images and pages are online").uncheck()
        check(view)
        send_test(view)
        view.get_by_label("At a time").check()
        view.get_by_label("Time", exact=True).fill(TWICE)
        view.get_by_label("Time zone").fill("Europe/Berlin")
        view.get_by_role("button", name="Run the preflight").click()
        expect(view.locator("#send-problem")).to_contain_text("twice, because they are set back", timeout=60_000)
        view.get_by_role("button", name="2126-10-27 02:30+01:00").click()
        expect(view.locator("#confirm-form")).to_contain_text("images and pages are checked online", timeout=60_000)
        view.get_by_label("Type the number of recipients").fill("5")
        view.get_by_role("button", name="Schedule it").click()
        expect(view).to_have_url(f"{preview.url}/schedule", timeout=60_000)
        expect(view.locator(".schedules li")).to_contain_text("2126-10-27 02:30+01:00 Europe/Berlin")
        expect(view.locator(".badge")).to_have_text("waiting")
        assert_accessible(view)
        view.get_by_role("link", name="Move schedule 1").click()
        expect(view.get_by_role("heading", name="Move schedule #1")).to_be_visible()
        view.get_by_label("Check that images and pages are online").uncheck()
        view.get_by_label("Time", exact=True).fill("2126-12-24T08:00")
        check(view)
        view.get_by_label("Type the number of recipients").fill("5")
        view.get_by_role("button", name="Move the schedule").click()
        expect(view.locator(".schedules li")).to_contain_text("2126-12-24 08:00 Europe/Berlin", timeout=60_000)
        view.get_by_role("button", name="Cancel schedule 1").click()
        view.get_by_role("button", name="Cancel the schedule").click()
        expect(view.locator(".badge")).to_have_text("cancelled")
        expect(view.get_by_role("link", name="Move schedule 1")).to_have_count(0)
        view.goto(f"{preview.url}/campaigns/new?schedule=1")
        expect(view.get_by_role("alert").first).to_contain_text("Schedule #1 is already cancelled")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")])
def test_accessibility_of_sending(tmp_path: Path, server: Recording, view: Page, width: int, scheme: str) -> None:
    """axe-core finds nothing in the form, the results and the confirmation. Nothing is wider than the screen."""
    view.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    view.set_viewport_size({"width": width, "height": 844})
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        open_form(view, preview)
        view.get_by_label("At a time").check()
        assert_accessible(view)
        view.get_by_role("button", name="Run the preflight").click()
        expect(view.locator("#send-problem")).to_contain_text("is not a time", timeout=60_000)
        assert_accessible(view)
        view.get_by_label("Time", exact=True).fill("2126-12-24T08:00")
        check(view)
        send_test(view)
        assert_accessible(view)
        check(view)
        view.get_by_role("button", name="Schedule it").click()
        expect(view.locator("#confirm-problem")).not_to_be_empty()
        assert_accessible(view)


def test_names_with_markup(tmp_path: Path, server: Recording, view: Page) -> None:
    """HTML in a title stays text in all views."""
    with run_sending_dashboard(tmp_path, server, READERS) as preview:
        file = tmp_path / "issues" / "029.yaml"
        file.write_text(file.read_text().replace("title: The", "title: <b onclick=alert(1)>The</b>", 1))
        open_form(view, preview)
        check(view)
        send_test(view)
        check(view)
        view.get_by_label("Type the number of recipients").fill("5")
        view.get_by_role("button", name="Send it now").click()
        expect(view.get_by_role("heading", level=1)).to_contain_text("<b onclick=alert(1)>The</b>", timeout=60_000)
        expect(view.locator(".badge")).to_have_text("complete", timeout=60_000)
        view.goto(f"{preview.url}/campaigns")
        expect(view.locator(".campaigns a")).to_contain_text("<b onclick=alert(1)>The</b>")
        expect(view.locator("[onclick]")).to_have_count(0)
