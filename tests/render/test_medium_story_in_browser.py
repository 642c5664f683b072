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
EDITOR = "document.body.innerHTML = '<div id=editor contenteditable></div>'; document.querySelector('#editor').focus()"


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


@pytest.mark.parametrize("slug", ISSUES)
def test_story_is_plain(show: Show, slug: str) -> None:
    """The story has no style, class, script or table, and all images have an alternative text."""
    page = show(slug, file=Format.STORY)
    assert page.locator("[style], [class], style, script, table, link").count() == 0
    assert page.locator("img:not([alt]), img[alt=''], figure:not(:has(img)), a:not([href])").count() == 0
