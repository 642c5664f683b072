"""Rules on HTML and CSS that mail clients do not run or do not support.

The support data is from caniemail.com, reduced to what the rule needs (`caniemail.json` beside this file).
`.ci/caniemail.py` updates it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.email.style_sheets import (
    Declaration,
    Token,
    declarations,
    nested_at_rules,
    style_rules,
    style_texts,
    tokens,
)
from newsletter.check.rules.html_elements import tag_of
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
MAX_CSS = 16_384
_ACTIVE = {"applet", "audio", "button", "embed", "form", "frame", "iframe", "input", "object", "script"}
_ACTIVE |= {"select", "textarea", "video"}
# Features that the built-in layout uses although a client does not support them, and what that client shows instead.
FALLBACKS = {
    "css-at-media": "Outlook for Windows has no narrow window; the page is 600 pixels wide",
    "css-at-media-prefers-color-scheme": "light colours; Gmail inverts them itself, Outlook has its own rules",
    "css-border-radius": "square corners",
    "css-border-spacing": "no change: MJML sets it around a logo, whose borders are collapsed",
    "css-box-sizing": "an image is two pixels wider because of its border",
    "css-color-scheme": "as prefers-color-scheme",
    "css-height": "images keep their proportions, and the bar has a `height` attribute",
    "css-max-height": "the preheader is hidden by `display` and, in Outlook for Windows, by `mso-hide`",
    "css-outline": "no change: MJML removes an outline that few clients draw",
    "css-overflow": "as max-height",
    "css-overflow-wrap": "a very long word overflows",
    "css-selector-attribute": "no change: the rules are for the one client that sets the attribute",
    "css-selector-child": "no change: Outlook for Windows has neither narrow windows nor a dark mode that uses it",
    "css-text-decoration-color": "an underline in the text's colour",
    "css-text-decoration-thickness": "an underline of the default thickness",
    "css-text-underline-offset": "an underline at the default offset",
    "css-white-space": "lines of code are joined",
    "css-word-break": "as overflow-wrap",
    "css-word-spacing": "no change: MJML sets the default value",
    "html-aria-label": "the page is named only by its title",
}
# The same for `mj-button`, which the built-in layout does not use.
OF_BUTTONS = {
    "css-cursor": "no change: MJML sets the default value",
    "html-target": "no change: inboxes open every link in a new window",
}


@rules.rule(
    "email-active",
    Severity.ERROR,
    "Inboxes remove such elements, and treat the email as an attack.",
    "caniemail.com; HTML Standard, 8.1.8.2 Event handlers on elements; SpamAssassin 4.0, rule HTML_TAG_BALANCE_BODY",
)
def active(email: RenderedEmail) -> Iterator[Finding]:
    """A script, form, frame, video or similar element, or an event handler.

    Link to a web page that contains it.
    """
    advice = "Link to a web page that contains it."
    found = (element for element in email.elements if tag_of(element) in _ACTIVE)
    yield from email.findings(
        ((element, f"`<{tag_of(element)}>` does not work in inboxes") for element in found), advice
    )
    handlers = (
        (element, f"`{name}` on `<{tag_of(element)}>` does not run in inboxes")
        for element in email.elements
        for name in map(str, element.attrib)
        if re.fullmatch("on[a-z]+", name)
    )
    yield from email.findings(handlers, advice)
    links = (
        (element, "a `javascript:` link does not run in inboxes")
        for element in email.root.iter("a")
        if element.get("href", "").strip().lower().startswith("javascript:")
    )
    yield from email.findings(links, advice)


@rules.rule(
    "email-css-size",
    Severity.ERROR,
    "Gmail ignores the whole style sheet if it is longer: phones and dark mode lose their styles.",
    "developers.google.com/gmail/design/css; measured: 16 KB in all `<style>` elements together",
)
def css_size(email: RenderedEmail) -> Iterator[Finding]:
    """More than 16,384 bytes of CSS in the `<style>` elements.

    Remove unused rules from your email-head.css.
    """
    size = sum(len(text.encode()) for _, text in style_texts(email.root))
    if size > MAX_CSS:
        message = f"the style sheets have {size:,} bytes, more than the {MAX_CSS:,} that Gmail reads"
        yield Finding((), message, "Remove unused rules from your email-head.css.")


@rules.rule(
    "email-css-nested",
    Severity.ERROR,
    "Gmail ignores the whole style sheet if it contains one: phones and dark mode lose their styles.",
    "measured: Gmail, `@media` inside `@media` or `@supports`",
)
def css_nested(email: RenderedEmail) -> Iterator[Finding]:
    """An at-rule inside another at-rule.

    Combine the conditions: `@media (a) and (b)`.
    """
    for _, text in style_texts(email.root):
        for found in dict.fromkeys(nested_at_rules(text)):
            yield Finding((), f"nested at-rules: {found}", "Combine the conditions: `@media (a) and (b)`.")


@rules.rule(
    "email-compatibility",
    Severity.WARNING,
    "Clients ignore what they do not support, so their readers see a different email from the one you see.",
    "caniemail.com, the latest versions of Gmail, Apple Mail, Outlook, Yahoo Mail and Samsung Email",
)
def compatibility(email: RenderedEmail) -> Iterator[Finding]:
    """HTML or CSS that a client does not support, unless the built-in layout has a fallback for it.

    Check that the email is complete without it, or remove it.
    """
    features = known_features()
    reported = {*FALLBACKS, *OF_BUTTONS}
    for used in used_names(email):
        slug, unsupported = features.get(used, ("", ()))
        if slug and slug not in reported:
            reported.add(slug)
            name = used.partition(" ")[2]
            advice = f"Check that the email is complete without it: www.caniemail.com/features/{slug}/"
            yield Finding((), f"`{name}` is not supported by {_listed(unsupported)}", advice)


@cache
def known_features() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return the slug of the feature and the clients without support for it, by `kind name` (`property gap`)."""
    text = (files("newsletter.check.rules.email") / "caniemail.json").read_text(encoding="utf-8")
    return {
        name: (slug, tuple(feature["unsupported"]))
        for slug, feature in json.loads(text)["features"].items()
        for name in feature["names"]
    }


def used_names(email: RenderedEmail) -> dict[str, None]:
    """Return the elements, attributes and CSS features that an email uses, as `kind name`, in document order."""
    used: dict[str, None] = {}
    for element in email.elements:
        if tag_of(element) not in _ACTIVE:
            used[f"element {tag_of(element)}"] = None
        for name in map(str, element.attrib):
            used[f"attribute {name}"] = None
        for declaration in declarations(element.get("style", "")):
            used |= dict.fromkeys(_names_in(declaration))
    for rule in style_rules(email.root):
        # Characters in brackets or parentheses of a selector are not combinators.
        bare = re.sub(r"\[[^\]]*\]|\([^)]*\)", lambda part: part[0][0], rule.selectors)
        used |= dict.fromkeys(f"selector {mark}" for mark in re.findall(r"[>+~*\[]", bare))
        used |= dict.fromkeys(f"pseudo {name}" for name in re.findall(r"::?[a-z-]+", bare))
        for condition in rule.conditions:
            used |= dict.fromkeys(f"media {name}" for name in re.findall(r"\(\s*([a-z-]+)", condition))
        for declaration in rule.declarations:
            used |= dict.fromkeys(_names_in(declaration))
    for _, text in style_texts(email.root):
        used |= dict.fromkeys(f"at-rule {rule.lower_at_keyword}" for rule in tokens(text) if rule.type == "at-rule")
    return used


def _names_in(declaration: Declaration) -> Iterator[str]:
    yield f"property {declaration.name}"
    yield f"value {declaration.name}:{declaration.text.lower()}"
    yield from _names_of(declaration.value)


def _names_of(found: tuple[Token, ...]) -> Iterator[str]:
    for token in found:
        if token.type == "function":
            yield f"function {token.lower_name}"
            yield from _names_of(tuple(token.arguments))
        elif token.type == "dimension":
            yield f"unit {token.lower_unit}"
        elif token.type == "percentage":
            yield "unit %"
        elif token.type == "ident":
            yield f"keyword {token.lower_value}"


def _listed(clients: tuple[str, ...]) -> str:
    return clients[0] if len(clients) == 1 else f"{', '.join(clients[:-1])} and {clients[-1]}"
