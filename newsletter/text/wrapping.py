"""Lines of a given width in terminal cells: broken at spaces, and between letters that stand without them.

Between East Asian letters a line may end anywhere, but for the marks that no line begins or
ends with (JIS X 4051, kinsoku shori; UAX #14 classes CL, NS and OP in short).
"""

import re
from functools import cache
from unicodedata import east_asian_width

from rich.cells import cell_len

# Stand for the marks of emphasis while a text is wrapped: a star alone does not say which side it belongs to.
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
    """Lines of at most `width` cells, where the words allow it; a word is never cut.

    Line breaks in the text stay; other white space counts as one space.
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
    """What no line break may fall into, each with whether a space stands before it."""
    pieces: list[tuple[bool, str]] = []
    for word in text.split():
        if word.isascii() or not any(map(_is_wide, word)):
            pieces.append((True, word))
            continue
        pieces += [(index == 0, part) for index, part in enumerate(_piece().findall(word))]
    return pieces


def _is_wide(character: str) -> bool:
    """Whether it is an East Asian letter or sign; Python takes the marks for such, as whatever Unicode leaves out."""
    return character not in (OPENING, CLOSING) and east_asian_width(character) in "WF"


@cache
def _piece() -> re.Pattern[str]:
    """What no line break falls into; compiled when the first East Asian word is met, for it takes 12 ms."""
    opening, closing = f"[{re.escape(_NOT_LAST)}]", f"[{re.escape(_NOT_FIRST)}]"
    word = rf"(?:[{WIDE}]|[^\s{WIDE}{re.escape(_NOT_LAST)}]+)"
    return re.compile(f"{opening}*{word}{closing}*|{opening}+")
