"""Finds weeks, months and years in English, Japanese and Chinese texts, and compares them with a day."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d{2})(?!\d)"
_WEEK = re.compile(r"\bweek[ -]?(?P<latin>\d{1,2})\b|第\s?(?P<cjk>\d{1,2})\s?[週周]", re.IGNORECASE)
_FORMS = (
    re.compile(rf"\bweek[ -]?(?P<week>\d{{1,2}})(?:,? (?:of )?|, ?){_YEAR}", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}(?:[,-]? ?week[ -]?|[ -]?w)(?P<week>\d{{1,2}})\b", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}\s?年\s?(?:の\s?)?第\s?(?P<week>\d{{1,2}})\s?[週周]"),
    re.compile(r"\bweek[ -]?(?P<week>\d{1,2})\b(?!,? (?:of )?(?:19|20)\d\d|[.:/]\d)", re.IGNORECASE),
    re.compile(r"(?<!年)(?<!年\s)第\s?(?P<week>\d{1,2})\s?[週周]"),
    re.compile(rf"\b{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?,? (?:of )?{_YEAR}", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}\s?年\s?(?P<month>\d{{1,2}})\s?月"),
)
# An issue is about a month or a year, but does not name its week.
_ABOUT = r"(?:best|top|news|issue|edition|digest|highlights|round-?up|recap|review|reading|papers|stories|picks|links)"
_CLAIMS = (
    re.compile(rf"\b{_ABOUT} (?:of|for|from|in) (?:the month of )?{_MONTH}(?!,? (?:\d|of \d))", re.IGNORECASE),
    re.compile(rf"\b{_MONTH} {_ABOUT}\b", re.IGNORECASE),
    re.compile(
        r"(?<![\d年])(?<!年\s)(?P<month>\d{1,2})\s?月\s?(?:号|號|刊|版|の?まとめ|のハイライト|精选|精選|月报|月報)"
    ),
    re.compile(rf"\b(?:best|top|highlights|recap|review) (?:of|for|from) (?:the year )?{_YEAR}", re.IGNORECASE),
)
# A text that looks back, or names the beginning or the end of a time, may name any.
_LOOKS_BACK = re.compile(
    r"\b(?:ago|after|already|announced|anniversary|archive|as of|back|before|between|by|deadline|earlier|ended|era"
    r"|first|founded|history|last|past|previous(?:ly)?|published|released|remember\w*|repeat|revisit\w*|since"
    r"|throwback|till|until|updated?|upcoming|years?)\b"
    r"|自(?=\d|从|從)|以来|以來|截至|周年|之前|以前|以降|から|まで|前回|上期|上周|上週|先週|先月|去年|昨年",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"(?:\bthis (?:week|month|year|issue)\W{1,3}(?:of |in |is )?"
    r"|(?:本|今|这|這)\s?(?:周|週|月|年|号|號|期)(?:は|是)?\W{0,3})$",
    re.IGNORECASE,
)


class NamedPeriod(NamedTuple):
    """A week, month or year that a text names. A part that is not named is None.

    Args:
        words: the words as they are in the text.
        start: the position of the words in the text.
    """

    words: str
    start: int
    year: int | None
    month: int | None
    week: int | None

    def includes(self, day: date) -> bool:
        """Return whether an issue of this day may name the period.

        A month may have ended up to five weeks before, or begin in ten days; a year may have ended three months before.
        """
        calendar = day.isocalendar()
        if self.week is not None:
            return self.week == calendar.week and self.year in (None, calendar.year, day.year)
        if self.month is not None:
            days = [_shifted(day, shift) for shift in range(-35, 11)]
            return any(near.month == self.month and self.year in (None, near.year) for near in days)
        return self.year in (day.year, _shifted(day, -92).year)

    def later_than(self, day: date) -> bool:
        """Return whether the period is a month after the day's: a text may announce it."""
        if self.week is not None or self.month is None or self.year is None:
            return False
        return (self.year, self.month) > (day.year, day.month) and self.month != day.month


def week_in(text: str) -> int | None:
    """Return the first week that a title or a slug names, or None."""
    found = _WEEK.search(text)
    return int(found["latin"] or found["cjk"]) if found else None


def month_in(title: str) -> tuple[int, int] | None:
    """Return the year and the month that a title names instead of a week, or None."""
    if week_in(title) is not None:
        return None
    months = ((period.year, period.month) for period in named_periods(title))
    return next(((year, month) for year, month in months if year and month), None)


def named_periods(text: str) -> list[NamedPeriod]:
    """Return the weeks, months and years that a line names as the subject of an issue, in order."""
    if not _may_name_one(text):
        return []
    found = [_period(match) for pattern in (*_FORMS, *_CLAIMS) for match in pattern.finditer(text)]
    return sorted(filter(None, found), key=lambda period: period.start)


def wrong_periods(line: str, day: date) -> list[NamedPeriod]:
    """Return the periods that a title or subtitle names although its issue is of another time.

    If one of several is right, the others may be anything. A text that looks back, or on a month to come, may name any.
    """
    periods = named_periods(line)
    if not periods or any(period.includes(day) for period in periods) or _LOOKS_BACK.search(line):
        return []
    return [period for period in periods if not period.later_than(day)]


def wrong_periods_in_prose(text: str, day: date) -> Iterator[NamedPeriod]:
    """Yield the periods that a sentence claims for its issue, such as `this week (week 31)`, and that are wrong.

    A sentence may name any month or year, but a week with its year is that of the issue.
    """
    for period in wrong_periods(text, day):
        label = not text[: period.start].strip() and text[period.start + len(period.words) :][:1] in (":", "：")
        if (
            label
            or _THIS.search(text, max(0, period.start - 40), period.start)
            or (period.week is not None and period.year is not None)
        ):
            yield period


def _shifted(day: date, days: int) -> date:
    """Return a day so many days later, but not beyond the days that have a date."""
    return date.fromordinal(max(1, min(day.toordinal() + days, date.max.toordinal())))


def _may_name_one(text: str) -> bool:
    return any(character.isdigit() for character in text) or any(month in text.lower() for month in _MONTHS)


def _period(match: re.Match[str]) -> NamedPeriod | None:
    parts = match.groupdict()
    month = _MONTHS.index(parts["name"][:3].lower()) + 1 if parts.get("name") else int(parts.get("month") or 0) or None
    week = int(parts["week"]) if parts.get("week") else None
    # `may` and `march` without a year are verbs, unless they begin with a capital.
    verb = (parts.get("name") or "") in ("may", "march") and not parts.get("year")
    if verb or (month or 1) > 12 or (week is not None and not 0 < week < 54):
        return None
    return NamedPeriod(match[0].strip(), match.start(), int(parts["year"]) if parts.get("year") else None, month, week)
