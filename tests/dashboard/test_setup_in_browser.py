"""A publication is made in the browser alone: from an empty folder to a rendered issue."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from newsletter.http import publication_fetcher
from newsletter.http.address_guard import is_public_or_own
from tests.dashboard.browsing import email, expect_status, tab_to
from tests.dashboard.previewing import Preview, run_preview
from tests.loopback import Reply, page, serve_web

pytestmark = pytest.mark.slow


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Preview]:
    """The dashboard of an empty folder."""
    folder = tmp_path / "bread-weekly"
    folder.mkdir()
    with run_preview(folder) as preview:
        yield preview


@pytest.fixture
def first_page(browser: Browser, empty: Preview) -> Iterator[Page]:
    """The page that asks for a new publication. Errors of scripts fail the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(empty.url)
    expect(page.get_by_label("Name of the newsletter")).to_have_value("Bread Weekly")
    yield page
    context.close()
    assert [problem for problem in problems if "status of 4" not in problem] == []


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1200, 600), "#b4430f").save(file, "PNG")
    return file.getvalue()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".fields")).to_have_count(0)
    expect_status(page, "Saved")


def test_from_an_empty_folder_to_a_rendered_issue(
    first_page: Page, empty: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newsletter on bread: its settings, an issue, entries with and without reading the page, and all texts.

    In the end, no view has a placeholder, and nothing must be fixed.
    """
    # The pages that the author links to are on this machine.
    monkeypatch.setattr(publication_fetcher, "is_public", is_public_or_own)
    window = first_page
    window.get_by_label("Name of the newsletter").fill("The Loaf: weekly")
    window.get_by_label("From").fill("Ann Lee <ann@bread-weekly.net>")
    window.get_by_label("My own").check()
    window.get_by_label("Sections, with commas").fill("Loaves, Tools & ovens")
    window.get_by_role("button", name="Create the newsletter").click()
    expect(window.get_by_role("heading", name="The Loaf: weekly is ready")).to_be_focused()
    expect(window.locator("#left li")).to_contain_text(["site_url", "postal_address", "unsubscribe", "mail server"])
    window.get_by_role("link", name="Start the first issue").click()
    dialog = window.get_by_role("dialog", name="New issue")
    expect(dialog.get_by_label("Title")).to_have_value("The Loaf: weekly — Issue 1")
    dialog.get_by_role("button", name="Start the issue").click()
    expect(window.locator("#url")).to_be_focused()
    article = (
        "<html><head><title>Why sourdough rises</title><meta property='og:title' content='Why sourdough rises'>"
        "<meta property='og:image' content='/rise.png'></head><body><h1>Why sourdough rises</h1></body></html>"
    )
    with serve_web() as web:
        web.pages |= {"/rises": page(article), "/rise.png": Reply(picture(), "image/png")}
        window.locator("#url").fill(f"{web.url}/rises")
        window.locator("#section").select_option(label="Loaves")
        window.get_by_role("button", name="Add", exact=True).click()
        expect(window.get_by_role("textbox", name="Title", exact=True)).to_have_value("Why sourdough rises")
    # The checks report addresses of this machine.
    window.get_by_role("textbox", name="URL").fill("https://bread-weekly.net/rises")
    window.get_by_label("Comment (Markdown)").fill("Yeast, **patience** and a warm kitchen.")
    window.get_by_label("Alternative text").fill("A loaf in an oven")
    window.get_by_text("More fields").click()
    window.get_by_label("Id, for links").fill("rises")
    save(window)
    window.get_by_role("button", name="New entry in Tools & ovens").click()
    window.get_by_role("textbox", name="Title", exact=True).fill("A cast-iron pot")
    window.get_by_role("textbox", name="URL").fill("https://pots.bread-weekly.net/iron")
    window.get_by_label("Comment (Markdown)").fill("Heavy, and worth it after [the loaf](@rises).")
    save(window)
    window.get_by_role("button", name="New highlight in Loaves").click()
    window.keyboard.type("Read about @rise")
    window.keyboard.press("Enter")
    save(window)
    window.get_by_role("button", name="Edit the issue’s title").click()
    window.get_by_label("Subtitle").fill("Why sourdough rises, and a pot to bake it in")
    window.get_by_label("Preheader").fill("What happens in the dough overnight, and the pot for it")
    window.get_by_label("Intro, before").fill("Hello bakers,\n\nthis week it is about **sourdough**.")
    window.get_by_label("Outro, after").fill("Good baking!")
    save(window)

    expect(window.locator("#issue-error")).to_be_hidden()
    for view, frame in (("email", "#email-frame"), ("medium", "#story-frame"), ("web", "#page-frame")):
        window.locator(f"#tab-{view}").click()
        shown = window.frame_locator(frame).locator("body")
        for text in ("sourdough", "Loaves", "Tools & ovens", "A cast-iron pot", "Hello bakers", "Good baking!"):
            expect(shown).to_contain_text(text)
        expect(window.frame_locator(frame).locator("mark, [data-missing], [src*=missing]")).to_have_count(0)
    expect(window.frame_locator("#page-frame").get_by_alt_text("A loaf in an oven")).to_have_js_property(
        "complete", value=True
    )
    window.locator("#tab-checks").click()
    expect(window.locator("#panel-checks")).to_contain_text("No problems found")
    text = (empty.root / "issues" / "001.yaml").read_text()
    assert "  loaves:\n" in text
    assert "  tools_ovens:\n" in text
    assert yaml.safe_load(text)["sections"]["loaves"][0]["image"] == "images/001/why-sourdough-rises.png"


def test_invalid_answers(first_page: Page, empty: Preview) -> None:
    """Each answer that is not valid has its message, and the first one gets the focus. Nothing is written."""
    name = first_page.get_by_label("Name of the newsletter")
    name.fill("")
    first_page.get_by_label("Language").fill("English")
    first_page.get_by_label("From").fill("Ann")
    first_page.get_by_label("My own").check()
    first_page.get_by_label("Sections, with commas").fill("on=On")
    first_page.keyboard.press("Enter")
    expect(name).to_be_focused()
    fields = {"Name": "The name is empty", "Language": "tag", "From": "email address", "Sections, with": "boolean"}
    for label, word in fields.items():
        field = first_page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(word))
    assert list(empty.root.iterdir()) == []
    first_page.get_by_label("Sections, with commas").fill("")
    first_page.keyboard.press("Enter")
    expect(first_page.locator("#sections-problem")).to_contain_text("There are no sections")


def test_traps_and_html_in_the_answers(first_page: Page, empty: Preview) -> None:
    """Labels that YAML would read as other values get keys that it does not, and HTML stays text."""
    first_page.get_by_label("Name of the newsletter").fill("<b onclick=alert(1)>No</b>")
    first_page.get_by_label("My own").check()
    first_page.get_by_label("Sections, with commas").fill("No, On, 1, <i>Other</i>")
    first_page.keyboard.press("Enter")
    expect(first_page.get_by_role("heading", name="<b onclick=alert(1)>No</b> is ready")).to_be_visible()
    written = yaml.safe_load((empty.root / "newsletter.yaml").read_text())
    assert written["name"] == "<b onclick=alert(1)>No</b>"
    labels = {"section_1": "No", "section_2": "On", "section_3": "1", "i_other_i": "<i>Other</i>"}
    assert written["sections"] == labels
    first_page.get_by_role("link", name="Start the first issue").click()
    first_page.get_by_role("button", name="Start the issue").click()
    expect(first_page.locator("#outline h3")).to_have_text(["No", "On", "1", "<i>Other</i>"])
    expect(email(first_page).locator("body")).to_contain_text("<b onclick=alert(1)>No</b>")
    expect(first_page.locator("[onclick]")).to_have_count(0)
    expect(email(first_page).locator("[onclick]")).to_have_count(0)


def test_setting_up_by_keyboard_alone(first_page: Page, empty: Preview) -> None:
    """The questions are answered and the first issue is started without a mouse."""
    expect(first_page.get_by_label("Name of the newsletter")).to_be_focused()
    first_page.keyboard.type("Bread")
    tab_to(first_page, "From")
    first_page.keyboard.type("ann@bread-weekly.net")
    tab_to(first_page, "General")
    first_page.keyboard.press("ArrowUp")
    expect(first_page.get_by_label("My own")).to_be_checked()
    tab_to(first_page, "Sections, with commas")
    first_page.keyboard.type("Loaves")
    tab_to(first_page, "Create the newsletter")
    first_page.keyboard.press("Enter")
    expect(first_page.get_by_role("heading", name="Bread is ready")).to_be_focused()
    tab_to(first_page, "Start the first issue")
    first_page.keyboard.press("Enter")
    expect(first_page.get_by_role("dialog", name="New issue").get_by_label("Title")).to_be_focused()
    first_page.keyboard.press("Enter")
    expect(first_page.locator("#url")).to_be_focused()
    assert (empty.root / "issues" / "001.yaml").exists()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")])
def test_accessibility_of_setting_up(first_page: Page, width: int, scheme: str) -> None:
    """axe-core finds nothing in the questions, their problems and the next steps. Nothing is wider than the screen."""
    first_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    first_page.set_viewport_size({"width": width, "height": 844})
    axe = Axe()

    def assert_accessible() -> None:
        found = axe.run(first_page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert first_page.evaluate("document.documentElement.scrollWidth") == width

    assert_accessible()
    first_page.get_by_label("From").fill("Ann")
    first_page.get_by_label("My own").check()
    first_page.keyboard.press("Enter")
    expect(first_page.locator("#sections-problem")).not_to_be_empty()
    assert_accessible()
    first_page.get_by_label("From").fill("")
    first_page.get_by_label("General").check()
    first_page.get_by_label("Language").fill("fr")
    first_page.keyboard.press("Enter")
    expect(first_page.locator("#left")).to_contain_text("labels for the language fr are missing")
    assert_accessible()
