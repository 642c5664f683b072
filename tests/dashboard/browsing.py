"""What the tests of the dashboard in a browser have in common: opening the page, and what it shows."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect

from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import PAPERS, SectionKey
from tests.dashboard.previewing import Preview


def open_page(page: Page, preview: Preview, view: str = "email") -> None:
    page.goto(f"{preview.url}/issues/lens#{view}")
    email(page).locator("h3").nth(19).wait_for(state="attached")
    # The server may notice a change that was written just before the page opened.
    expect(page.locator("#status")).to_have_text(re.compile("^(Live|Updated at .*)$"))


def email(page: Page) -> FrameLocator:
    return page.frame_locator("#email-frame")


def titles(preview: Preview, section: SectionKey = PAPERS) -> list[str]:
    return [entry.title for entry in read_draft(preview.file).draft.sections[section]]


def expect_status(page: Page, text: str) -> None:
    expect(page.locator("#status")).to_contain_text(text)


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until the element with an accessible name has the focus."""
    for _ in range(120):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = page.evaluate(
            """() => { const on = document.activeElement;
            return on.getAttribute("aria-label") ?? (on.labels?.[0] ?? on).textContent.trim() }"""
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name}")


def assert_accessible(page: Page) -> None:
    """Check that axe-core finds nothing, and that nothing is wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
