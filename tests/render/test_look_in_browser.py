"""The look of the email, measured in a browser: sizes, colours and distances."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import Show
from tests.golden import SAMPLES

pytestmark = pytest.mark.slow

# The cells with the padding of the page, and the cell of the highlights.
CELL, PANEL = (f"{element} > table > tbody > tr > td" for element in (".block", ".panel"))
# The CSS properties of each selector, with the value that all matching elements have.
SIZES = {
    ".sheet": {"width": "600px"},
    CELL: {"padding-left": "36px", "padding-right": "36px"},
    ".entries, ul.list": {"font-size": "16px", "line-height": "25.6px"},
    "h3 ~ p:not([class], h3 + p), .panel li": {
        "font-size": "16px",
        "line-height": "25.6px",
        "font-family": "-apple-system",
    },
    "h1": {"font-size": "30px", "line-height": "36.6px", "font-weight": "700", "font-family": "Georgia"},
    "h2.heading": {"font-size": "22px", "font-weight": "700", "font-family": "Georgia"},
    "h3": {"font-size": "18px", "font-weight": "700", "font-family": "-apple-system"},
    "h3 a": {"text-decoration-line": "underline", "text-decoration-thickness": "1px"},
    ".domain": {"text-decoration-line": "none"},
    "h3 + p, .credit, .legal": {"font-size": "14px"},
    ".original": {"font-size": "16px", "font-style": "italic"},
    ".name div, .caps": {"font-size": "14px", "text-transform": "uppercase"},
    PANEL: {"border-left-width": "3px", "border-left-style": "solid"},
    "h3 + p + div img": {
        "border-top-width": "1px",
        "border-top-left-radius": "6px",
        "border-bottom-right-radius": "6px",
    },
    ".rule p": {"border-top-width": "1px"},
}
PHONE = {
    ".sheet": {"width": "599px"},
    CELL: {"padding-left": "20px", "padding-right": "20px"},
    "h1": {"font-size": "26px"},
}
# The colours in light mode and in dark mode.
TEXT, QUIET, ACCENT, RULE = ["#1f2328 #e7e4df", "#5c636b #a5acb4", "#b4430f #ff9a62", "#e4e0d6 #2d3237"]
COLOURS = {
    ".page": {"background-color": "#f4f2ec #111315"},
    ".sheet, .sheet > table": {"background-color": "#ffffff #191c1f"},
    ".forwarded, .entries, h1, .heading, h3 a, .plain, h3 ~ p:not([class], h3 + p)": {"color": TEXT},
    ".name div, .date div, .subtitle, .lead, .domain, .original, .credit, .legal, .quiet": {"color": QUIET},
    ".number, .caps, .panel li a, h3 + p + div a, h3 ~ p:not([class], h3 + p) a, .legal a, .forwarded a": {
        "color": ACCENT
    },
    f".bar{CELL}": {"border-top-color": ACCENT},
    PANEL: {"background-color": "#faf6ef #211d19", "border-left-color": ACCENT},
    ".rule p, h3 + p + div img": {"border-top-color": RULE},
}
# Only the first font of a family is compared, because the installed fonts depend on the machine.
MEASURE = """table => Object.fromEntries(Object.entries(table).map(([selector, properties]) => {
    const styles = [...document.querySelectorAll(selector)].map(element => getComputedStyle(element));
    const value = (style, name) => name === "font-family" ? style[name].split(",")[0] : style[name];
    const values = name => new Set(styles.map(style => value(style, name)));
    return [selector, Object.fromEntries(Object.keys(properties).map(name => [name, [...values(name)].join(" or ")]))];
}))"""
DISTANCES = """() => {
    const box = element => element.getBoundingClientRect(), all = selector => [...document.querySelectorAll(selector)];
    const before = title => title.previousElementSibling ?? title.parentElement.previousElementSibling;
    const above = rule => rule.closest("tr").previousElementSibling?.firstChild.lastElementChild
        ?? rule.closest(".sheet").previousElementSibling;
    return [all("h3:not(.first)").map(title => box(title).top - box(before(title)).bottom),
        all(".rule p").map(rule => box(rule).top - box(above(rule)).bottom)];
}"""


def measured(page: Page, table: dict[str, dict[str, str]]) -> Any:
    return page.evaluate(MEASURE, table)


@pytest.mark.parametrize(("width", "sizes"), [(760, SIZES), (600, SIZES), (599, SIZES | PHONE)])
@pytest.mark.parametrize("slug", SAMPLES)
def test_sizes(show: Show, slug: str, width: int, sizes: dict[str, dict[str, str]]) -> None:
    """Text, paddings and borders have the expected sizes, and those for phones below 600 pixels."""
    assert measured(show(slug, width), sizes) == sizes


@pytest.mark.parametrize("scheme", ["light", "dark", "outlook"])
@pytest.mark.parametrize("slug", SAMPLES)
def test_colours(show: Show, slug: str, scheme: str) -> None:
    """Every part has the expected colour in light mode, in dark mode, and in Outlook's own dark mode."""
    table = COLOURS if scheme == "outlook" else COLOURS | {"body": COLOURS[".page"]}

    def rgb(pair: str) -> str:
        return "rgb({}, {}, {})".format(*bytes.fromhex(pair.split()[scheme != "light"][1:]))

    expected = {selector: {name: rgb(pair) for name, pair in rules.items()} for selector, rules in table.items()}
    assert measured(show(slug, scheme=scheme), expected) == expected


FIGURES = """() => [...document.querySelectorAll("h3 + p + div img")].map(image => {
    const column = image.closest("td").getBoundingClientRect(), box = image.getBoundingClientRect();
    const own = ["width", "height"].map(name => Number(image.getAttribute(name)));
    return [box.width, box.height, ...own, box.left - column.left, column.right - box.right];
})"""


@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize(("width", "column"), [(760, 528), (360, 320)])
@pytest.mark.parametrize("slug", SAMPLES)
def test_figures(show: Show, slug: str, width: int, column: int, images: bool) -> None:
    """A figure is as wide as the column, or as its own pixels if these are fewer, and centred. A portrait one is low.

    It keeps its proportions, also if images are turned off.
    """
    figures = show(slug, width, images=images).evaluate(FIGURES)
    assert figures
    for shown, height, own_width, own_height, before, after in figures:
        assert shown == min(column, own_width)
        assert own_height <= (480 if own_height > own_width else 528)
        # The border is two pixels of both.
        assert height - 2 == pytest.approx((shown - 2) * own_height / own_width, abs=1)
        assert before == pytest.approx(after, abs=1)


@pytest.mark.parametrize("slug", SAMPLES)
def test_a_rule_precedes_the_text_about_the_author(show: Show, slug: str) -> None:
    """The last rule is above its heading, and the link for readers who got the email forwarded is below another."""
    page = show(slug)
    below = (
        """texts => texts.map(text => text.closest("tr").previousElementSibling.querySelector(".rule p") !== null)"""
    )
    assert page.locator(".forwarded, h2.small:has(+ .quiet)").evaluate_all(below) == [True, True]


@pytest.mark.parametrize("slug", SAMPLES)
def test_distances(show: Show, slug: str) -> None:
    """The distance between two entries is 30 pixels, and the distance above the rule of a section is 34 pixels."""
    entries, rules = show(slug).evaluate(DISTANCES)
    assert {round(distance, 1) for distance in entries} == {30}
    assert {round(distance, 1) for distance in rules} == {34}
