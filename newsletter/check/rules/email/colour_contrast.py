"""Rules on readability: contrast in light and dark mode, links, and text size."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.colour_schemes import ComputedStyle, DisplayMode
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import Element, tag_of, words_of
from newsletter.errors import Severity
from newsletter.fields.colour import LEAST_CONTRAST, contrast

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
LEAST_LARGE, LARGE, LARGE_BOLD = 3, 24, 18.66
SMALLEST = 14
# Invisible characters: fillers of the preheader, joiners, soft hyphens.
_UNSEEN = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_TEXT_BLOCKS = {"p", "li", "td", "blockquote", "div", "dd", "h1", "h2", "h3", "h4"}


@rules.rule(
    "email-contrast",
    Severity.ERROR,
    "Text with low contrast is hard to read in sunlight, on a poor screen, or with low vision.",
    "WCAG 2.2, 1.4.3 Contrast (Minimum)",
)
def low_contrast(email: RenderedEmail) -> Iterator[Finding]:
    """Text with a contrast below 4.5:1, or 3:1 if it is large, in light mode, dark mode or Outlook's dark mode.

    Change one of the two colours in your email.css or email-head.css, or the accent colour in `newsletter.yaml`.
    """
    advice = (
        "Change one of the two colours in your email.css or email-head.css, or the accent colour in newsletter.yaml."
    )
    seen: set[tuple[str, str]] = set()
    for mode in email.styling.modes:
        faults: list[tuple[Element, str]] = []
        found: set[tuple[str, str]] = set()
        for element, style in _texts(email, mode):
            large = style.size >= LARGE or (style.bold and style.size >= LARGE_BOLD)
            ratio, least = contrast(style.colour, style.background), LEAST_LARGE if large else LEAST_CONTRAST
            if ratio < least and (style.colour, style.background) not in seen:
                measured = f"{int(ratio * 10) / 10}:1 in {mode}, less than {least}:1"
                faults.append((element, f"{style.colour} on {style.background} has a contrast of {measured}"))
                found.add((style.colour, style.background))
        seen |= found
        yield from email.findings(faults, advice)


@rules.rule(
    "email-links-by-colour",
    Severity.WARNING,
    "One man in twelve does not see the difference in colour, and in bright light nobody does.",
    "WCAG 2.2, 1.4.1 Use of Color, failure F73",
)
def links_by_colour(email: RenderedEmail) -> Iterator[Finding]:
    """A link within text that differs from the text only in colour.

    Underline links: remove `text-decoration: none`.
    """
    styles = email.styling.styles(DisplayMode.LIGHT)
    faults: list[tuple[Element, str]] = []
    for link in email.root.iter("a"):
        block = next((above for above in link.iterancestors() if above.tag in _TEXT_BLOCKS), None)
        if block is None or not link.get("href") or not _visible(words_of(link)):
            continue
        around, own = styles[block], styles[link]
        alone = _visible(words_of(block)) == _visible(words_of(link)) or around.colour == own.colour
        distinct = any(_is_distinct(styles[element], around) for element in (link, *link.iterdescendants("*")))
        if around.shown and own.shown and not alone and not distinct:
            faults.append((link, "links within text differ only in colour"))
    yield from email.findings(faults, "Underline them: remove `text-decoration: none`.")


@rules.rule(
    "email-small-text",
    Severity.WARNING,
    "Smaller text is hard to read on a phone, and some clients enlarge it, which breaks the layout.",
    "the limit is a convention; iOS Mail enlarges text of fewer than 13 pixels",
)
def small_text(email: RenderedEmail) -> Iterator[Finding]:
    """Text smaller than 14 pixels.

    Use 14 pixels or more in your email.css.
    """
    faults = (
        (element, f"text of {style.size:.3g} pixels in <{tag_of(element)}>")
        for element, style in _texts(email, DisplayMode.LIGHT)
        if style.size < SMALLEST - 0.01
    )
    yield from email.findings(faults, f"Use {SMALLEST} pixels or more in your email.css.")


def _texts(email: RenderedEmail, mode: DisplayMode) -> Iterator[tuple[Element, ComputedStyle]]:
    """Yield every element with visible text or alternative text of its own, with its style."""
    for element, style in email.styling.styles(mode).items():
        own = element.get("alt", "") if element.tag == "img" else element.text or ""
        text = _visible(own + " ".join(child.tail or "" for child in element))
        if text and style.shown and style.size:
            yield element, style


def _is_distinct(own: ComputedStyle, around: ComputedStyle) -> bool:
    """Return whether a style differs from the one around it in more than colour."""
    return (
        own.underlined
        or (own.bold, own.italic, own.monospaced) != (around.bold, around.italic, around.monospaced)
        or own.background != around.background
    )


def _visible(text: str) -> str:
    return _UNSEEN.sub(" ", text).strip()
