"""Finds the number of an issue in its title."""

import re
import unicodedata

_NUMBERS = (
    re.compile(r"(?<![a-z])(?:issue|no|nr|vol|volume|number|edition)\.?\s*#?\s*(?P<number>\d{1,6})\b", re.IGNORECASE),
    re.compile(r"第\s*(?P<number>\d{1,6})\s*[期号號回]"),
    re.compile(r"#\s*(?P<number>\d{1,6})\b(?!\s*年)"),
)


def number_in(title: str) -> int | None:
    """Return the issue number in a title, or None if it contains none."""
    text = unicodedata.normalize("NFKC", title)
    found = (match for pattern in _NUMBERS for match in pattern.finditer(text))
    return next((number for match in found if (number := int(match["number"]))), None)
