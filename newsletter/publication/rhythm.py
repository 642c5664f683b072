"""The setting `rhythm`: how often an issue is published."""

import re
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from newsletter.fields.base import Model
from newsletter.fields.text import refuse
from newsletter.publication.issue_dates import Weekday


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
