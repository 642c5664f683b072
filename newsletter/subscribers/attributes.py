"""What is said of a person beside the address: a name, a language, tags, and where consent came from."""

import re
from functools import lru_cache

from newsletter.errors import NewsletterError

LONGEST_NAME, LONGEST_TAG, LONGEST_CONSENT = 200, 60, 500
# Controls, line breaks of every kind, what turns a line around, and halves of letters.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")


def check_name(text: str) -> str:
    """A name as it was typed, without white space around it.

    Raises:
        NewsletterError: it holds a line break or what cannot be seen, which could forge a header, or is too long.
    """
    return _line(text, "name", LONGEST_NAME)


def check_tag(text: str) -> str:
    """A tag as it was typed, without white space around it.

    Raises:
        NewsletterError: it holds what cannot be seen, a comma or a quote, or is too long.
    """
    tag = _line(text, "tag", LONGEST_TAG)
    if not tag or "," in tag or '"' in tag:
        raise NewsletterError(f"`{tag}` is no tag", 'Write a word or a few, without `,` and `"`, such as beta.')
    return tag


@lru_cache(maxsize=1000)
def check_language(text: str) -> str:
    """A language tag (BCP 47) in its usual form: `EN_us` is `en-US`.

    Raises:
        NewsletterError: it is none.
    """
    match = _LANGUAGE.fullmatch(text.strip())
    if not match:
        raise NewsletterError(
            f"`{text.strip()[:40]}` is not a language tag", "Write one such as en, ja, en-GB or zh-Hant."
        )
    language, script, region = match.groups("")
    return "-".join(filter(None, (language.lower(), script.title(), region.upper())))


def check_consent(text: str) -> str:
    """Where consent came from, in the author's words.

    Raises:
        NewsletterError: nothing is said, or it holds a line break or is too long.
    """
    consent = _line(text, "consent", LONGEST_CONSENT)
    if not consent:
        advice = 'Say where and when they asked for it, such as "moved from Revue, 2023-01".'
        raise NewsletterError("it is not said where consent came from", advice)
    return consent


def _line(text: str, what: str, longest: int) -> str:
    text = text.strip()
    if unseen := _UNSEEN.search(text):
        kind = "a line break" if unseen[0] in "\r\n\x0b\x0c\x85\u2028\u2029" else f"U+{ord(unseen[0]):04X}"
        raise NewsletterError(f"the {what} holds {kind}", "Take it out.")
    if len(text) > longest:
        raise NewsletterError(
            f"the {what} has {len(text):,} characters, and at most {longest} are taken", "Shorten it."
        )
    return text
