"""Formats dates for a language, and says in which direction it is written."""

from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from newsletter.publication.labels import Labels
from newsletter.text.languages import script_direction


@cache
def direction(language: str) -> str:
    """Return the text direction of a language, `rtl` or `ltr`, from CLDR. An unknown language is `ltr`."""
    if found := script_direction(language):
        return found
    return "rtl" if _locale(language).text_direction == "rtl" else "ltr"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def long_date(day: date, language: str, labels: Labels) -> str:
    """Return a date, formatted for a language."""
    return _format_date(day, labels.date_format, language)


# An archive shows the date of an issue on its page, on those of its neighbours and in lists.
@lru_cache(1024)
def _format_date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, _locale(language))
