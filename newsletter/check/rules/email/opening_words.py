"""The rule on the first words of the email, from which inboxes make their summaries."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.colour_schemes import DisplayMode
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import Element
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.text.story_words import story_stems
from newsletter.text.words import LETTERS_A_WORD, unspaced, word_count
from newsletter.text.wrapping import WIDE

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
OPENING = 50
"""The number of words that must say what is in the email."""
# The subjects of entries that the opening must name, unless it links to an entry.
_NAMED = 2
# Words in other alphabets than the Latin one, which `story_stems` leaves out. The beginning stands for all forms.
_WORD = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f\u1100-\u11ff\u2e80-\U0003fffd]{4,}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,}")
_HAN_OR_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc\u3400-\u9fff]{2,}")


@rules.rule(
    "email-opening",
    Severity.WARNING,
    "Inboxes summarise an email from its first words, and some show the summary in place of the preheader.",
    "observed: Apple Mail and Gmail show summaries that programs write from the text of the email",
)
def opening(email: RenderedEmail) -> Iterator[Finding]:
    """First 50 visible words that do not say what is in the email: no link to an entry, and none of their subjects.

    Say in the subtitle, the intro or the first highlight what the issue is about.
    """
    text, targets = _opening(email)
    if targets & {url for part in email.entries for url in (part.view.url, part.view.tracked_url)}:
        return
    view = email.view
    general = _subjects(" ".join((view.publication, view.tagline, *(section.label for section in view.sections))))
    entries = " ".join(" ".join((part.view.title, part.view.source_title, *part.view.tags)) for part in email.entries)
    subjects = _subjects(entries) - general
    if len(_subjects(text) & subjects) < min(_NAMED, len(subjects)):
        message = f"the first {OPENING} words of the email do not say what is in it"
        advice = "Say in `subtitle`, `intro` or the first highlight what the issue is about."
        yield Finding(_steps(email), message, advice)


def _steps(email: RenderedEmail) -> Steps:
    for name in ("intro", "subtitle"):
        if getattr(email.view, name):
            return (name,)
    return ("title",)


def _opening(email: RenderedEmail) -> tuple[str, set[str]]:
    """Return the first visible words, and the targets of the links among them."""
    styles = email.styling.styles(DisplayMode.LIGHT)
    words: list[str] = []
    targets: set[str] = set()
    count = 0.0
    for element, text in _texts(email.root):
        for word in _pieces().findall(text) if styles[element].shown else ():
            count += 1 / LETTERS_A_WORD if unspaced(word[0]) else word_count(word)
            if count > OPENING:
                return "".join(words), targets
            words.append(word)
            targets.update(link.get("href", "") for link in (element, *element.iterancestors("a")))
        words.append(" ")
    return "".join(words), targets


@cache
def _pieces() -> re.Pattern[str]:
    """Return the pattern of a word, a letter of a script without spaces, or the space between words."""
    return re.compile(rf"\s+|[{WIDE}]|[^\s{WIDE}]+")


def _texts(element: Element) -> Iterator[tuple[Element, str]]:
    """Yield the texts below an element in reading order, each with the element that it is in."""
    if not isinstance(element.tag, str):
        return
    yield element, element.text or ""
    for child in element:
        yield from _texts(child)
        yield element, child.tail or ""


def _subjects(text: str) -> frozenset[str]:
    """Return what a text is about, in forms that can be compared: stems, beginnings of words, or pairs of letters."""
    found = set(story_stems(text))
    found.update(word[:5] for word in _WORD.findall(text.casefold()))
    found.update(word[:2] for word in _HANGUL.findall(text))
    found.update(a + b for run in _HAN_OR_KATAKANA.findall(text) for a, b in pairwise(run))
    return frozenset(found)
