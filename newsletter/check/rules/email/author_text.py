"""Rules on the author's words in the HTML and in the text part."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.author_words import html_text, lacking, search_words, visible_text, words_in
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.errors import Severity
from newsletter.render.merge_fields import MergeField

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
# The least share of the HTML's words in the text part. The built-in template has all except repeated alternative texts.
LEAST_SHARED = 0.8
# The buttons and labels of the HTML alone: a fifth of the words of an email with one short entry.
_MOST_MISSING = 20
_SPAMASSASSIN = "SpamAssassin 4.0, rule MPART_ALT_DIFF"


@rules.rule(
    "email-words",
    Severity.ERROR,
    "Readers must get your words as you wrote them.",
    "measured: MJML joins two words if a line ends between two tags",
)
def words(email: RenderedEmail) -> Iterator[Finding]:
    """Words of a comment, intro, outro, label or source that are missing or joined in the HTML or in the text part.

    Check how the template handles white space.
    """
    parts = {
        "the HTML": (words_in(html_text(email.root)), False),
        "the text part": (words_in(email.text), True),
    }
    for name, (found, numbered) in parts.items():
        after = 0
        for part in email.entries if found else ():
            expected = words_in(visible_text(part.view.comment, as_text=numbered))
            match = search_words(expected, found, after, numbered)
            if match.end is None and after:
                # A template may show the entries in another order.
                match = search_words(expected, found, 0, numbered)
            if match.end is not None:
                after = match.end
                continue
            yield lacking(name, (*part.steps, "comment"), expected, match)
        for part in email.entries if found else ():
            for field, shown in (
                ("sponsored", part.view.sponsored),
                ("via", part.view.via.text if part.view.via else ""),
            ):
                expected = words_in(shown)
                match = search_words(expected, found, 0, numbered)
                if match.end is None:
                    yield lacking(name, (*part.steps, field), expected, match)
        for field, blocks in (("intro", email.view.intro), ("outro", email.view.outro)) if found else ():
            expected = words_in(visible_text(blocks, as_text=numbered))
            match = search_words(expected, found, 0, numbered)
            if match.end is None:
                yield lacking(name, (field,), expected, match)


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
    text, words = "".join(email.text.split()), words_in(email.text)
    advice = "Check your email.txt against your email.mjml and its parts."
    for part in email.entries:
        has_title = search_words(words_in(part.view.title), words, 0, True).end is not None
        what = "the entry's title" if not has_title else "the entry's URL" if part.view.url not in text else ""
        if what and part.view.url in email.html.replace("&amp;", "&"):
            yield Finding(part.steps, f"the text part lacks {what}", advice)
    field = MergeField.UNSUBSCRIBE_URL.text
    if field in email.html and field not in email.text:
        yield Finding((), "the text part lacks the unsubscribe link", advice)
    in_html = set(words_in(html_text(email.root)))
    shared = len(in_html & set(words)) / max(1, len(in_html))
    if shared < LEAST_SHARED and len(in_html - set(words)) > _MOST_MISSING:
        yield Finding((), f"the text part has only {shared:.0%} of the HTML's words", advice)
