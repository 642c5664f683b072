"""Wraps lines to a width in terminal cells, at spaces and between East Asian letters.

A line may break between any two East Asian letters, except before or after some punctuation (JIS X 4051, kinsoku
shori; UAX #14, classes CL, NS and OP).
"""

import re
from functools import cache
from unicodedata import east_asian_width

from rich.cells import cell_len

# Replace the asterisks of emphasis while text is wrapped, since an asterisk does not show whether it opens or closes.
OPENING, CLOSING = "\ufdd4", "\ufdd5"
_NOT_FIRST = (
    CLOSING + "、。，．,.:;!?！？：；…‥・ー々〻’”'\")]}）］｝〉》」』】〕〗〙’゛゜"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ–—～〜％%"
)
_NOT_LAST = OPENING + "‘“'\"([{（［｛〈《「『【〔〖〘￥＄"
WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf"
    "\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)


def wrap(text: str, width: int) -> list[str]:
    """Wrap text to lines of at most `width` cells. Longer words get their own line and are not split.

    Line breaks in the text stay; other white space becomes one space.
    """
    return [line for part in text.split("\n") for line in _wrap_line(part, width)]


def _wrap_line(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line, taken = "", 0
    for space, piece in _pieces(text):
        cells = cell_len(piece)
        if line and taken + space + cells > width:
            lines.append(line)
            line, taken = "", 0
        gap = " " if line and space else ""
        line += gap + piece
        taken += len(gap) + cells
    return [*lines, line] if line or not lines else lines


def _pieces(text: str) -> list[tuple[bool, str]]:
    """Split a line into parts that may not be broken. Returns with each part whether a space precedes it."""
    pieces: list[tuple[bool, str]] = []
    for word in text.split():
        if word.isascii() or not any(map(_is_wide, word)):
            pieces.append((True, word))
            continue
        pieces += [(index == 0, part) for index, part in enumerate(_piece().findall(word))]
    return pieces


def _is_wide(character: str) -> bool:
    """Return whether a character is East Asian. Python counts the emphasis marks as wide; they are excluded."""
    return character not in (OPENING, CLOSING) and east_asian_width(character) in "WF"


@cache
def _piece() -> re.Pattern[str]:
    """Return the pattern of a part that may not be broken. Compiled on demand, since it takes 12 ms."""
    opening, closing = f"[{re.escape(_NOT_LAST)}]", f"[{re.escape(_NOT_FIRST)}]"
    word = rf"(?:[{WIDE}]|[^\s{WIDE}{re.escape(_NOT_LAST)}]+)"
    return re.compile(f"{opening}*{word}{closing}*|{opening}+")
