"""Parses the day on which a link was added."""

import re
from datetime import UTC, date, datetime


def parse_day(text: str) -> date | None:
    """Return the day (UTC) of a time in seconds, milliseconds or microseconds since 1970, or in ISO 8601.

    Returns:
        The day, or None if the text is another time or none. Zero is no time.
    """
    text = text.strip()
    try:
        if re.fullmatch(r"\d{9,10}(?:\.\d+)?|\d{12,13}|\d{15,16}", text, re.ASCII):
            whole = text.partition(".")[0]
            return datetime.fromtimestamp(int(whole) // 1000 ** (max(len(whole) - 8, 0) // 3), UTC).date()
        if re.match(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            time = datetime.fromisoformat(text)
            return (time.astimezone(UTC) if time.tzinfo else time).date()
    except (ValueError, OverflowError):
        pass
    return None
