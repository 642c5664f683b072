"""How long ago something was, and how long something takes, in the words of a language (CLDR)."""

import re
from datetime import timedelta
from math import ceil, inf

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta

_MINUTE, _HOUR = 60, 3600
_MINUTES_UNTIL = 90
# CLDR has a space between a number and Japanese or Chinese, which the labels do not have.
_SPACE = re.compile("(?<=[0-9]) (?=[\u3040-\u30ff\u4e00-\u9fff])")


def ago(seconds: int, language: str) -> str:
    """Return a time in the past, such as `4 minutes ago`; at least a minute."""
    minutes = max(seconds // _MINUTE, 1)
    return _words(-minutes, -round(seconds / _HOUR), language)


def wait(seconds: int, language: str) -> str:
    """Return a time in the future, such as `in 6 minutes`, rounded up, so that nobody comes too early."""
    return _words(max(ceil(seconds / _MINUTE), 1), ceil(seconds / _HOUR), language)


def _words(minutes: int, hours: int, language: str) -> str:
    """Minutes, or hours from an hour and a half on."""
    in_minutes = abs(minutes) < _MINUTES_UNTIL
    delta = timedelta(minutes=minutes) if in_minutes else timedelta(hours=hours)
    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    # No threshold: the unit stays as it is.
    words = format_timedelta(
        delta, granularity="minute" if in_minutes else "hour", threshold=inf, add_direction=True, locale=locale
    )
    return _SPACE.sub("", words)
