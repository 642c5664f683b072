"""A rate: how many messages go in a second, written with its unit: 10/s, 600/m, 500/h."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from newsletter.fields.text import refuse, said

MAX_RATE = 100_000
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:/([smh]))?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read_rate(text: str) -> float | None:
    """Messages a second, or nothing where the text is no rate; a bare number is a second's."""
    found = _RATE.fullmatch(text.strip())
    rate = float(found[1]) / _SECONDS[found[2] or "s"] if found else None
    return rate if rate is not None and rate <= MAX_RATE else None


def _rate(value: Any) -> float:
    rate = read_rate(str(value)) if isinstance(value, str | int | float) else None
    if rate is None:
        raise refuse("a rate is needed here", "Write one such as 10/s, 600/m or 500/h; 0 sets no limit.")
    return rate


Rate = Annotated[
    float,
    BeforeValidator(_rate),
    said(
        anyOf=[
            {"type": "number", "minimum": 0, "maximum": MAX_RATE},
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(/[smh])?$"},
        ]
    ),
]
