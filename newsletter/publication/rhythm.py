"""The rhythm: how often an issue is published, and the dates that follow from it."""

import re
from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from newsletter.fields.base import Model
from newsletter.fields.text import refuse


class Weekday(StrEnum):
    """A day of the week, in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def _every(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text in ("week", "month"):
        return text
    match = re.fullmatch(r"(\d{1,3}) days?", text, re.ASCII)
    if not match or not int(match[1]):
        raise refuse(f"`{text}` is not a valid rhythm", "Write week, month, or a number of days such as 10 days.")
    return text


class Rhythm(Model):
    """How often an issue is published, and on which day."""

    every: Annotated[
        str, PlainValidator(_every), WithJsonSchema({"type": "string", "pattern": r"^(week|month|[0-9]{1,3} days?)$"})
    ] = Field(
        "week",
        description="`week`, `month` (on the first such weekday of the month), or a number of days, such as `10 days`.",
    )
    weekday: Weekday = Field(
        Weekday.SUNDAY, description="The weekday of a weekly or monthly issue. It is ignored for a number of days."
    )

    @property
    def days(self) -> int | None:
        """The number of days between issues, or None for weekly and monthly issues."""
        return int(self.every.split()[0]) if self.every not in ("week", "month") else None


def next_date(rhythm: Rhythm, last: date) -> date:
    """Return the date of the issue that follows the last one."""
    if rhythm.days:
        return last + timedelta(days=rhythm.days)
    if rhythm.every == "week":
        return first_date(rhythm, last + timedelta(days=1))
    following = last.replace(day=1) + timedelta(days=monthrange(last.year, last.month)[1])
    return _on(rhythm.weekday, following)


def date_in_week(rhythm: Rhythm, year: int, week: int) -> date:
    """Return the date of the rhythm's weekday in an ISO week.

    Raises:
        ValueError: the year does not have this week.
    """
    return date.fromisocalendar(year, week, list(Weekday).index(rhythm.weekday) + 1)


def first_date(rhythm: Rhythm, today: date) -> date:
    """Return the first date of the rhythm on or after a day."""
    if rhythm.days:
        return today
    if rhythm.every == "week":
        return _on(rhythm.weekday, today)
    this_month = _on(rhythm.weekday, today.replace(day=1))
    return this_month if this_month >= today else next_date(rhythm, today)


def _on(weekday: Weekday, day: date) -> date:
    """Return the first date with a weekday, on or after a day."""
    return day + timedelta(days=(list(Weekday).index(weekday) - day.weekday()) % 7)
