"""How often an issue is published."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from newsletter.fields.base import Model
from newsletter.fields.text import refuse


class Weekday(StrEnum):
    """A day of the week; `list(Weekday).index(day)` is that of `date.weekday()`."""

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
        raise refuse("this is not a rhythm", "Write week, month, or a number of days such as 10 days.")
    return text


class Rhythm(Model):
    """How often an issue is published, and on which day."""

    every: Annotated[
        str, PlainValidator(_every), WithJsonSchema({"type": "string", "pattern": r"^(week|month|[0-9]{1,3} days?)$"})
    ] = Field("week", description="`week`, `month` (the first such weekday), or a number of days, such as `10 days`.")
    weekday: Weekday = Field(
        Weekday.SUNDAY, description="The day of a weekly or monthly issue; a rhythm of days keeps to none."
    )

    @property
    def days(self) -> int | None:
        """The distance in days, where the rhythm goes by days."""
        return int(self.every.split()[0]) if self.every not in ("week", "month") else None
