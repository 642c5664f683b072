"""The quotation marks of languages, from Unicode CLDR 48 (`delimiters`)."""

from functools import cache
from typing import NamedTuple

from newsletter.text.languages import fallbacks


class QuotationMarks(NamedTuple):
    """The marks that replace pairs of `"` and of `'` in a language."""

    opening: str
    closing: str
    single_opening: str
    single_closing: str


ENGLISH = QuotationMarks("“", "”", "‘", "’")
"""The marks of English, and of all languages that are not in the table, as in CLDR."""

# In Dutch, CLDR has single marks for both. There, `"` stays a double mark.
_LANGUAGES = {
    "«»“”": "ca el es eu it kk lij pt-AO pt-CH pt-MO pt-MZ pt-PT sc",
    "„“‚‘": "cs de dsb et hr hsb is lb mk nds sk sl",
    "«»‹›": "am fa fr-CH gsw rm",
    "«»„“": "be ky os ru sah uk",
    "””’’": "fi he se sv yi",
    "«»‘’": "nb nn no",
    "”“’‘": "ar ur",
    "«»«»": "fr hy",
    "«»”“": "fr-CA",
    "„“„“": "bg lt",
    "「」『』": "ja yue zh-Hant zh-TW zh-HK zh-MO",
    "„”«»": "pl ro",
    "„”»«": "hu",
    "„”‘’": "bs",
    "„“«»": "ka",
    "„”’’": "sr",
}
_NO_BREAK_SPACE = "\u00a0"


@cache
def quotation_marks(language: str) -> QuotationMarks:
    """Return the marks of a language. In French, except in Switzerland, they have a space inside."""
    tags = fallbacks(language)
    found = next((marks for tag in tags for marks, known in _LANGUAGES.items() if tag in known.split()), None)
    if found is None:
        return ENGLISH
    if "fr" in tags and "fr-CH" not in tags:
        return QuotationMarks(*map(_with_space, found))
    return QuotationMarks(*found)


def _with_space(mark: str) -> str:
    return mark.replace("«", f"«{_NO_BREAK_SPACE}").replace("»", f"{_NO_BREAK_SPACE}»")
