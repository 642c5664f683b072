"""The layout of the email in a browser: width, readability and accessibility."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser import ISSUES, Show
from tests.golden import SAMPLES

pytestmark = pytest.mark.slow

issues = pytest.mark.parametrize("slug", ISSUES)

# Every visible text: its words, its size, its colour, and the background colour behind it.
TEXTS = """() => {
    const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const words = walker.currentNode.data.trim(), parent = walker.currentNode.parentElement;
        if (!words || !parent.checkVisibility()) continue;
        let ground = parent;
        while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
        const style = getComputedStyle(parent);
        texts.push([words, parseFloat(style.fontSize), style.color, getComputedStyle(ground).backgroundColor]);
    }
    return texts;
}"""
# The distance from each side of the column to the beginning of a paragraph's last line.
LAST_LINE = """paragraph => {
    const range = document.createRange();
    range.selectNodeContents(paragraph);
    const line = [...range.getClientRects()].at(-1), box = paragraph.getBoundingClientRect();
    return {ltr: line.left - box.left, rtl: box.right - line.right};
}"""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, "contrast ratio")."""

    def luminance(colour: str) -> float:
        assert colour.startswith("rgb("), f"{colour} is transparent"
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@issues
@pytest.mark.parametrize("images", [True, False])
def test_no_sideways_scrolling(show: Show, slug: str, images: bool) -> None:
    """Nothing is wider than the window, from a small phone to a desktop, even with very long words."""
    page = show(slug, images=images)
    for width in (360, 375, 600, 760):
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@issues
@pytest.mark.parametrize("scheme", ["light", "dark", "outlook"])
def test_text_is_readable(show: Show, slug: str, scheme: str) -> None:
    """All text is at least 14 pixels high and has a contrast of at least 4.5:1 with its background."""
    texts = show(slug, scheme=scheme).evaluate(TEXTS)
    assert len(texts) > 20
    assert [text for text in texts if text[1] < 14 or contrast(text[2], text[3]) < 4.5] == []


@issues
def test_document(show: Show, slug: str) -> None:
    """The page has standards mode, language, direction and title. No heading level is skipped. Links have text."""
    page = show(slug)
    language = {"2021-week-11-ja": "ja", "arabic": "ar"}.get(slug, "en")
    root = "[document.doctype.name, document.compatMode, document.documentElement.lang, document.documentElement.dir]"
    assert page.evaluate(root) == ["html", "CSS1Compat", language, "rtl" if language == "ar" else "ltr"]
    assert page.title().strip()
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(each => Number(each.tagName[1]))")
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(level <= before + 1 for before, level in pairwise(levels))
    assert page.locator("table:not([role=presentation])").count() == 0
    nameless = "all => all.filter(link => !(link.innerText.trim() || link.querySelector('img')?.alt.trim())).length"
    assert page.locator("a[href]").evaluate_all(nameless) == 0


@issues
def test_markup(issue_folder: Callable[[str], Path], slug: str) -> None:
    """Images have an alternative text and fit the column. Outlook's tables are well-formed and 600 pixels wide."""
    html = (issue_folder(slug) / "email.html").read_text(encoding="utf-8")
    images = re.findall(r"<img\b[^>]*>", html)
    widths = [re.search(r'\swidth="(\d{1,3})"', image) for image in images]
    assert all(width and 1 <= int(width[1]) <= 528 for width in widths)
    assert all(re.search(r'\salt="[^"]', image) for image in images)
    outlook = "".join(re.findall(r"<!--\[if mso[^\]]*\]>(.*?)<!\[endif\]-->", html, re.DOTALL))
    tables = re.findall(r"<table\b[^>]*>", outlook)
    assert ' width="600"' in tables[0]
    assert all(' role="presentation"' in table for table in tables)
    assert all(len(re.findall(rf"<{tag}\b", outlook)) == outlook.count(f"</{tag}>") for tag in ("table", "tr", "td"))


# The sample with four entries does not list its sections.
@pytest.mark.parametrize("slug", [slug for slug in ISSUES if slug != "2021-week-11-ja"])
def test_contents_link_to_sections(show: Show, slug: str) -> None:
    """Each line of the contents links to its own empty anchor, and a click scrolls there."""
    page = show(slug)
    links = page.locator("a[href^='#']")
    targets = [str(link.get_attribute("href"))[1:] for link in links.all()]
    assert len(set(targets)) == len(targets) == page.locator("h2.heading").count()
    assert all(page.locator(f"a[id='{target}'][name='{target}']:empty").count() == 1 for target in targets)
    before = page.evaluate("scrollY")
    links.last.click()
    assert page.evaluate("scrollY") > before
    assert -1 < page.locator(f"[id='{targets[-1]}']").evaluate("each => each.getBoundingClientRect().top") < 600


@pytest.mark.parametrize("slug", SAMPLES)
def test_preheader_is_invisible(show: Show, slug: str) -> None:
    """The preheader comes before all other text, and takes no space."""
    preheader = show(slug).locator(".page > .preheader:first-child")
    assert preheader.evaluate("each => [each.checkVisibility(), each.offsetHeight]") == [False, 0]
    assert str(preheader.text_content()).strip()


@issues
def test_without_images(show: Show, slug: str) -> None:
    """If images are turned off, each shows its alternative text, between one line and the maximum image height."""
    images = show(slug, images=False).locator("img")
    assert images.count() > 0
    for words, pixels, height in images.evaluate_all(
        "all => all.map(image => [image.alt, image.naturalWidth, image.offsetHeight])"
    ):
        assert words
        assert pixels == 0
        assert 16 <= height <= 662


def test_right_to_left(show: Show) -> None:
    """An issue in Arabic is laid out from right to left: text, panel, lists, quotes and masthead."""
    page = show("arabic")
    rows = "all => all.map(row => getComputedStyle(row)).map(style => `${style.direction} ${style.textAlign}`)"
    texts = page.locator(".entries, .sheet td:not(.date, .entries) > div:not(.mj-outlook-group-fix)")
    assert {row.replace("-webkit-", "") for row in texts.evaluate_all(rows)} == {"rtl right"}
    edges = "each => ['Right', 'Left'].map(side => getComputedStyle(each)[`border${side}Width`])"
    assert page.locator(".panel > table > tbody > tr > td").evaluate(edges) == ["3px", "0px"]
    assert page.locator("blockquote").evaluate(edges) == ["3px", "0px"]
    paddings = "each => [getComputedStyle(each).paddingRight, getComputedStyle(each).paddingLeft]"
    assert page.locator(".panel ul").evaluate(paddings) == ["22px", "0px"]
    left = "each => each.getBoundingClientRect().left"
    assert page.locator(".name").evaluate(left) > page.locator(".date").evaluate(left)


@pytest.mark.parametrize(
    ("slug", "language", "direction"),
    [("2021-week-11-ja", "en", "ltr"), ("arabic", "en", "ltr"), ("crowded", "ar", "rtl")],
)
def test_entry_in_another_language(show: Show, slug: str, language: str, direction: str) -> None:
    """An entry in another language has its language and direction, and its lines begin on the matching side."""
    entry = show(slug).locator(f".entries [lang={language}][dir={direction}]:has(h3)")
    assert entry.count() == 1
    assert entry.locator("p").last.evaluate(LAST_LINE)[direction] == pytest.approx(0, abs=1)
