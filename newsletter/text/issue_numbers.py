"""Finds the number of an issue in its title, and titles that say nothing else."""

import re
import unicodedata

_NUMBERS = (
    re.compile(r"(?<![a-z])(?:issue|no|nr|vol|volume|number|edition)\.?\s*#?\s*(?P<number>\d{1,6})\b", re.IGNORECASE),
    re.compile(r"第\s*(?P<number>\d{1,6})\s*[期号號回]"),
    re.compile(r"#\s*(?P<number>\d{1,6})\b(?!\s*年)"),
)
# Words around numbers, weeks and dates in titles. In East Asian titles, letters.
_WORDS = frozenset(
    """
    ausgabe cw de del edición edition ed édition folge issue kw n newsletter no nr num number numero numéro número
    nummer of os semaine semana settimana the vol volume w week weekly woche выпуск неделя номер العدد גיליון
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 (easier to read than a list)
)
_LETTERS = frozenset("第号號期回週周年月日の卷巻제호회주년월일")


def is_only_number(title: str) -> bool:
    """Return whether a title is only a number, a week or a date: `Issue 29`, `#29`, `Week 10, 2021`, `第29号`."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", title).casefold())
    return bool(re.search(r"\d", title)) and all(word in _WORDS or set(word) <= _LETTERS for word in words)


def number_in(title: str) -> int | None:
    """Return the issue number in a title, or None if it contains none."""
    text = unicodedata.normalize("NFKC", title)
    found = (match for pattern in _NUMBERS for match in pattern.finditer(text))
    return next((number for match in found if (number := int(match["number"]))), None)
