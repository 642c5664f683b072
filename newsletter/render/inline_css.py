"""Inlining: the rules of email.css become style attributes; the layout's style sheets stay as they are.

premailer's defaults damage mail; each setting here answers a fault that was measured
(`docs/email.md`, "From the template to the file").
"""

import logging
import sys
from functools import cache
from types import ModuleType
from typing import Any

import cssutils
from lxml import etree

# premailer imports requests, a fifth of all that a cold start takes, to fetch what we never let it fetch.
_ABSENT = "requests" not in sys.modules
if _ABSENT:
    sys.modules["requests"] = ModuleType("requests")
from premailer import Premailer  # noqa: E402

if _ABSENT:
    del sys.modules["requests"]

DOCTYPE = "<!DOCTYPE html>"


def _fetch_nothing(url: str) -> None:
    """Return nothing: cssutils follows an @import even where premailer must not use the network."""


cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001 (there is no public way)


class _Inliner(Premailer):  # type: ignore[misc]
    """premailer, with the rules of a style sheet parsed once instead of for each page."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        rules, leftover = _rules(css_body, ruleset_index)
        return list(rules), list(leftover)


@cache
def _rules(css: str, index: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rules, leftover = Premailer("", strip_important=False, disable_validation=True)._parse_style_rules(css, index)  # noqa: SLF001
    return tuple(rules), tuple(leftover)


def inline_css(page: str, css: str) -> str:
    """Return a page with the rules of `css` as style attributes."""
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
