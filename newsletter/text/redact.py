"""Removes personal data and secrets from text that others wrote, before it is logged or stored.

They are recognised by their form: email addresses (and with them the return paths of VERP), signed tokens, users and
passwords in URLs, and query strings. A name without an `@`, as in `ann: mailbox unknown`, cannot be recognised.

The time is linear in the length of the text, because each pattern reads a character once.
"""

import re
from collections.abc import Iterable

REDACTED = "…"

# A text without any of these contains nothing to redact, like most replies to an accepted message.
_SUSPECT = re.compile(r"[@\uff20\ufe6b?&%]|://|\\u|\+40|\d-\d")
_QUERY = re.compile(r"(?<=[^\s?])\?[^\s<>\"'`]++")
_USER = re.compile(r"(?<=://)[^\s/@<>\"']++@")
# A word without the characters that end an address (RFC 5322, §3.2.3), except in a quoted local part and an address
# literal. Texts that were escaped for HTML or JSON have another form of the @.
_WORD = re.compile(
    r'(?:"[^"\n]*"(?=@)|@\[[^\]\s]*\]?|&#(?:64|x40);|&commat;|\\u0040|[^\s<>()\[\],;:\\"])++', re.IGNORECASE
)
# The last form is that of xtext (RFC 3461, §4); only a domain behind it distinguishes it from a number.
_AT = re.compile(r"[@\uff20\ufe6b]|%40|&#(?:64|x40);|&commat;|\\u0040|.\+40\S{0,252}\.[a-z]", re.IGNORECASE)
# `mail.tokens` describes the parts. The numbers alone identify a subscriber, so a token that was cut is removed too.
_TOKEN = re.compile(
    r"(?<!\d)\d{1,4}(?:(?:-|%2d)\d{1,19}){2,3}(?:-|%2d)[a-z2-7]{5}(?:(?:\.|%2e)[a-z2-7]*)?", re.IGNORECASE
)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return a text with addresses, tokens, passwords in URLs and query strings replaced by `…`.

    Args:
        text: Text from outside, such as the reply of a server or the message of an exception.
        known: Addresses that the text may contain in an unusual form.
    """
    for address in filter(None, known):
        text = re.sub(re.escape(address), REDACTED, text, flags=re.IGNORECASE)
    if not _SUSPECT.search(text):
        return text
    text = _QUERY.sub(f"?{REDACTED}", text)
    text = _USER.sub("", text)
    text = _WORD.sub(lambda word: REDACTED if _AT.search(word[0]) else word[0], text)
    return _TOKEN.sub(REDACTED, text)
