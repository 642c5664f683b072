"""The dates of issues, which follow from the rhythm."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class Weekday(StrEnum):
    """A day of the week, in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class IssueRhythm(NamedTuple):
    """How often an issue is published, and on which day.

    Attributes:
        every: `week`, `month`, or a number of days, such as `10 days`.
        weekday: the weekday of a weekly or monthly issue.
    """

    every: str
    weekday: Weekday


def next_date(rhythm: IssueRhythm, last: date) -> date:
    """Return the date of the issue that follows the last one."""
    if days := _days(rhythm):
        return last + timedelta(days=days)
    if rhythm.every == "week":
        return first_date(rhythm, last + timedelta(days=1))
    following = last.replace(day=1) + timedelta(days=monthrange(last.year, last.month)[1])
    return _on(rhythm.weekday, following)


def date_in_week(rhythm: IssueRhythm, year: int, week: int) -> date:
    """Return the date of the rhythm's weekday in an ISO week.

    Raises:
        ValueError: the year does not have this week.
    """
    return date.fromisocalendar(year, week, list(Weekday).index(rhythm.weekday) + 1)


def first_date(rhythm: IssueRhythm, today: date) -> date:
    """Return the first date of the rhythm on or after a day."""
    if _days(rhythm):
        return today
    if rhythm.every == "week":
        return _on(rhythm.weekday, today)
    this_month = _on(rhythm.weekday, today.replace(day=1))
    return this_month if this_month >= today else next_date(rhythm, today)


def _on(weekday: Weekday, day: date) -> date:
    """Return the first date with a weekday, on or after a day."""
    return day + timedelta(days=(list(Weekday).index(weekday) - day.weekday()) % 7)


def _days(rhythm: IssueRhythm) -> int | None:
    """Return the number of days between issues, or None for weekly and monthly issues."""
    return int(rhythm.every.split()[0]) if rhythm.every not in ("week", "month") else None
