"""Computes the style of each element as a client would: colour, background, size and a few more.

It implements a small part of CSS: the cascade (CSS Cascading 4, section 6) for the properties that decide whether
text is readable, at desktop width, in light mode, in dark mode, and in Outlook's dark mode, which sets the
attributes `data-ogsc` and `data-ogsb` instead of using a media query.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from cssselect.parser import parse as parse_selectors
from lxml import etree
from tinycss2.color4 import parse_color

from newsletter.check.rules.email.colour_schemes import ComputedStyle, DisplayMode
from newsletter.check.rules.email.style_sheets import Declaration, StyleRule, declarations, style_rules
from newsletter.check.rules.html_elements import Element

_READ = {"color", "background", "background-color", "font", "font-size", "font-weight", "font-style", "font-family"}
_READ |= {"display", "visibility", "text-decoration", "text-decoration-line", "border-bottom", "border"}
_LONGHANDS = {"background": "background-color", "text-decoration": "text-decoration-line"}
# The width of the window in CSS pixels.
_WIDTH = 1000
# The default style sheet of clients (HTML Standard, 15 Rendering).
_SIZES = {"h1": 2, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 1 / 1.2, "sub": 1 / 1.2, "sup": 1 / 1.2}
_BOLD = {"b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"}
_ITALIC = {"address", "cite", "dfn", "em", "i", "var"}
_MONOSPACED = {"code", "kbd", "pre", "samp", "tt"}
_HIDDEN = {"head", "script", "style", "template", "title"}
_LINK, _DARK_LINK, _DARK_BACKGROUND = "#0000ee", "#9e9eff", "#121212"
_KEYWORDS = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_PIXELS = {"px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "rem": 16}
# The default size of monospaced text is 13 pixels, that of other text 16.
_TYPEWRITER = 13 / 16
_OUTLOOKS = re.compile(r"\[data-ogs[cb]\]\s*")

Weight = tuple[int, int, int]
Rank = tuple[bool, bool, Weight]
Winning = dict[str, Declaration]


class Styling:
    """The computed styles of a page's elements in each display mode."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.matches: list[tuple[StyleRule, str, Weight, Sequence[Element]]] = []
        for rule in style_rules(root):
            if any(declaration.name in _READ for declaration in rule.declarations):
                self.matches += _matches(root, rule)
        schemes = " ".join(meta.get("content", "") for meta in root.iter("meta") if meta.get("name") == "color-scheme")
        self.supports_dark = "dark" in schemes
        self._styles: dict[DisplayMode, dict[Element, ComputedStyle]] = {}

    @property
    def modes(self) -> list[DisplayMode]:
        """Light and dark mode, and Outlook's dark mode if the page has rules for it."""
        outlook = any(_OUTLOOKS.search(selector) for _, selector, _, _ in self.matches)
        return [DisplayMode.LIGHT, DisplayMode.DARK, *([DisplayMode.OUTLOOK] if outlook else [])]

    def styles(self, mode: DisplayMode) -> dict[Element, ComputedStyle]:
        """Return the style of each element in a display mode."""
        if mode not in self._styles:
            self._styles[mode] = self._computed(mode)
        return self._styles[mode]

    def _computed(self, mode: DisplayMode) -> dict[Element, ComputedStyle]:
        winning = self._winning(mode)
        styles: dict[Element, ComputedStyle] = {}
        dark = mode is DisplayMode.DARK and self.supports_dark
        first = ComputedStyle(colour="#ffffff", background=_DARK_BACKGROUND) if dark else ComputedStyle()
        for element in self.root.iter("*"):
            above = element.getparent()
            inherited = styles[above] if above is not None else first
            styles[element] = _style(element, inherited, winning.get(element, {}), _DARK_LINK if dark else _LINK)
        return styles

    def _winning(self, mode: DisplayMode) -> dict[Element, Winning]:
        ranked: dict[Element, dict[str, tuple[Rank, Declaration]]] = {}

        def add(element: Element, found: Iterable[Declaration], inline: bool, weight: Weight) -> None:
            known = ranked.setdefault(element, {})
            for declaration in found:
                if declaration.name in _READ:
                    rank = (declaration.important, inline, weight)
                    name = _LONGHANDS.get(declaration.name, declaration.name)
                    # Declarations are added in the order of the page; of the same rank, the later one wins.
                    if name not in known or rank >= known[name][0]:
                        known[name] = (rank, declaration)

        for rule, selector, weight, elements in self.matches:
            outlooks = bool(_OUTLOOKS.search(selector))
            if all(_applies(condition, mode) for condition in rule.conditions) and (
                not outlooks or mode is DisplayMode.OUTLOOK
            ):
                for element in elements:
                    add(element, rule.declarations, False, weight)
        for element in self.root.iter("*"):
            add(element, declarations(element.get("style", "")), True, (0, 0, 0))
        return {element: {name: won for name, (_, won) in known.items()} for element, known in ranked.items()}


def _matches(root: Element, rule: StyleRule) -> Iterator[tuple[StyleRule, str, Weight, Sequence[Element]]]:
    """Yield the elements that each selector of a rule matches; invalid selectors match none (Selectors 4, 3.9)."""
    try:
        selectors = parse_selectors(rule.selectors)
    except SelectorError:
        return
    for selector in selectors:
        # Outlook adds the attribute of `[data-ogsc] .row` itself; it is not in the page.
        text = _OUTLOOKS.sub("", selector.canonical()) or "*"
        with suppress(SelectorError, etree.XPathError):
            found = root.xpath(HTMLTranslator().css_to_xpath(text))
            if isinstance(found, list) and not selector.pseudo_element:
                yield rule, selector.canonical(), selector.specificity(), found


def _applies(condition: str, mode: DisplayMode) -> bool:
    """Return whether an at-rule applies on a desktop in a display mode; unknown conditions do not."""
    keyword, _, query = condition.partition(" ")
    if keyword != "@media":
        return False
    return any(_query_applies(part.strip().lower(), mode) for part in query.split(","))


def _query_applies(query: str, mode: DisplayMode) -> bool:
    medium = re.match(r"(?:only\s+)?([a-z]+)(?![a-z(:-])", query)
    if medium and medium[1] not in ("all", "screen"):
        return False
    for name, value in re.findall(r"\(\s*([\w-]+)\s*(?::\s*([^)]*?)\s*)?\)", query):
        if name == "prefers-color-scheme":
            applies = value == ("dark" if mode is DisplayMode.DARK else "light")
        elif name in ("min-width", "max-width") and (number := re.match(r"([0-9.]+)px", value)):
            applies = (float(number[1]) <= _WIDTH) == (name == "min-width")
        else:
            applies = False
        if not applies:
            return False
    return True


def _style(element: Element, parent: ComputedStyle, won: Winning, link: str) -> ComputedStyle:
    tag = str(element.tag)
    style = replace(
        parent,
        bold=parent.bold or tag in _BOLD,
        italic=parent.italic or tag in _ITALIC,
        underlined=parent.underlined or tag in ("u", "ins") or (tag == "a" and bool(element.get("href"))),
        colour=link if tag == "a" and element.get("href") else parent.colour,
        background=_colour_of(element.get("bgcolor", ""), parent) or parent.background,
        size=parent.size * _SIZES.get(tag, 1),
        shown=parent.shown and tag not in _HIDDEN and element.get("hidden") is None,
    )
    values = {name: declaration.text.lower() for name, declaration in won.items()}
    style = _font(style, parent, tag, values)
    # The background comes first: a transparent colour is mixed with it.
    if "background-color" in won:
        style = replace(
            style, background=_colour_in(won["background-color"], parent.colour, parent.background) or parent.background
        )
    if "color" in won and values["color"] != "inherit":
        style = replace(style, colour=_colour_in(won["color"], parent.colour, style.background) or style.colour)
    elif "color" in won:
        style = replace(style, colour=parent.colour)
    if line := values.get("text-decoration-line", ""):
        style = replace(style, underlined="underline" in line or (parent.underlined and tag != "a"))
    if tag == "a" and re.search(
        r"[1-9].*(?:solid|dotted|dashed|double)", values.get("border-bottom", values.get("border", ""))
    ):
        style = replace(style, underlined=True)
    if values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
        style = replace(style, shown=False)
    return style


def _font(style: ComputedStyle, parent: ComputedStyle, tag: str, values: dict[str, str]) -> ComputedStyle:
    family, size = values.get("font-family", ""), values.get("font-size", "")
    if shorthand := re.search(r"([\w.%-]+)(?:\s*/\s*[\w.%-]+)?\s+((?:[\"'a-z-][^/]*))$", values.get("font", "")):
        size, family = size or shorthand[1], family or shorthand[2]
    # A second family, as in `monospace, monospace`, turns the smaller default size off.
    typewriter = family == "monospace" if family else tag in _MONOSPACED or parent.monospaced
    scale = 1.0 if typewriter == parent.monospaced else _TYPEWRITER if typewriter else 1 / _TYPEWRITER
    weight = values.get("font-weight", "")
    return replace(
        style,
        monospaced=typewriter,
        size=_size(size, parent.size) or style.size * scale,
        bold=weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600) if weight else style.bold,
        italic=values["font-style"] != "normal" if "font-style" in values else style.italic,
    )


def _size(text: str, above: float) -> float | None:
    """Return a font size in CSS pixels, or None if it is inherited or invalid."""
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    number = re.fullmatch(r"([0-9]*\.?[0-9]+)(px|pt|pc|in|cm|mm|rem|em|%)", text)
    if not number:
        return None
    of = {"em": above, "%": above / 100}
    return float(number[1]) * of.get(number[2], _PIXELS.get(number[2], 1))


def _colour_in(declaration: Declaration, current: str, background: str) -> str | None:
    """Return the colour that a declaration sets, over its background, or None."""
    for token in reversed(declaration.value):
        colour = parse_color(token)
        if colour == "currentcolor":
            return current
        if colour is not None:
            return _mixed(colour, background)
    return None


def _colour_of(text: str, parent: ComputedStyle) -> str | None:
    colour = parse_color(text) if text else None
    return None if colour is None or isinstance(colour, str) else _mixed(colour, parent.background)


def _mixed(colour: Any, background: str) -> str | None:
    """Return a colour over its background as `#rrggbb`, or None for colour spaces that few clients support."""
    try:
        red, green, blue, alpha = colour.to("srgb")
    except NotImplementedError:
        return None
    under = (int(background[at : at + 2], 16) / 255 for at in (1, 3, 5))
    mixed = (over * alpha + below * (1 - alpha) for over, below in zip((red, green, blue), under, strict=True))
    return "#" + "".join(f"{round(min(max(channel, 0), 1) * 255):02x}" for channel in mixed)
