"""Cleans untrusted text of a page for the author's file."""

import html
import re
import unicodedata

MAX_TITLE, MAX_ABSTRACT = 300, 3_000
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
# Several scripts need joiners and direction marks inside words (Unicode 16, §23.2).
_KEPT_FORMATS = "\u200c\u200d\u200e\u200f"


def clean_line(text: str, most: int = MAX_TITLE) -> str:
    """Return a text as one line without invisible characters.

    The result is a valid `Line` (`newsletter.fields.text`).

    Args:
        text: the text. Escaped HTML entities are decoded.
        most: the maximum number of characters. A longer text is truncated, at the end of a word if possible.
    """
    # Avoid processing a very long text that is truncated anyway.
    text = text[: 20 * most]
    if _ESCAPED.search(text):
        text = html.unescape(text)
    text = " ".join("".join(map(_visible, text)).split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] if " " in cut[most // 2 :] else cut) + "…"


def _visible(character: str) -> str:
    """Return a visible character unchanged, a space for white space and control characters, and "" for others."""
    if character.isprintable():
        return character
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    code = ord(character)
    unassigned = kind == "Cn" and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF
    return character if character in _KEPT_FORMATS or unassigned else ""
