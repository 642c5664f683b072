"""The field type for rates of messages, such as 10/s, 600/m or 500/h."""

import re
from typing import Annotated, Any

from newsletter.fields.text import Parsed, json_schema, refuse

MAX_RATE = 100_000
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:/([smh]))?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read_rate(text: str) -> float | None:
    """Parse a rate. A number without a unit is per second.

    Returns:
        Messages per second, or None if the text is not a valid rate.
    """
    found = _RATE.fullmatch(text.strip())
    rate = float(found[1]) / _SECONDS[found[2] or "s"] if found else None
    return rate if rate is not None and rate <= MAX_RATE else None


def _rate(value: Any) -> float:
    rate = read_rate(str(value)) if isinstance(value, str | int | float) else None
    if rate is None:
        raise refuse("not a valid rate", "Use a rate such as 10/s, 600/m or 500/h; 0 means no limit.")
    return rate


Rate = Annotated[
    float,
    Parsed(_rate),
    json_schema(
        anyOf=[
            {"type": "number", "minimum": 0, "maximum": MAX_RATE},
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(/[smh])?$"},
        ]
    ),
]
