"""The Medium story in a browser: copying and pasting it keeps its structure."""

import pytest

from newsletter.render.format import Format
from tests.browser import ISSUES, Show
from tests.golden import SAMPLES

pytestmark = pytest.mark.slow

# The elements that Medium's editor keeps, in the order of the page.
KEPT = """root => [...root.querySelectorAll("h1, h2, li, a, strong, em, hr, figure")].map(each => {
    const words = each.innerText.replace(/\\s+/g, " ").trim(), name = each.localName;
    if (name === "a") return [name, words, each.href];
    if (name === "li") return [name, words, each.parentElement.localName];
    if (name !== "figure") return [name, words];
    return [name, each.querySelector("img").src, each.querySelector("figcaption")?.innerText.trim()];
})"""
# The smallest type, the margins on both sides, and whether nothing is wider than the window.
MEASURE = """() => {
    const all = selector => [...document.body.querySelectorAll(selector)];
    const boxes = all("h1, h2, p, figure, img").map(each => each.getBoundingClientRect());
    return [
        Math.min(...all("*").map(each => parseFloat(getComputedStyle(each).fontSize))),
        Math.min(...boxes.map(box => box.left)),
        innerWidth - Math.max(...boxes.map(box => box.right)),
        document.documentElement.scrollWidth <= innerWidth,
    ];
}"""
EDITOR = "document.body.innerHTML = '<div id=editor contenteditable></div>'; document.querySelector('#editor').focus()"


# Elements that only a style makes bold or italic, which Medium would keep, and elements that the story does not have.
LOOKS = """root => [
    [...root.querySelectorAll("[style]")].filter(each => each.style.fontWeight || each.style.fontStyle),
    [...root.querySelectorAll("b, i, font, span, div:not([lang])")],
].map(found => found.map(each => each.outerHTML.slice(0, 200)))"""


@pytest.mark.parametrize("slug", SAMPLES)
def test_copied_story_keeps_its_structure(show: Show, slug: str) -> None:
    """Headings, links, lists and figures with their captions are unchanged after pasting them into an editor."""
    page = show(slug, file=Format.STORY)
    story = page.locator("body").evaluate(KEPT)
    assert {"h1", "h2", "li", "a", "figure"} <= {part[0] for part in story}
    assert all(part[2] for part in story if part[0] == "figure")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+c")
    page.evaluate(EDITOR)
    page.keyboard.press("ControlOrMeta+v")
    assert page.locator("#editor").evaluate(KEPT) == story
    assert page.locator("#editor").evaluate(LOOKS) == [[], []]


@pytest.mark.parametrize("slug", ISSUES)
def test_story_is_plain(show: Show, slug: str) -> None:
    """The story has no script or table and styles only in its head. All images have an alternative text."""
    page = show(slug, file=Format.STORY)
    assert page.locator("[style], [class], body style, script, table, link").count() == 0
    assert page.locator("img:not([alt]), img[alt=''], figure:not(:has(img)), a:not([href])").count() == 0


@pytest.mark.parametrize("slug", ISSUES)
def test_story_is_readable_in_a_browser(show: Show, slug: str) -> None:
    """Lines have 60 to 90 letters on a desktop and a margin on a phone, type has 15 pixels or more, images fit."""
    for width, column in ((1200, 680), (390, 350)):
        page = show(slug, width, file=Format.STORY)
        measured = page.evaluate(MEASURE)
        assert measured[0] >= 15
        assert measured[1:] == [pytest.approx((width - column) / 2, abs=1)] * 2 + [True]
