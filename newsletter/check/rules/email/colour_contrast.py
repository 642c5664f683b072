"""Whether the words can be read: their colours, in light and dark, and their size."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.colour_schemes import ComputedStyle, DisplayMode
from newsletter.check.rules.email.html_elements import Element, tag_of, words_of
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.errors import Severity
from newsletter.fields.colour import LEAST_CONTRAST, contrast

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
LEAST_LARGE, LARGE, LARGE_BOLD = 3, 24, 18.66
SMALLEST = 14
# What stands in a text and is not seen: fillers of the preheader, joiners, soft hyphens.
_UNSEEN = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_TEXT_BLOCKS = {"p", "li", "td", "blockquote", "div", "dd", "h1", "h2", "h3", "h4"}


@rules.rule(
    "email-contrast",
    Severity.ERROR,
    "Words in a colour too near to their ground cannot be read in the sun, on a poor screen, or with weak eyes.",
    "WCAG 2.2, 1.4.3 Contrast (Minimum)",
)
def low_contrast(email: RenderedEmail) -> Iterator[Finding]:
    """Text whose contrast is under 4.5:1, or under 3:1 where it is large: in light, in dark, in Outlook's dark mode."""
    advice = "Change one of the two in your email.css or email-head.css, or the accent in newsletter.yaml."
    seen: set[tuple[str, str]] = set()
    for scheme in email.styling.schemes:
        faults: list[tuple[Element, str]] = []
        found: set[tuple[str, str]] = set()
        for element, style in _texts(email, scheme):
            large = style.size >= LARGE or (style.bold and style.size >= LARGE_BOLD)
            ratio, least = contrast(style.colour, style.ground), LEAST_LARGE if large else LEAST_CONTRAST
            if ratio < least and (style.colour, style.ground) not in seen:
                measured = f"{int(ratio * 10) / 10}:1 in {scheme}, and {least}:1 is needed"
                faults.append((element, f"{style.colour} on {style.ground} has a contrast of {measured}"))
                found.add((style.colour, style.ground))
        seen |= found
        yield from email.findings(faults, advice)


@rules.rule(
    "email-links-by-colour",
    Severity.WARNING,
    "One man in twelve does not see the difference, and in bright light nobody does.",
    "WCAG 2.2, 1.4.1 Use of Color, failure F73",
)
def links_by_colour(email: RenderedEmail) -> Iterator[Finding]:
    """A link among words that nothing but its colour tells apart from them."""
    styles = email.styling.styles(DisplayMode.LIGHT)
    faults: list[tuple[Element, str]] = []
    for link in email.root.iter("a"):
        block = next((above for above in link.iterancestors() if above.tag in _TEXT_BLOCKS), None)
        if block is None or not link.get("href") or not _visible(words_of(link)):
            continue
        around, own = styles[block], styles[link]
        alone = _visible(words_of(block)) == _visible(words_of(link)) or around.colour == own.colour
        told_apart = any(_told_apart(styles[element], around) for element in (link, *link.iterdescendants("*")))
        if around.shown and own.shown and not alone and not told_apart:
            faults.append((link, "links among words are told apart by their colour alone"))
    yield from email.findings(faults, "Underline them: take `text-decoration: none` away.")


@rules.rule(
    "email-small-text",
    Severity.WARNING,
    "Smaller text is hard to read on a phone, and some clients enlarge it, which breaks the layout.",
    "convention of the field; iOS Mail enlarges text of under 13 pixels",
)
def small_text(email: RenderedEmail) -> Iterator[Finding]:
    """Text of under 14 pixels."""
    faults = (
        (element, f"text of {style.size:.3g} pixels in <{tag_of(element)}>")
        for element, style in _texts(email, DisplayMode.LIGHT)
        if style.size < SMALLEST - 0.01
    )
    yield from email.findings(faults, f"Set it at {SMALLEST} or more in your email.css.")


def _texts(email: RenderedEmail, scheme: DisplayMode) -> Iterator[tuple[Element, ComputedStyle]]:
    """Every element that shows words of its own, or would show an alternative text, with its style."""
    for element, style in email.styling.styles(scheme).items():
        own = element.get("alt", "") if element.tag == "img" else element.text or ""
        text = _visible(own + " ".join(child.tail or "" for child in element))
        if text and style.shown and style.size:
            yield element, style


def _told_apart(own: ComputedStyle, around: ComputedStyle) -> bool:
    """Whether a style has more than a colour that the one around it has not."""
    return (
        own.lined
        or (own.bold, own.italic, own.monospaced) != (around.bold, around.italic, around.monospaced)
        or own.ground != around.ground
    )


def _visible(text: str) -> str:
    return _UNSEEN.sub(" ", text).strip()
