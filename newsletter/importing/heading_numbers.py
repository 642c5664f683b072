"""Splits the number from a heading: `1. Papers`, `1 — Papers`, `Section 1: Papers`, `第1部分 论文`."""

import re
import unicodedata

_CIRCLED = {chr(0x2460 + index): index + 1 for index in range(20)}
_CHINESE = {numeral: index for index, numeral in enumerate("一二三四五六七八九十", 1)}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
_WORD = r"(?:section|part|chapter|no\.?|nr\.?|teil|partie|第|セクション|パート)"
_NUMBERED = re.compile(
    rf"\W*(?:"
    rf"{_WORD}\s*(?P<worded>\d{{1,2}})(?!\d)\s*(?:节|節|部分|部|章|回)?\s*[.．、:：)）|｜—–-]*\s*"
    rf"|#\s?(?P<hash>\d{{1,2}})\s*[.:：)]?\s+"
    rf"|(?P<plain>\d{{1,2}})(?:\s*[.．。、)）:：](?!\d)|\ufe0f?\u20e3|\s*[—–]|\s+[-|｜])\s*)",
    re.IGNORECASE,
)
_ROMAN_NUMBERED = re.compile(r"\W*(?P<roman>[IVX]{1,4})\s*[.．、)）:：—–]\s*(?=\S|$)")

_CHINESE_NUMBERED = re.compile(
    r"\W*(?:第\s*(?P<numeral>[一二三四五六七八九十])\s*(?:节|節|部分|部|章|回)[.、:：]?|"
    r"[(（]?\s*(?P<counted>[一二三四五六七八九十])\s*[.．。、)）:：])\s*"
)


def split_number(words: str) -> tuple[int | None, str]:
    """Return the number of a heading and its words without it. The number is None if the heading has none."""
    text = words.strip()
    bare = re.sub(r"^[*#\s]+", "", text)
    if bare[:1] in _CIRCLED:
        return _CIRCLED[bare[0]], bare[1:].lstrip(" .、:：")
    text = unicodedata.normalize("NFKC", text)
    if found := _NUMBERED.match(text):
        return int(found["worded"] or found["hash"] or found["plain"]), text[found.end() :].strip()
    if found := _CHINESE_NUMBERED.match(text):
        return _CHINESE[found["numeral"] or found["counted"]], text[found.end() :].strip()
    if (found := _ROMAN_NUMBERED.match(text)) and found["roman"] in _ROMAN:
        return _ROMAN[found["roman"]], text[found.end() :].strip()
    return None, words
