"""Check what is stored of a subscriber beside the address: name, language, tags, and the source of consent."""

import re
from functools import lru_cache

from newsletter.errors import NewsletterError

LONGEST_NAME, LONGEST_TAG, LONGEST_CONSENT = 200, 60, 500
# Controls, line breaks, bidirectional overrides, surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")


def check_name(text: str) -> str:
    """Return a name without white space around it.

    Raises:
        NewsletterError: it is too long, or contains a line break (which could forge a header) or another
            invisible character.
    """
    return _line(text, "name", LONGEST_NAME)


def check_tag(text: str) -> str:
    """Return a tag without white space around it.

    Raises:
        NewsletterError: it is empty, too long, or contains an invisible character, a comma or a quote.
    """
    tag = _line(text, "tag", LONGEST_TAG)
    if not tag or "," in tag or '"' in tag:
        raise NewsletterError(f"`{tag}` is no tag", 'Write a word or a few, without `,` and `"`, such as beta.')
    return tag


@lru_cache(maxsize=1000)
def check_language(text: str) -> str:
    """Return a language tag (BCP 47) in its usual form: `EN_us` becomes `en-US`.

    Raises:
        NewsletterError: it is not a language tag.
    """
    match = _LANGUAGE.fullmatch(text.strip())
    if not match:
        raise NewsletterError(
            f"`{text.strip()[:40]}` is not a language tag", "Write one such as en, ja, en-GB or zh-Hant."
        )
    language, script, region = match.groups("")
    return "-".join(filter(None, (language.lower(), script.title(), region.upper())))


def check_consent(text: str) -> str:
    """Return the source of consent, in the author's words.

    Raises:
        NewsletterError: it is empty or too long, or contains a line break.
    """
    consent = _line(text, "consent", LONGEST_CONSENT)
    if not consent:
        advice = 'Say where and when they asked for it, such as "moved from Revue, 2023-01".'
        raise NewsletterError("it is not said where consent came from", advice)
    return consent


def _line(text: str, what: str, longest: int) -> str:
    text = text.strip()
    if invisible := _INVISIBLE.search(text):
        kind = "a line break" if invisible[0] in "\r\n\x0b\x0c\x85\u2028\u2029" else f"U+{ord(invisible[0]):04X}"
        raise NewsletterError(f"the {what} holds {kind}", "Take it out.")
    if len(text) > longest:
        raise NewsletterError(
            f"the {what} has {len(text):,} characters, and at most {longest} are taken", "Shorten it."
        )
    return text
