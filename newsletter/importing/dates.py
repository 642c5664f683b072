"""Parses dates and weeks in the text of a page."""

import re
import unicodedata
from datetime import date
from email.utils import parsedate

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_EAST_ASIAN = re.compile(r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日")
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<name>[^\W\d_]{3,})\.?,?\s+(?:de\s+)?(?P<year>\d{4})"
)
_MONTH_FIRST = re.compile(r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
_WEEKS = (
    re.compile(r"(?P<year>20\d\d)\s*年?\s*(?:第\s*(?P<week>\d{1,2})\s*[周週])"),
    re.compile(r"week\s*#?\s*(?P<week>\d{1,2})\b\D{0,6}(?P<year>20\d\d)", re.IGNORECASE),
    re.compile(r"(?P<year>20\d\d)\D{0,6}week\s*#?\s*(?P<week>\d{1,2})\b", re.IGNORECASE),
    re.compile(r"第\s*(?P<week>\d{1,2})\s*[周週]\D{0,6}(?P<year>20\d\d)"),
)
_MONTHLY = (
    re.compile(r"(?P<name>[^\W\d_]{3,})\.?,?\s+(?P<year>20\d\d)\b"),
    re.compile(r"(?P<year>20\d\d)\s*年\s*(?P<month>\d{1,2})\s*月(?!\s*\d)"),
)


def date_of(text: str, language: str = "en") -> str:
    """Parse a text that is a date. Returns YYYY-MM-DD, or "" if the text is not a date."""
    text = unicodedata.normalize("NFKC", text).strip()
    for pattern in (_ISO, _EAST_ASIAN, _DAY_FIRST, _MONTH_FIRST):
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            month = int(parts["month"]) if "month" in parts else _month(parts["name"], language)
            try:
                return date(int(parts["year"]), month, int(parts["day"])).isoformat()
            except ValueError:
                return ""
    return ""


def day_of(timestamp: str) -> str:
    """Return the day of an ISO 8601 timestamp, such as `2021-03-14T09:30:00.000Z`, or "" if it is not valid."""
    found = _ISO.match(timestamp.strip())
    return date_of(found[0]) if found else ""


def day_of_mail_date(text: str) -> str:
    """Return the day of a date such as `Tue, 05 Mar 2024 23:30:00 -0500` (RFC 5322) in its own time zone, or ""."""
    found = parsedate(text)
    try:
        return date(*found[:3]).isoformat() if found else ""
    except ValueError:
        return ""


def week_of(title: str) -> tuple[int, int] | None:
    """Return the ISO year and week in a title, or None."""
    for pattern in _WEEKS:
        if found := pattern.search(unicodedata.normalize("NFKC", title)):
            return int(found["year"]), int(found["week"])
    return None


def month_of(title: str) -> str:
    """Return the month in a title as YYYY-MM, or ""."""
    text = unicodedata.normalize("NFKC", title)
    for pattern in _MONTHLY:
        for found in pattern.finditer(text):
            parts = found.groupdict()
            month = int(parts["month"]) if "month" in parts else _month(parts["name"], "en")
            if 1 <= month <= 12:
                return f"{parts['year']}-{month:02d}"
    return ""


def _month(name: str, language: str) -> int:
    """Return the number of a month from its name or abbreviation, or 0 if it is unknown."""
    name = name.lower()
    near = [
        number
        for number, month in enumerate(_MONTHS, 1)
        if month == name or (len(name) <= 4 and month.startswith(name[:3]))
    ]
    if near or language.startswith(("en", "ja", "zh", "ko")):
        return near[0] if near else 0
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return 0
    widths = (
        locale.months["format"]["wide"],
        locale.months["format"]["abbreviated"],
        locale.months["stand-alone"]["wide"],
    )
    return next((number for width in widths for number, month in width.items() if month.lower().rstrip(".") == name), 0)
