"""Finds numbers with what they count in English, Japanese and Chinese texts, and compares two texts."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import floor, log10
from typing import NamedTuple

_SCALES = {
    name: exponent
    for exponent, names in {
        2: "hundred 百",
        3: "thousand k 千",
        4: "万 萬",
        5: "十万",
        6: "million m mn 百万 百萬",
        7: "千万 千萬",
        8: "億 亿",
        9: "billion b bn 十亿 十億",
        12: "trillion t 兆",
    }.items()
    for name in names.split()
}
_WORDS = "hundred|thousand|million|billion|trillion"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = r"10(?:\s?\^\s?\{?(?P<exponent>-?\d{1,2})\}?|(?P<superscript>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
_NUMBER = re.compile(
    rf"(?<![\w.,^/:#$€£¥-])(?:(?P<factor>\d+(?:\.\d+)?)\s?[×x·*]\s?)?{_POWER}"
    r"|(?<![\w./:^#-])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:(?P<percent>\s?[%％])|[\s-]?(?P<scale>(?i:{_WORDS}))s?\b|(?P<letter>[kKMBT]|bn|mn)(?![\w])"
    r"|\s?(?P<wide>十万|百万|百萬|千万|千萬|十亿|十億|[千万萬億亿兆]))?(?![\w^]{0,20}\d)(?![.:/]\d)"
    rf"|\b(?i:an?|one)[\s-](?P<only>(?i:{_WORDS}))\b",
)
# Small numbers count what a highlight sums up in its own way: three papers, two of them.
_LEAST = 10
# Each number of one text is compared with each of the other.
_MOST_NUMBERS = 100
# A longer number is an id.
_MOST_DIGITS = 15
_ROUNDED = re.compile(
    r"(?:\b(?:about|above|almost|approximately|around|at least|below|beyond|close to|circa|fewer than|less than"
    r"|more than|nearly|only|over|roughly|some|under|up to|well over)|[~≈><]|约|約|近|超过|超過|超)\W*$",
    re.IGNORECASE,
)
# A name whose number counts nothing: `ResNet 50`, `on Windows 11`.
_NAME = re.compile(r"(?:\b\w*[a-z]\w*[A-Z]\w*|\b[A-Z]{2,}\w*|[\w,] [A-Z]\w*)[ -]$")
_AFTER = re.compile(r"[^.;:!?,()\n。，、；（）]{0,60}")
_COUNTERS = re.compile(r"^\s*(?:多|余|餘)?\s*[个個種种枚件篇条條台张張份位本人以上の]*")
# Words that end what a number counts, and units that count something else each time: two texts may have many years.
_END = re.compile(r"\d|\b(?:and|as|at|by|for|from|in|on|or|per|than|that|then|to|which|while|with|without)\b")
_ANY = frozenset("day days month months more of the time times week weeks x year years".split())  # noqa: SIM905


class Quantity(NamedTuple):
    """A number in a text.

    Args:
        words: the number as typed, with its power, scale or percent sign.
        value: the number.
        units: the words that follow, without plural endings: what it counts.
        power: whether it is a power of ten, or has a scale such as `million`.
        percent: whether it is a percentage.
        rounded: whether a word such as `about` or `over` comes before it.
    """

    words: str
    value: Fraction
    units: frozenset[str]
    power: bool
    percent: bool
    rounded: bool


def contradicted_quantity(text: str, source: str) -> tuple[Quantity, Quantity] | None:
    """Return the first number of a text that another text contradicts, and the number of the other text, or None.

    Two numbers contradict each other if one may be a slip for the other: they count the same thing with almost the same
    digits, or differ only by a power of ten. A number that rounds the other does not, nor does one that the other text
    has anywhere.
    """
    if not any(map(_may_count, (text, source))):
        return None
    counted = (quantity for quantity in quantities(text) if abs(quantity.value) >= _LEAST or quantity.percent)
    ours = list(islice(counted, _MOST_NUMBERS))
    theirs = list(islice(quantities(source), _MOST_NUMBERS)) if ours else []
    for quantity in ours:
        if any(_agree(quantity, other) for other in theirs):
            continue
        rivals = [other for other in theirs if _comparable(quantity, other)]
        nearest = max((len(quantity.units & other.units) for other in rivals), default=0)
        rivals = [other for other in rivals if len(quantity.units & other.units) == nearest]
        # If the other text counts the same thing twice, the text may count a third part of it.
        if len({other.value for other in rivals}) == 1:
            return quantity, rivals[0]
    return None


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text. Years, versions and numbers in names are left out."""
    for found in _NUMBER.finditer(text):
        if (value := _value(found)) and (value[1] or not _NAME.search(text, max(0, found.start() - 40), found.start())):
            number, power = value
            after = _AFTER.match(text, found.end())
            yield Quantity(
                found[0].strip(),
                number,
                _units(after[0] if after else ""),
                power,
                bool(found["percent"]),
                bool(_ROUNDED.search(text, max(0, found.start() - 20), found.start())),
            )


def _value(found: re.Match[str]) -> tuple[Fraction, bool] | None:
    if found["only"]:
        return Fraction(10 ** _SCALES[found["only"].lower()]), True
    exponent = found["exponent"] or (found["superscript"] or "").translate(_SUPERSCRIPTS)
    if exponent:
        return Fraction(found["factor"] or 1) * Fraction(10) ** int(exponent), True
    scale = (found["scale"] or found["letter"] or found["wide"] or "").lower()
    digits = found["digits"].replace(",", "")
    if len(digits) > _MOST_DIGITS:
        return None
    # A number without a scale or a percent sign may be a year.
    if not scale and not found["percent"] and re.fullmatch(r"(?:19|20)\d\d", digits):
        return None
    return Fraction(digits) * 10 ** _SCALES.get(scale, 0), bool(scale)


def _units(after: str) -> frozenset[str]:
    """Return the first three words after a number, or the first two letters after a Chinese counter."""
    rest = _COUNTERS.sub("", after) if re.match(r"\s*[\u3040-\u9fff]", after) else after
    if re.match(r"[\u3040-\u9fff]{2}", rest):
        return frozenset({rest[:2]})
    words = re.findall(r"[a-z]+", _END.split(rest.lower())[0])[:3]
    return frozenset(re.sub(r"(?<=..)e?s$", "", word) for word in words if word not in _ANY)


def _agree(one: Quantity, other: Quantity) -> bool:
    """Return whether two numbers are equal, or one of them rounds the other."""
    if one.value == other.value:
        return True
    low, high = sorted((abs(one.value), abs(other.value)))
    if not low:
        return False
    if (one.rounded or other.rounded) and high <= 2 * low:
        return True
    return any(_rounds(short, long) for short, long in ((one.value, other.value), (other.value, one.value)))


def _rounds(short: Fraction, long: Fraction) -> bool:
    """Return whether a number is another one, rounded or cut to its own digits."""
    digits = floor(log10(abs(short)))
    step = Fraction(10) ** digits
    while short % step:
        step /= 10
    near = -step / 2 <= long - short < step
    return near and _digits(long) > _digits(short)


def _digits(value: Fraction) -> int:
    """Return how many digits a number has without zeros at the end, to six decimals."""
    return len(str(int(abs(value) * 10**6)).rstrip("0"))


def _comparable(one: Quantity, other: Quantity) -> bool:
    """Return whether one number may be a slip for the other: of the power of ten, or of a digit of the same count."""
    if one.percent != other.percent or not one.value or not other.value:
        return False
    if one.units & other.units:
        return _is_slip(one.value, other.value)
    # Without a unit, only powers of ten and scales: 10^6 and 10^5, 1.5 million and 1.5 billion.
    return one.power and other.power and not (one.units and other.units) and _shifts(one.value, other.value)


def _is_slip(one: Fraction, other: Fraction) -> bool:
    """Return whether two numbers have the same digits, or differ in one of them. Others may be of another thing."""
    if _shifts(one, other):
        return True
    first, second = (str(int(abs(value) * 10**6)) for value in (one, other))
    if len(first) != len(second):
        return False
    different = sum(left != right for left, right in zip(first, second, strict=True))
    return different == 1 or sorted(first) == sorted(second)


def _shifts(one: Fraction, other: Fraction) -> bool:
    """Return whether two numbers differ by a power of ten."""
    ratio = str(max(one, other) / min(one, other))
    return set(ratio) <= {"0", "1"} and ratio.count("1") == 1


def _may_count(text: str) -> bool:
    return any(character.isdigit() for character in text) or "illion" in text
