"""Validate the attributes of a subscriber: name, language, tags, and the source of consent."""

import re
from functools import lru_cache

from newsletter.errors import NewsletterError

MAX_NAME, MAX_TAG, MAX_CONSENT = 200, 60, 500
# Control characters, line breaks, bidirectional overrides, surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")


def check_name(text: str) -> str:
    """Return a name without surrounding whitespace.

    Raises:
        NewsletterError: it is too long, or contains a line break (which could inject a header) or another
            invisible character.
    """
    return _check_line(text, "name", MAX_NAME)


def check_tag(text: str) -> str:
    """Return a tag without surrounding whitespace.

    Raises:
        NewsletterError: it is empty, too long, or contains an invisible character or a double quote.
    """
    tag = _check_line(text, "tag", MAX_TAG)
    if not tag or '"' in tag:
        raise NewsletterError(f"`{tag}` is not a valid tag", 'Write a tag without `"`, such as beta.')
    return tag


@lru_cache(maxsize=1000)
def check_language(text: str) -> str:
    """Return a language tag (BCP 47) in its canonical form: `EN_us` becomes `en-US`.

    Raises:
        NewsletterError: it is not a language tag.
    """
    match = _LANGUAGE.fullmatch(text.strip())
    if not match:
        raise NewsletterError(
            f"`{text.strip()[:40]}` is not a valid language tag", "Write one such as en, ja, en-GB or zh-Hant."
        )
    language, script, region = match.groups("")
    return "-".join(filter(None, (language.lower(), script.title(), region.upper())))


def check_consent(text: str) -> str:
    """Return the source of consent without surrounding whitespace.

    Raises:
        NewsletterError: it is empty or too long, or contains a line break.
    """
    consent = _check_line(text, "source of consent", MAX_CONSENT)
    if not consent:
        advice = 'Write where and when the subscriber gave consent, such as "moved from Revue, 2023-01".'
        raise NewsletterError("the source of consent is missing", advice)
    return consent


def _check_line(text: str, what: str, limit: int) -> str:
    text = text.strip()
    if invisible := _INVISIBLE.search(text):
        kind = "a line break" if invisible[0] in "\r\n\x0b\x0c\x85\u2028\u2029" else f"U+{ord(invisible[0]):04X}"
        raise NewsletterError(f"the {what} contains {kind}", "Remove it.")
    if len(text) > limit:
        raise NewsletterError(f"the {what} has {len(text):,} characters; the limit is {limit}", "Shorten it.")
    return text
