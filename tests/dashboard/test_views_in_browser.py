"""The navigation between the views of the dashboard, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browsing import assert_accessible, tab_to
from tests.dashboard.previewing import Preview

pytestmark = pytest.mark.slow

TITLES = ["Campaigns", "Subscribers", "Deliverability", "Schedule"]


def test_navigation_by_keyboard(page: Page, preview: Preview) -> None:
    """Each view has a URL and a title, is marked in the navigation, and links to the others."""
    page.set_viewport_size({"width": 390, "height": 844})
    for title in [*TITLES, "Issues"]:
        tab_to(page, title)
        page.keyboard.press("Enter")
        current = page.get_by_role("navigation", name="Dashboard").locator("[aria-current=page]")
        expect(current).to_have_text(title)
        expect(page.locator("#status")).to_have_text(re.compile("^(Live|Updated at .*)$"))
        if title != "Issues":
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            expect(page).to_have_title(f"{title} · The Weekly Lens")
            assert page.url == f"{preview.url}/{title.lower()}"
    assert page.url == f"{preview.url}/issues/lens#email"


def test_skip_link(page: Page, preview: Preview) -> None:
    """The first link of a view leads past the navigation to its content."""
    page.goto(f"{preview.url}/campaigns")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")])
def test_accessibility_of_views(page: Page, preview: Preview, title: str, width: int, scheme: str) -> None:
    """axe-core finds nothing in a view of a publication that has sent nothing. Nothing is wider than the screen."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{preview.url}/{title.lower()}")
    expect(page.locator("#status")).to_have_text("Live")
    assert_accessible(page)
