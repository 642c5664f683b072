"""Parse the dates and times that exports contain."""

import re
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz
from enum import StrEnum

_EARLIEST = 631_238_400  # 2 January 1990
# The zero of Go, Excel, Unix (also west of Greenwich) and MySQL.
_ZERO = re.compile(r"(?:0001-01-01|1900-01-00|1900-01-01|1970-01-01|1969-12-31)(?!\d).*|(?:0[0:\-T .Z/]*)?", re.ASCII)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]*\.?,?\s+)?"
_CLOCK = (
    r"(?:(?:,|\s+at|\s|T)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?)?\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2}(?:\s+utc)?)?"
)
_DAYS = (
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
    r"(?P<first>\d{1,2})(?P<mark>[-/])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4})",
    r"(?P<name>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<name>[a-z]{3,9})\.?,?[\s-]+(?P<year>\d{4})",
)
_FORMS = tuple(re.compile(f"{_WEEKDAY}{day}{_CLOCK}", re.IGNORECASE | re.ASCII) for day in _DAYS)


class UnclearTime(StrEnum):
    """Why a text is not a time. The value completes the message ``the date `…` ``."""

    BLANK = "is missing"
    AMBIGUOUS = "is ambiguous: day and month can be exchanged"
    UNKNOWN = "cannot be read"
    TOO_EARLY = "is before 1990"


def read_time(text: str) -> int | UnclearTime:
    """Parse a date or a time. Without a zone, it is in UTC.

    The forms are ISO 8601, RFC 2822, English names of months, seconds, milliseconds or microseconds since 1970, and
    numbers with the day first or the month first if only one of these is possible.

    Returns:
        Seconds since 1970 (UTC), or why the text is not a time.
    """
    text = " ".join(text.split())
    if _ZERO.fullmatch(text):
        return UnclearTime.BLANK
    if re.fullmatch(r"\d{9,10}(?:\.\d+)?|\d{12,13}|\d{15,16}", text, re.ASCII):
        whole = text.partition(".")[0]
        seconds = int(whole) // 10 ** (0 if len(whole) <= 10 else 3 if len(whole) <= 13 else 6)
        return _check_earliest(seconds)
    try:
        # Not for eight digits or fewer, except YYYYMMDD: `fromisoformat` reads weeks and ordinal dates, too.
        if re.match(r"\d{4}-?\d{2}-?\d{2}(?!\d)", text, re.ASCII):
            iso = datetime.fromisoformat(re.sub(r"\s+([+-]\d{2}:?\d{2})", r"\1", text.removesuffix(" UTC")))
            return _check_earliest(_seconds(iso))
    except (ValueError, OverflowError):
        pass
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _read_parts(match)
    parts = parsedate_tz(text) if re.search(r"[a-z]{3}", text, re.IGNORECASE) and "," in text[:5] else None
    try:
        return _check_earliest(int(mktime_tz(parts))) if parts else UnclearTime.UNKNOWN
    except (ValueError, OverflowError):
        return UnclearTime.UNKNOWN


def _read_parts(match: re.Match[str]) -> int | UnclearTime:
    parts = match.groupdict()
    if name := parts.get("name"):
        month, day = _MONTHS.get(name.lower(), 0), int(parts["day"])
    elif parts.get("first"):
        first, other = int(parts["first"]), int(parts["other"])
        if first <= 12 and other <= 12 and first != other:
            return UnclearTime.AMBIGUOUS
        month, day = (first, other) if first <= 12 else (other, first)
    else:
        month, day = int(parts["month"]), int(parts["day"])
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        if not 1 <= hour <= 12:
            return UnclearTime.UNKNOWN
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    zone = re.sub(r"(?i)utc|gmt|z|\s", "", parts["zone"] or "") or "+0000"
    minute, second = int(parts["minute"] or 0), min(int(parts["second"] or 0), 59)
    try:
        numbers = f"{int(parts['year']):04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{zone}"
        return _check_earliest(_seconds(datetime.fromisoformat(numbers)))
    except (ValueError, OverflowError):
        return UnclearTime.UNKNOWN


def _seconds(time: datetime) -> int:
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _check_earliest(seconds: int) -> int | UnclearTime:
    return seconds if seconds >= _EARLIEST else UnclearTime.TOO_EARLY
