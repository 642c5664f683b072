"""What a client would not run, and what it would not show: elements, and CSS that it does not know.

What clients support is caniemail.com's, reduced to what the rule needs (`caniemail.json` beside
this file); `.ci/caniemail.py` refreshes it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import tag_of
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
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
MAX_CSS = 16_384
_ACTIVE = {"applet", "audio", "button", "embed", "form", "frame", "iframe", "input", "object", "script"}
_ACTIVE |= {"select", "textarea", "video"}
# What the layout of newsletter uses although some client does not know it, and what is seen there instead.
FALLBACKS = {
    "css-at-media": "Outlook for Windows has no narrow window; the page is 600 pixels wide",
    "css-at-media-prefers-color-scheme": "light colours; Gmail inverts them by itself, Outlook has rules of its own",
    "css-border-radius": "square corners",
    "css-box-sizing": "an image is two pixels wider, by its border",
    "css-color-scheme": "as prefers-color-scheme",
    "css-height": "images keep their proportions, and the bar has `height` as an attribute",
    "css-max-height": "the preheader is hidden by `display` and, in Outlook for Windows, by `mso-hide`",
    "css-outline": "nothing: MJML takes away an outline that few clients draw",
    "css-overflow": "as max-height",
    "css-overflow-wrap": "a very long word runs over",
    "css-selector-attribute": "the rules are for the one client that sets the attribute",
    "css-selector-child": "in Outlook for Windows, which has no dark mode that reads it",
    "css-text-decoration-color": "an underline in the text's colour",
    "css-text-decoration-thickness": "an underline of usual weight",
    "css-text-underline-offset": "an underline at its usual place",
    "css-white-space": "a date may break, and lines of code run on",
    "css-word-spacing": "nothing: MJML sets it to what it is",
    "html-aria-label": "the page is named by its title alone",
}


@rules.rule(
    "email-active",
    Severity.ERROR,
    "Inboxes take such things out, and take the email for an attack.",
    "caniemail.com; HTML Standard, 8.1.8.2 Event handlers on elements; SpamAssassin 4.0, rule HTML_TAG_BALANCE_BODY",
)
def active(email: RenderedEmail) -> Iterator[Finding]:
    """A script, a form, a frame, a video or the like, or an event handler."""
    advice = "Link to a page that has it."
    found = (element for element in email.elements if tag_of(element) in _ACTIVE)
    yield from email.findings(((element, f"a `<{tag_of(element)}>` works in no inbox") for element in found), advice)
    handlers = (
        (element, f"`{name}` at a `<{tag_of(element)}>` runs in no inbox")
        for element in email.elements
        for name in map(str, element.attrib)
        if re.fullmatch("on[a-z]+", name)
    )
    yield from email.findings(handlers, advice)
    links = (
        (element, "a link with `javascript:` runs in no inbox")
        for element in email.root.iter("a")
        if element.get("href", "").strip().lower().startswith("javascript:")
    )
    yield from email.findings(links, advice)


@rules.rule(
    "email-css-size",
    Severity.ERROR,
    "Gmail ignores all of a style sheet that is longer: phones and dark mode lose their rules.",
    "developers.google.com/gmail/design/css; measured: 16 KB in all `<style>` elements together",
)
def css_size(email: RenderedEmail) -> Iterator[Finding]:
    """More than 16,384 bytes of CSS in the `<style>` elements."""
    size = sum(len(text.encode()) for _, text in style_texts(email.root))
    if size > MAX_CSS:
        message = f"the style sheets have {size:,} bytes, and Gmail reads {MAX_CSS:,}"
        yield Finding((), message, "Take rules out of your email-head.css that nothing needs.")


@rules.rule(
    "email-css-nested",
    Severity.ERROR,
    "Gmail ignores all of a style sheet that has such a rule: phones and dark mode lose theirs.",
    "measured: Gmail, `@media` inside of `@media` or `@supports`",
)
def css_nested(email: RenderedEmail) -> Iterator[Finding]:
    """An at-rule inside of an at-rule."""
    for _, text in style_texts(email.root):
        for found in dict.fromkeys(nested_at_rules(text)):
            yield Finding((), f"a style sheet has {found}", "Set them one after another: `@media (a) and (b)`.")


@rules.rule(
    "email-compatibility",
    Severity.WARNING,
    "What a client does not know it leaves out, and its readers see another email than you do.",
    "caniemail.com, the latest versions of Gmail, Apple Mail, Outlook, Yahoo Mail and Samsung Email",
)
def compatibility(email: RenderedEmail) -> Iterator[Finding]:
    """An element, an attribute or CSS that a client does not support; the layout's own fallbacks are known."""
    features = known_features()
    reported = set(FALLBACKS)
    for used in used_names(email):
        slug, unsupported = features.get(used, ("", ()))
        if slug and slug not in reported:
            reported.add(slug)
            name = used.partition(" ")[2]
            advice = f"Is the email whole without it? See www.caniemail.com/features/{slug}/"
            yield Finding((), f"`{name}` is not supported by {_listed(unsupported)}", advice)


@cache
def known_features() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """The feature that a name stands for, and the clients that do not support it; a name comes after its kind."""
    text = (files("newsletter.check.rules.email") / "caniemail.json").read_text(encoding="utf-8")
    return {
        name: (slug, tuple(feature["unsupported"]))
        for slug, feature in json.loads(text)["features"].items()
        for name in feature["names"]
    }


def used_names(email: RenderedEmail) -> dict[str, None]:
    """The names of all that an email uses, each after its kind, in the order of the page."""
    used: dict[str, None] = {}
    for element in email.elements:
        if tag_of(element) not in _ACTIVE:
            used[f"element {tag_of(element)}"] = None
        for name in map(str, element.attrib):
            used[f"attribute {name}"] = None
        for declaration in declarations(element.get("style", "")):
            used |= dict.fromkeys(_names_in(declaration))
    for rule in style_rules(email.root):
        # What stands in brackets or parentheses of a selector is no combinator.
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
