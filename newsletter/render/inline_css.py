"""Inlines CSS: the rules of email.css become style attributes. The layout's own style sheets stay unchanged.

premailer's default settings damage the email. Each setting here prevents a defect that was measured
(`docs/email.md`, "From template to file").
"""

import logging
import sys
from functools import cache
from types import ModuleType
from typing import Any

import cssutils
from lxml import etree

# premailer imports requests, which takes a fifth of a cold start. It is never used: inlining fetches nothing.
_ABSENT = "requests" not in sys.modules
if _ABSENT:
    sys.modules["requests"] = ModuleType("requests")
from premailer import Premailer  # noqa: E402

if _ABSENT:
    del sys.modules["requests"]

DOCTYPE = "<!DOCTYPE html>"


def _fetch_nothing(url: str) -> None:
    """Fetch nothing. cssutils follows an `@import` even if premailer must not use the network."""


def _assume_valid(*_: object) -> tuple[bool, bool, list[str]]:
    """Validate nothing. Validity changes no style, and premailer cannot turn it off for style attributes.

    Compiling the patterns of cssutils for it would take a tenth of a cold start.
    """
    return True, True, []


cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001 (cssutils has no public setting)
cssutils.profile.validateWithProfile = _assume_valid


class _Inliner(Premailer):  # type: ignore[misc]
    """premailer, except that it parses a style sheet once and not for each page."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        rules, leftover = _parse_rules(css_body, ruleset_index)
        return list(rules), list(leftover)


@cache
def _parse_rules(css: str, index: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rules, leftover = Premailer("", strip_important=False, disable_validation=True)._parse_style_rules(css, index)  # noqa: SLF001
    return tuple(rules), tuple(leftover)


def inline_css(page: str, css: str) -> str:
    """Return the page with the rules of `css` as style attributes."""
    root = etree.fromstring(page, etree.HTMLParser())
    sheets = list(root.iter("style"))
    for sheet in sheets:
        sheet.set(Premailer.attribute_name, "ignore")
    _Inliner(
        root,
        css_text=css,
        strip_important=False,
        align_floating_images=False,
        remove_unset_properties=False,
        disable_validation=True,
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        disable_leftover_css=True,
        disable_link_rewrites=True,
        allow_network=False,
        cssutils_logging_level=logging.CRITICAL,
    ).transform()
    for sheet in sheets:
        sheet.attrib.pop(Premailer.attribute_name, None)
    for element in root.iter(etree.Element):
        if rules := element.get("style"):
            element.set("style", rules.replace("; ", ";"))
    return etree.tostring(root, method="html", encoding="unicode", doctype=DOCTYPE) + "\n"
