"""The web archive in a real browser: read by everybody, light, still, and searched by keyboard."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter.archive.build import build_site
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
    "tag": "tags/pytorch/",
    "tags": "tags/",
    "about": "about/",
    "search": "search/",
    "missing": "no/such/page/",
}
SHIFTS = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => setTimeout(() => done(sum), 100));
})"""


@dataclass
class Reader:
    """A window on the site; what it was sent, and what it complained of."""

    page: Page
    home: str
    sent: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the site, and scroll through it, so that every picture is loaded."""
        self.sent.clear()
        self.page.goto(self.home + path, wait_until="networkidle")
        return self.page


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples' site, drafts too, below a path, with a form, and with two issues that are hard to lay out."""
    root = tmp_path_factory.mktemp("letter")
    text = (
        (REPOSITORY / "newsletter.yaml").read_text().replace("https://news.example.org/", f"https://example.org{BASE}")
    )
    (root / "newsletter.yaml").write_text(text)
    (root / "issues").mkdir()
    for path in (REPOSITORY / "issues").iterdir():
        (root / "issues" / path.name).symlink_to(path)
    (root / "issues/arabic.yaml").write_text(ARABIC)
    (root / "issues/crowded.yaml").write_text(CROWDED)
    (root / "templates/labels").mkdir(parents=True)
    (root / "templates/labels/ar.yaml").symlink_to(REPOSITORY / "templates/labels/en.yaml")
    assert build_site(root, root / "site", BuildOptions(drafts=True), lambda *_: None).published
    return root / "site"


@pytest.fixture(scope="session")
def home(built: Path) -> Iterator[str]:
    """The address under which the site is served."""
    server = archive_server(built, BASE, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.address
    server.stop()
    thread.join()


@pytest.fixture
def reader(browser: Browser, home: str) -> Iterator[Reader]:
    """A window whose console must stay silent, and that loads nothing from elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    reader = Reader(context.new_page(), home)
    reader.page.on("console", lambda said: reader.complaints.append(said.text))
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    reader.page.on(
        "request",
        lambda request: None if request.url.startswith((home, "data:")) else reader.complaints.append(request.url),
    )
    reader.page.on(
        "requestfinished", lambda request: reader.sent.__setitem__(request.url, request.sizes()["responseBodySize"])
    )
    yield reader
    context.close()
    assert [said for said in reader.complaints if "404 (Not Found)" not in said] == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_every_kind_of_page(reader: Reader, width: int, scheme: str) -> None:
    """axe-core finds nothing to complain of, and no page is wider than its window."""
    reader.page.set_viewport_size({"width": width, "height": 844})
    reader.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    axe = Axe()
    for kind, path in PAGES.items():
        page = reader.open(path)
        results = axe.run(page)
        assert results.violations_count == 0, f"{kind}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind


@pytest.mark.parametrize(("kind", "budget"), [("home", 40_000), ("issue", 60_000), ("tag", 30_000), ("search", 30_000)])
def test_pages_are_light_and_still(reader: Reader, kind: str, budget: int) -> None:
    """A page's own bytes stay within a budget, it comes in two requests and its pictures, and nothing in it moves."""
    page = reader.open(PAGES[kind])
    own = {url: size for url, size in reader.sent.items() if "/assets/" not in url}
    assert sum(own.values()) < budget
    assert len(own) <= (3 if kind == "search" else 2), own
    assert page.evaluate(SHIFTS) == 0
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate(SHIFTS) == 0


def test_the_style_sheet_is_small(built: Path) -> None:
    """There is one, under 15 KB."""
    (style,) = built.rglob("*.css")
    assert style.stat().st_size < 15_000


def test_pages_are_read_without_javascript(browser: Browser, home: str) -> None:
    """Without JavaScript an issue says all of its words, and the search's page says what to do instead."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(home + PAGES["issue"])
    assert page.locator("article.entry").count() == 13
    page.goto(home + PAGES["search"])
    assert "The search needs JavaScript" in page.inner_text("main")
    page.close()


def test_the_search_is_used_by_keyboard(reader: Reader) -> None:
    """From the home to an entry by Tab, Enter and words alone; its index is loaded only when something is asked."""
    page = reader.open("")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Search":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert not [url for url in reader.sent if "pagefind" in url]
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
    ("asked", "found"), [("拡散", "2021-week-11-ja/"), ("العدسات", "arabic/"), ("PyTorch", "029/")]
)
def test_the_search_knows_every_script(reader: Reader, asked: str, found: str) -> None:
    """A word in Japanese, Arabic or Latin letters leads to the entry that has it."""
    words = "データ" if asked == "拡散" else asked
    page = reader.open(f"search/?q={words}")
    page.locator(f".results a[href^='{BASE}{found}']").first.wait_for()
    assert re.fullmatch("Issues found: [1-9]", page.inner_text("[role=status]"))
    assert words in page.inner_text(".results").replace("\u200b", "") or asked == "العدسات"


def test_nothing_found_is_said(reader: Reader) -> None:
    """The search says that it found nothing, where a screen reader hears it, and what is wrong where it cannot load."""
    page = reader.open("search/?q=xyzzyplugh")
    page.wait_for_function("document.querySelector('[role=status]').textContent === 'No results'")
    page.route("**/pagefind.js", lambda route: route.abort())
    reader.open("search/?q=lens")
    page.wait_for_function("document.querySelector('[role=status]').textContent.includes('could not be loaded')")
    assert all(re.search("net::ERR_FAILED|Failed to (load|fetch)", said) for said in reader.complaints)
    reader.complaints.clear()


def test_a_reader_skips_to_the_content_and_back_to_the_top(reader: Reader) -> None:
    """The first Tab shows a link that leads past the navigation."""
    page = reader.open(PAGES["issue"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_content"


def test_a_printed_issue_has_its_words_and_its_links(reader: Reader) -> None:
    """On paper the navigation and the form are gone, and a title is followed by its address."""
    page = reader.open(PAGES["issue"])
    page.emulate_media(media="print")
    assert not page.locator(".masthead nav, .call, .neighbours").first.is_visible()
    shown = page.evaluate("getComputedStyle(document.querySelector('.entry h3 a'), '::after').content")
    assert "https://" in shown or "attr" in shown
