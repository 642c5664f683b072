"""Cleans text of a page, which may hold anything, for the author's file."""

import html
import re
import unicodedata

MAX_TITLE, MAX_ABSTRACT = 300, 3_000
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
# Joiners are part of words in several scripts, and so are the marks of direction (Unicode 16, §23.2).
_KEPT_FORMATS = "\u200c\u200d\u200e\u200f"


def clean_line(text: str, most: int = MAX_TITLE) -> str:
    """A text on one line, without what cannot be seen, cut after a word where it is longer than `most` characters.

    What an issue refuses in a line (`models/text.py`) is not in it.
    """
    # A text that is cut short anyway is not looked at to its end.
    text = text[: 20 * most]
    if _ESCAPED.search(text):
        text = html.unescape(text)
    text = " ".join("".join(map(_seen, text)).split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] if " " in cut[most // 2 :] else cut) + "…"


def _seen(character: str) -> str:
    if character.isprintable():
        return character
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    code = ord(character)
    unassigned = kind == "Cn" and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF
    return character if character in _KEPT_FORMATS or unassigned else ""
