"""The web archive in a real browser: accessibility, page weight, layout shifts and search by keyboard."""

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from newsletter.archive.dev_server import archive_server
from tests.browser import ARABIC, CROWDED
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

BASE = "/a-letter/"
PAGES = {
    "home": "",
    "issue": "029/",
    "japanese": "2021-week-11-ja/",
    "arabic": "arabic/",
    "crowded": "crowded/",
    "posters": "posters/",
    "tag": "tags/pytorch/",
    "tags": "tags/",
    "about": "about/",
    "search": "search/",
    "missing": "no/such/page/",
}
POSTERS = """\
title: Posters
date: 2024-05-19
sections:
  featured:
    - title: A poster
      url: https://example.com/poster
      image: images/poster.png
      via: Somebody who reads very many posters every week
      comment: "![A second poster](images/poster.png)"
    - {title: Another one, url: "https://example.com/other", tags: [posters], comment: It has no image.}
"""
SHIFTS = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => setTimeout(() => done(sum), 100));
})"""


@dataclass
class Reader:
    """A browser page on the archive.

    Args:
        page: The browser page.
        home: The URL of the archive's home page.
        received: The sizes of the received responses by URL.
        errors: Messages on the console, errors, and requests to other hosts.
    """

    page: Page
    home: str
    received: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the archive, and wait until the network is idle."""
        self.received.clear()
        self.page.goto(self.home + path, wait_until="networkidle")
        return self.page


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the samples with drafts, below a path, and with two issues that are hard to lay out."""
    root = tmp_path_factory.mktemp("letter")
    text = (
        (REPOSITORY / "newsletter.yaml").read_text().replace("https://news.example.org/", f"https://example.org{BASE}")
    )
    text = text.replace("delivery:\n", "subscribe: {fields: [name, interests]}\ndelivery:\n  tags: [papers, tools]\n")
    (root / "newsletter.yaml").write_text(text)
    shutil.copytree(REPOSITORY / "issues", root / "issues")
    (root / "issues/arabic.yaml").write_text(ARABIC + "aliases: [first]\n")
    (root / "issues/crowded.yaml").write_text(CROWDED)
    (root / "issues/posters.yaml").write_text(POSTERS)
    Image.new("RGB", (300, 700), "#b4430f").save(root / "issues/images/poster.png")
    (root / "templates/labels").mkdir(parents=True)
    shutil.copy(REPOSITORY / "templates/labels/en.yaml", root / "templates/labels/ar.yaml")
    assert build_archive(root, root / "site", BuildOptions(drafts=True), lambda *_: None).published
    return root / "site"


@pytest.fixture(scope="session")
def home(built: Path) -> Iterator[str]:
    """The URL at which the archive is served."""
    server = archive_server(built, BASE, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.address
    server.stop()
    thread.join()


@pytest.fixture
def reader(browser: Browser, home: str) -> Iterator[Reader]:
    """A browser page that must show no message on the console, and load nothing from other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    reader = Reader(context.new_page(), home)
    reader.page.on("console", lambda message: reader.errors.append(message.text))
    reader.page.on("pageerror", lambda error: reader.errors.append(str(error)))
    reader.page.on(
        "request",
        lambda request: None if request.url.startswith((home, "data:")) else reader.errors.append(request.url),
    )

    def measure(request: Request) -> None:
        reader.received[request.url] = request.sizes()["responseBodySize"]

    reader.page.on("requestfinished", measure)
    yield reader
    # A request that ends while the page is closed can no longer be measured.
    reader.page.wait_for_load_state("networkidle")
    reader.page.remove_listener("requestfinished", measure)
    context.close()
    assert [message for message in reader.errors if "404 (Not Found)" not in message] == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_accessible(reader: Reader, width: int, scheme: str) -> None:
    """axe-core finds no violation, and no page is wider than its window."""
    reader.page.set_viewport_size({"width": width, "height": 844})
    reader.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    axe = Axe()
    for kind, path in PAGES.items():
        page = reader.open(path)
        results = axe.run(page)
        assert results.violations_count == 0, f"{kind}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind


def test_an_alias_leads_to_its_issue(reader: Reader) -> None:
    """The browser shows the issue at the page of its old slug."""
    reader.page.goto(f"{reader.home}first/")
    reader.page.wait_for_url(f"{reader.home}arabic/")


@pytest.mark.parametrize(("kind", "budget"), [("home", 40_000), ("issue", 60_000), ("tag", 30_000), ("search", 30_000)])
def test_pages_are_small_and_do_not_shift(reader: Reader, kind: str, budget: int) -> None:
    """Without its images, a page is small and needs two requests, the search page three. Its layout does not shift."""
    page = reader.open(PAGES[kind])
    own = {url: size for url, size in reader.received.items() if "/assets/" not in url}
    assert sum(own.values()) < budget
    assert len(own) <= (3 if kind == "search" else 2), own
    assert page.evaluate(SHIFTS) == 0
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate(SHIFTS) == 0


def test_the_style_sheet_is_small(built: Path) -> None:
    """There is one style sheet, and it is smaller than 15 KB."""
    (style,) = built.rglob("*.css")
    assert style.stat().st_size < 15_000


def test_pages_work_without_javascript(browser: Browser, home: str) -> None:
    """Without JavaScript, an issue shows all of its entries, and the search page explains that it needs JavaScript."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(home + PAGES["issue"])
    assert page.locator("article.entry").count() == 13
    page.goto(home + PAGES["search"])
    assert "The search needs JavaScript" in page.inner_text("main")
    page.close()


def test_the_search_works_by_keyboard(reader: Reader) -> None:
    """The keyboard is enough to get from the home page to an entry. The index is loaded at the first search."""
    page = reader.open("")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Search":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert not [url for url in reader.received if "pagefind" in url]
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("dropout passes")
    page.keyboard.press("Enter")
    page.locator(".results a").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Two dropout passes that must agree"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert urlsplit(page.url)[2:] == (f"{BASE}029/", "", "r-drop")
    assert page.locator("h3:target").inner_text() == "Two dropout passes that must agree"


@pytest.mark.parametrize(
    ("query", "found"), [("拡散", "2021-week-11-ja/"), ("العدسات", "arabic/"), ("PyTorch", "029/")]
)
def test_the_search_supports_every_script(reader: Reader, query: str, found: str) -> None:
    """A search for a word in Japanese, Arabic or Latin script finds its entry."""
    words = "データ" if query == "拡散" else query
    page = reader.open(f"search/?q={words}")
    page.locator(f".results a[href^='{BASE}{found}']").first.wait_for()
    assert re.fullmatch("Issues found: [1-9]", page.inner_text("[role=status]"))
    assert words in page.inner_text(".results").replace("\u200b", "") or query == "العدسات"


def test_the_search_reports_no_results_and_errors(reader: Reader) -> None:
    """The status of the search, which screen readers announce, shows if there are no results or loading fails."""
    page = reader.open("search/?q=xyzzyplugh")
    page.wait_for_function("document.querySelector('[role=status]').textContent === 'No issue contains “xyzzyplugh”'")
    page.route("**/pagefind.js", lambda route: route.abort())
    reader.open("search/?q=lens")
    page.wait_for_function("document.querySelector('[role=status]').textContent.includes('could not be loaded')")
    assert all(re.search("net::ERR_FAILED|Failed to (load|fetch)", message) for message in reader.errors)
    reader.errors.clear()


def test_the_search_page_is_useful_before_and_after_a_search(reader: Reader) -> None:
    """It has a hint, which describes the field, and tags to choose from. Without results, it gives advice."""
    page = reader.open(PAGES["search"])
    field, tags = page.get_by_role("searchbox"), page.get_by_role("link", name="object-detection")
    expect(field).to_have_accessible_description("Finds entries of all issues by their titles, comments and sources.")
    expect(tags).to_be_visible()
    expect(page.locator(".advice")).to_be_hidden()
    field.fill("xyzzyplugh")
    expect(page.locator(".advice")).to_be_visible()
    expect(tags).to_be_visible()
    assert Axe().run(page).violations_count == 0
    field.fill("detection")
    page.locator(".results li").first.wait_for()
    expect(page.locator(".advice")).to_be_hidden()
    expect(tags).to_be_hidden()
    field.fill("")
    expect(tags).to_be_visible()
    expect(page.locator(".results li")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_upright_images_are_centred(reader: Reader, width: int) -> None:
    """Those of entries and in comments are at most 480 pixels high. Their space is reserved before they are loaded."""
    reader.page.set_viewport_size({"width": width, "height": 844})
    reader.page.route("**/assets/*", lambda route: route.abort())
    page = reader.open(PAGES["posters"])
    empty = [image.bounding_box() for image in page.locator("main img").all()]
    reader.page.unroute("**/assets/*")
    reader.errors.clear()
    page = reader.open(PAGES["posters"])
    boxes = [image.bounding_box() for image in page.locator("main img").all()]
    column = page.locator("article.entry").first.bounding_box()
    assert column
    for box, reserved in zip(boxes, empty, strict=True):
        assert box
        assert reserved
        assert all(abs(box[side] - reserved[side]) < 1 for side in ("x", "y", "width", "height"))
        assert box["height"] <= 480
        assert abs(box["height"] / box["width"] - 700 / 300) < 0.05
        assert abs(box["x"] + box["width"] / 2 - column["x"] - column["width"] / 2) < 1


def test_the_anchor_of_an_entry_is_shown_when_it_is_needed(reader: Reader) -> None:
    """When the pointer is on the entry, or the keyboard on the anchor. The pointer also underlines the domain."""
    page = reader.open(PAGES["posters"])
    entry = page.locator("article.entry").last
    anchor, domain = entry.locator(".anchor"), entry.locator(".domain")
    expect(anchor).to_have_css("opacity", "0")
    expect(domain).to_have_css("text-decoration-line", "none")
    domain.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "anchor"
    expect(anchor).to_have_css("opacity", "1")
    page.keyboard.press("Tab")
    expect(anchor).to_have_css("opacity", "0")
    domain.hover()
    expect(anchor).to_have_css("opacity", "1")
    expect(domain).to_have_css("text-decoration-line", "underline")


def test_a_row_of_the_list_of_issues_leads_to_its_issue(reader: Reader) -> None:
    """Also where the thumbnail is. The keyboard reaches each issue once."""
    page = reader.open("")
    row = page.locator(".year li", has=page.get_by_role("link", name="Issue 29")).first
    expect(row.get_by_role("link")).to_have_count(1)
    row.scroll_into_view_if_needed()
    box = row.locator("img").bounding_box()
    assert box
    page.mouse.click(box["x"] + 40, box["y"] + 30)
    page.wait_for_url(f"{reader.home}029/")


def test_the_first_tab_shows_a_link_to_the_content(reader: Reader) -> None:
    """The first Tab shows a link that skips the navigation."""
    page = reader.open(PAGES["issue"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_content"


def test_a_printed_issue_shows_its_urls(reader: Reader) -> None:
    """In print, the navigation and the form are hidden, and each title is followed by its URL."""
    page = reader.open(PAGES["issue"])
    page.emulate_media(media="print")
    assert not page.locator(".masthead nav, .call, .neighbours").first.is_visible()
    shown = page.evaluate("getComputedStyle(document.querySelector('.entry h3 a'), '::after').content")
    assert "https://" in shown or "attr" in shown
