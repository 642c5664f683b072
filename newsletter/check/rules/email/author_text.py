"""Rules on the author's words in the HTML and in the text part."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import Element, shortened
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.render.merge_fields import MergeField
from newsletter.text.tree import (
    Blocks,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Image,
    Inline,
    Paragraph,
    Quote,
    Text,
)
from newsletter.text.wrapping import WIDE

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
_BLOCKS = {"blockquote", "body", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li"}
_BLOCKS |= {"ol", "p", "pre", "table", "tbody", "td", "th", "tr", "ul"}
_UNSEEN = {"head", "script", "style", "title"}
# The least share of the HTML's words in the text part. The built-in template has all except repeated alternative texts.
LEAST_SHARED = 0.8
# The buttons and labels of the HTML alone: a fifth of the words of an email with one short entry.
_MOST_MISSING = 20
_SPAMASSASSIN = "SpamAssassin 4.0, rule MPART_ALT_DIFF"

Words = Sequence[str]


@rules.rule(
    "email-words",
    Severity.ERROR,
    "Readers must get your words as you wrote them.",
    "measured: MJML joins two words if a line ends between two tags",
)
def words(email: RenderedEmail) -> Iterator[Finding]:
    """Words of a comment, intro, outro or sponsor's label that are missing or joined in the HTML or in the text part.

    Check how the template handles white space.
    """
    parts = {
        "the HTML": (_words(html_text(email.root)), False),
        "the text part": (_words(email.text), True),
    }
    for name, (found, numbered) in parts.items():
        after = 0
        for part in email.entries if found else ():
            expected = _words(_visible_text(part.view.comment, as_text=numbered))
            match = _search(expected, found, after, numbered)
            if match.end is None and after:
                # A template may show the entries in another order.
                match = _search(expected, found, 0, numbered)
            if match.end is not None:
                after = match.end
                continue
            yield _lacking(name, (*part.steps, "comment"), expected, match)
        for part in email.entries if found else ():
            expected = _words(part.view.sponsored)
            match = _search(expected, found, 0, numbered)
            if match.end is None:
                yield _lacking(name, (*part.steps, "sponsored"), expected, match)
        for field, blocks in (("intro", email.view.intro), ("outro", email.view.outro)) if found else ():
            expected = _words(_visible_text(blocks, as_text=numbered))
            match = _search(expected, found, 0, numbered)
            if match.end is None:
                yield _lacking(name, (field,), expected, match)


def _lacking(part: str, steps: Steps, expected: Words, match: "Match") -> Finding:
    context = " ".join(expected[max(0, match.count - 3) : match.count + 3])
    field = "label" if steps[-1] == "sponsored" else steps[-1]
    message = f"{part} lacks words of this {field} near `{shortened(context)}`"
    advice = "Check how the template handles white space."
    if steps[-1] != "comment":
        advice = "If you have a template of your own, add the text to it: see docs/templates.md."
    return Finding(steps, message, advice)


@rules.rule(
    "email-text-part",
    Severity.ERROR,
    "Some readers see only the text part, and filters treat an email without one as spam.",
    "RFC 2046, 5.1.4 Alternative Subtype; SpamAssassin 4.0, rule MIME_HTML_ONLY",
)
def text_part(email: RenderedEmail) -> Iterator[Finding]:
    """An email without a text part.

    Write your email.txt, or delete it to use the built-in one.
    """
    if not email.text.strip():
        yield Finding(
            (), "the email has no text part", "Your email.txt is empty: write it, or delete it to use the built-in one."
        )


@rules.rule(
    "email-text-part-departs",
    Severity.ERROR,
    "Readers of the text must get the same stories, and spam filters compare the two parts.",
    f"RFC 2046, 5.1.4 Alternative Subtype; {_SPAMASSASSIN}",
)
def text_part_departs(email: RenderedEmail) -> Iterator[Finding]:
    """A text part that lacks an entry, its URL, the unsubscribe link, or many words of the HTML.

    Compare your email.txt with your email.mjml and its parts, and add what is missing.
    """
    if not email.text.strip():
        return
    text, words = "".join(email.text.split()), _words(email.text)
    advice = "Check your email.txt against your email.mjml and its parts."
    for part in email.entries:
        has_title = _search(_words(part.view.title), words, 0, True).end is not None
        what = "the entry's title" if not has_title else "the entry's URL" if part.view.url not in text else ""
        if what and part.view.url in email.html.replace("&amp;", "&"):
            yield Finding(part.steps, f"the text part lacks {what}", advice)
    field = MergeField.UNSUBSCRIBE_URL.text
    if field in email.html and field not in email.text:
        yield Finding((), "the text part lacks the unsubscribe link", advice)
    in_html = set(_words(html_text(email.root)))
    shared = len(in_html & set(words)) / max(1, len(in_html))
    if shared < LEAST_SHARED and len(in_html - set(words)) > _MOST_MISSING:
        yield Finding((), f"the text part has only {shared:.0%} of the HTML's words", advice)


def html_text(element: Element) -> str:
    """Return the text of a page, with a space where a block begins or ends."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts)


def _collect(element: Element, parts: list[str]) -> None:
    tag = element.tag
    if isinstance(tag, str) and tag not in _UNSEEN:
        space = " " if tag in _BLOCKS else ""
        parts += (space, element.text or "")
        for child in element:
            _collect(child, parts)
            parts.append(child.tail or "")
        parts.append(space)


def _words(text: str) -> list[str]:
    return _word().findall(text)


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word. In scripts without spaces, each character is a word."""
    return re.compile(rf"[{WIDE}]|(?:(?![{WIDE}])\w)+")


def _visible_text(blocks: Blocks, *, as_text: bool) -> str:
    """Return the text of a comment as it appears in the HTML or in the text part."""
    parts = []
    for block in blocks:
        match block:
            case Paragraph():
                parts.append(_inline_text(block.children, as_text=as_text))
            case CodeBlock(text):
                parts.append(text)
            case Quote():
                parts.append(_visible_text(block.children, as_text=as_text))
            case _:
                parts += [_visible_text(item, as_text=as_text) for item in block.items]
    return "\n".join(parts)


def _inline_text(children: tuple[Inline, ...], *, as_text: bool) -> str:
    """Return the text of inline nodes.

    In the text part, images are their alternative texts. The marks of emphasis and links split words of the
    HTML: `*P*rincipal`, `GAN [1]s`.
    """
    mark = " " if as_text else ""
    parts = []
    for child in children:
        match child:
            case Text(text) | Code(text):
                parts.append(text)
            case Break():
                parts.append("\n")
            case Image():
                parts.append(f"[{child.alt}]" if as_text else "")
            case _:
                before = mark if isinstance(child, Emphasis) else ""
                parts.append(before + _inline_text(child.children, as_text=as_text) + mark)
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a search for words.

    Args:
        count: the length of the longest run of expected words that was found.
        end: the index after the last word if all were found, else None.
    """

    count: int
    end: int | None = None


def _search(expected: Words, found: Words, first: int, numbered: bool) -> Match:
    """Search for the expected words in sequence.

    Args:
        expected: the words to search for.
        found: the words to search in.
        first: the index where the search begins.
        numbered: whether to skip numbers between the words; the text part numbers links and lists.
    """
    if not expected:
        return Match(0, first)
    best = 0
    for start in range(first, len(found)):
        if found[start] != expected[0]:
            continue
        at = start
        for count, wanted in enumerate(expected):
            while numbered and at < len(found) and found[at] != wanted and found[at].isdigit():
                at += 1
            if at == len(found) or found[at] != wanted:
                best = max(best, count)
                break
            at += 1
        else:
            return Match(len(expected), at)
    return Match(best)
