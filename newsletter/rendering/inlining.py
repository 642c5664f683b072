"""Inlining: our own few rules become style attributes; the layout's style sheets stay as they are.

premailer's defaults damage mail; each setting here answers a fault that was measured
(`docs/email.md`, "Inlining").
"""

import logging

import cssutils
from lxml import etree
from premailer import Premailer

DOCTYPE = "<!DOCTYPE html>"


def _fetch_nothing(url: str) -> None:
    """Cssutils follows an @import even where premailer may not use the network."""


cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001 (there is no public way)


def inline(page: str, css: str) -> str:
    """A page with the rules of `css` as style attributes, and no trace of how they came there."""
    root = etree.fromstring(page, etree.HTMLParser())
    for style in root.iter("style"):
        style.set(Premailer.attribute_name, "ignore")
    Premailer(
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
    for style in root.iter("style"):
        style.attrib.pop(Premailer.attribute_name, None)
    for element in root.iter(etree.Element):
        if rules := element.get("style"):
            element.set("style", rules.replace("; ", ";"))
    return etree.tostring(root, method="html", encoding="unicode", doctype=DOCTYPE) + "\n"
