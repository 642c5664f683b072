"""The field type for durations, such as 24h, 15m or 90s."""

import re
from typing import Annotated, Any

from newsletter.fields.text import Parsed, json_schema, refuse

MAX_SECONDS = 30 * 86_400
_DURATION = re.compile(r"([0-9]{1,7})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _duration(value: Any) -> int:
    # The default arrives as a number.
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= MAX_SECONDS:
        raise refuse("not a valid duration", "Use a duration up to 30 days, such as 24h, 15m or 90s.")
    return seconds


Duration = Annotated[int, Parsed(_duration), json_schema(type="string", pattern=r"^[0-9]{1,7}[smhd]$")]
"""A number of seconds."""
