"""The field type for hours of the day, such as 08:00-20:00."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from newsletter.fields.text import refuse

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", re.ASCII)
_DAY = 24 * 60
_ADVICE = 'Use hours such as "08:00-20:00", or "20:00-02:00" for a time that passes midnight.'


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day, in minutes since midnight. It passes midnight if `end` is not after `start`."""

    start: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.start, self.end))


def _hours(value: Any) -> Hours:
    if isinstance(value, Hours):
        return value
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise refuse("not valid hours", _ADVICE)
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if max(start_minute, end_minute) > 59 or start >= _DAY or end > _DAY:
        raise refuse(f"not valid hours: `{value.strip()}`", _ADVICE)
    if start == end:
        raise refuse("the hours begin and end at the same time", "Remove the line to send at any hour.")
    return Hours(start, end)


HoursOfDay = Annotated[
    Hours,
    PlainValidator(_hours),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*[-–]\s*[0-9]{1,2}:[0-9]{2}\s*$"}),
]
