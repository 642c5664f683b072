"""What the style sheets make of each element: its colour, its ground and its size, as a client would show it.

A small part of CSS: the cascade (CSS Cascading 4, 6) over the few properties that decide
whether a text can be read, at the width of a desktop, in light, in dark, and in the dark
mode of Outlook, which marks the page with `data-ogsc` and `data-ogsb` instead.
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
from newsletter.check.rules.email.html_elements import Element
from newsletter.check.rules.email.style_sheets import Declaration, StyleRule, declarations, style_rules

_READ = {"color", "background", "background-color", "font", "font-size", "font-weight", "font-style", "font-family"}
_READ |= {"display", "visibility", "text-decoration", "text-decoration-line", "border-bottom", "border"}
_LONGHANDS = {"background": "background-color", "text-decoration": "text-decoration-line"}
# Of the window in which the page is read, in CSS pixels.
_WIDTH = 1000
# What a client shows where no rule says otherwise (HTML Standard, 15 Rendering).
_SIZES = {"h1": 2, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 1 / 1.2, "sub": 1 / 1.2, "sup": 1 / 1.2}
_BOLD = {"b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"}
_ITALIC = {"address", "cite", "dfn", "em", "i", "var"}
_MONOSPACED = {"code", "kbd", "pre", "samp", "tt"}
_HIDDEN = {"head", "script", "style", "template", "title"}
_LINK, _DARK_LINK, _DARK_GROUND = "#0000ee", "#9e9eff", "#121212"
_KEYWORDS = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_PIXELS = {"px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "rem": 16}
# A client's own size of typewriter text is 13 pixels where that of other text is 16.
_TYPEWRITER = 13 / 16
_OUTLOOKS = re.compile(r"\[data-ogs[cb]\]\s*")

Weight = tuple[int, int, int]
Rank = tuple[bool, bool, Weight]
Winning = dict[str, Declaration]


class Styling:
    """The styles of a page's elements, in each scheme."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.matches: list[tuple[StyleRule, str, Weight, Sequence[Element]]] = []
        for rule in style_rules(root):
            if any(declaration.name in _READ for declaration in rule.declarations):
                self.matches += _matches(root, rule)
        says = " ".join(meta.get("content", "") for meta in root.iter("meta") if meta.get("name") == "color-scheme")
        self.knows_dark = "dark" in says
        self._styles: dict[DisplayMode, dict[Element, ComputedStyle]] = {}

    @property
    def schemes(self) -> list[DisplayMode]:
        """The schemes that the page has rules for, and light."""
        outlook = any(_OUTLOOKS.search(selector) for _, selector, _, _ in self.matches)
        return [DisplayMode.LIGHT, DisplayMode.DARK, *([DisplayMode.OUTLOOK] if outlook else [])]

    def styles(self, scheme: DisplayMode) -> dict[Element, ComputedStyle]:
        """The style of each element."""
        if scheme not in self._styles:
            self._styles[scheme] = self._computed(scheme)
        return self._styles[scheme]

    def _computed(self, scheme: DisplayMode) -> dict[Element, ComputedStyle]:
        winning = self._winning(scheme)
        styles: dict[Element, ComputedStyle] = {}
        dark = scheme is DisplayMode.DARK and self.knows_dark
        first = ComputedStyle(colour="#ffffff", ground=_DARK_GROUND) if dark else ComputedStyle()
        for element in self.root.iter("*"):
            above = element.getparent()
            inherited = styles[above] if above is not None else first
            styles[element] = _style(element, inherited, winning.get(element, {}), _DARK_LINK if dark else _LINK)
        return styles

    def _winning(self, scheme: DisplayMode) -> dict[Element, Winning]:
        ranked: dict[Element, dict[str, tuple[Rank, Declaration]]] = {}

        def add(element: Element, found: Iterable[Declaration], inline: bool, weight: Weight) -> None:
            known = ranked.setdefault(element, {})
            for declaration in found:
                if declaration.name in _READ:
                    rank = (declaration.important, inline, weight)
                    name = _LONGHANDS.get(declaration.name, declaration.name)
                    # Of the same rank the later one wins, and they come in the order of the page.
                    if name not in known or rank >= known[name][0]:
                        known[name] = (rank, declaration)

        for rule, selector, weight, elements in self.matches:
            outlooks = bool(_OUTLOOKS.search(selector))
            if all(_holds(condition, scheme) for condition in rule.conditions) and (
                not outlooks or scheme is DisplayMode.OUTLOOK
            ):
                for element in elements:
                    add(element, rule.declarations, False, weight)
        for element in self.root.iter("*"):
            add(element, declarations(element.get("style", "")), True, (0, 0, 0))
        return {element: {name: won for name, (_, won) in known.items()} for element, known in ranked.items()}


def _matches(root: Element, rule: StyleRule) -> Iterator[tuple[StyleRule, str, Weight, Sequence[Element]]]:
    """The elements that each selector of a rule finds; what is no selector finds nothing (Selectors 4, 3.9)."""
    try:
        selectors = parse_selectors(rule.selectors)
    except SelectorError:
        return
    for selector in selectors:
        # `[data-ogsc] .row` stands where Outlook has set the attribute, which is not in the page.
        text = _OUTLOOKS.sub("", selector.canonical()) or "*"
        with suppress(SelectorError, etree.XPathError):
            found = root.xpath(HTMLTranslator().css_to_xpath(text))
            if isinstance(found, list) and not selector.pseudo_element:
                yield rule, selector.canonical(), selector.specificity(), found


def _holds(condition: str, scheme: DisplayMode) -> bool:
    """Whether an at-rule's condition holds on a desktop, in a scheme; what is not known does not."""
    keyword, _, query = condition.partition(" ")
    if keyword != "@media":
        return False
    return any(_query_holds(part.strip().lower(), scheme) for part in query.split(","))


def _query_holds(query: str, scheme: DisplayMode) -> bool:
    medium = re.match(r"(?:only\s+)?([a-z]+)(?![a-z(:-])", query)
    if medium and medium[1] not in ("all", "screen"):
        return False
    for name, value in re.findall(r"\(\s*([\w-]+)\s*(?::\s*([^)]*?)\s*)?\)", query):
        if name == "prefers-color-scheme":
            holds = value == ("dark" if scheme is DisplayMode.DARK else "light")
        elif name in ("min-width", "max-width") and (number := re.match(r"([0-9.]+)px", value)):
            holds = (float(number[1]) <= _WIDTH) == (name == "min-width")
        else:
            holds = False
        if not holds:
            return False
    return True


def _style(element: Element, above: ComputedStyle, won: Winning, link: str) -> ComputedStyle:
    tag = str(element.tag)
    style = replace(
        above,
        bold=above.bold or tag in _BOLD,
        italic=above.italic or tag in _ITALIC,
        lined=above.lined or tag in ("u", "ins") or (tag == "a" and bool(element.get("href"))),
        colour=link if tag == "a" and element.get("href") else above.colour,
        ground=_colour_of(element.get("bgcolor", ""), above) or above.ground,
        size=above.size * _SIZES.get(tag, 1),
        shown=above.shown and tag not in _HIDDEN and element.get("hidden") is None,
    )
    values = {name: declaration.text.lower() for name, declaration in won.items()}
    style = _font(style, above, tag, values)
    # The ground first: a colour that lets it through is mixed with it.
    if "background-color" in won:
        style = replace(style, ground=_colour_in(won["background-color"], above.colour, above.ground) or above.ground)
    if "color" in won and values["color"] != "inherit":
        style = replace(style, colour=_colour_in(won["color"], above.colour, style.ground) or style.colour)
    elif "color" in won:
        style = replace(style, colour=above.colour)
    if line := values.get("text-decoration-line", ""):
        style = replace(style, lined="underline" in line or (above.lined and tag != "a"))
    if tag == "a" and re.search(
        r"[1-9].*(?:solid|dotted|dashed|double)", values.get("border-bottom", values.get("border", ""))
    ):
        style = replace(style, lined=True)
    if values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
        style = replace(style, shown=False)
    return style


def _font(style: ComputedStyle, above: ComputedStyle, tag: str, values: dict[str, str]) -> ComputedStyle:
    family, size = values.get("font-family", ""), values.get("font-size", "")
    if shorthand := re.search(r"([\w.%-]+)(?:\s*/\s*[\w.%-]+)?\s+((?:[\"'a-z-][^/]*))$", values.get("font", "")):
        size, family = size or shorthand[1], family or shorthand[2]
    # A family after the generic one, as in `monospace, monospace`, takes the client's own size away.
    typewriter = family == "monospace" if family else tag in _MONOSPACED or above.monospaced
    scale = 1.0 if typewriter == above.monospaced else _TYPEWRITER if typewriter else 1 / _TYPEWRITER
    weight = values.get("font-weight", "")
    return replace(
        style,
        monospaced=typewriter,
        size=_size(size, above.size) or style.size * scale,
        bold=weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600) if weight else style.bold,
        italic=values["font-style"] != "normal" if "font-style" in values else style.italic,
    )


def _size(text: str, above: float) -> float | None:
    """A font size in CSS pixels; nothing where it is inherited, or is none."""
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    number = re.fullmatch(r"([0-9]*\.?[0-9]+)(px|pt|pc|in|cm|mm|rem|em|%)", text)
    if not number:
        return None
    of = {"em": above, "%": above / 100}
    return float(number[1]) * of.get(number[2], _PIXELS.get(number[2], 1))


def _colour_in(declaration: Declaration, current: str, ground: str) -> str | None:
    """The colour that a declaration sets, on its ground; nothing where it sets none."""
    for token in reversed(declaration.value):
        colour = parse_color(token)
        if colour == "currentcolor":
            return current
        if colour is not None:
            return _mixed(colour, ground)
    return None


def _colour_of(text: str, above: ComputedStyle) -> str | None:
    colour = parse_color(text) if text else None
    return None if colour is None or isinstance(colour, str) else _mixed(colour, above.ground)


def _mixed(colour: Any, ground: str) -> str | None:
    """A colour over its ground, as `#rrggbb`; nothing for one of another colour space, which few clients know."""
    try:
        red, green, blue, alpha = colour.to("srgb")
    except NotImplementedError:
        return None
    under = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    mixed = (over * alpha + below * (1 - alpha) for over, below in zip((red, green, blue), under, strict=True))
    return "#" + "".join(f"{round(min(max(channel, 0), 1) * 255):02x}" for channel in mixed)
