"""The picture that networks show with a link to an issue: 1200 by 630 pixels, drawn.

Its typeface comes with newsletter. A title in letters that it lacks is drawn with a typeface of the
system that has them all, as fontconfig finds it; where there is none, the issue has no card.
"""

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.text.digests import values_hex

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
_RECIPE = 1
_FONT = str(Path(__file__).parent / "fonts" / "gelasio-bold.woff")
_SIDE, _TOP, _BAR = 88, 84, 14
# A card is drawn in steps from the ground to the text's colour, and the accent: no palette need be searched for.
_GROUND, _TEXT = "#f4f2ec", "#1f2328"
_FULL, _QUIET, _ACCENT = 127, 92, 255
_SMALL, _LEADING = 32, 1.18
# The sizes that a title is tried in, and how many lines of each there may be.
_SIZES = ((84, 3), (70, 4), (58, 5), (46, 6))

Font = tuple[str, int]


def card_key(publication: str, title: str, foot: str, accent: str) -> str:
    """The digest of all that a card depends on; nothing where it cannot be drawn."""
    fonts = [_font_for(text) for text in (publication, title, foot)]
    return values_hex(_RECIPE, publication, title, foot, accent, fonts) if all(file for file, _ in fonts) else ""


def draw_card(publication: str, title: str, foot: str, accent: str) -> bytes:
    """A card as PNG. It must have a key."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, _BAR), fill=_ACCENT)
    draw.text((_SIDE, _TOP), publication, font=_loaded(_font_for(publication), _SMALL), fill=_QUIET, anchor="ls")
    size, lines = _fitted(title, _font_for(title))
    font = _loaded(_font_for(title), size)
    step = round(size * _LEADING)
    top = (HEIGHT - step * len(lines)) // 2 + size - size // 6
    for number, line in enumerate(lines):
        draw.text((_SIDE, top + number * step), line, font=font, fill=_FULL, anchor="ls")
    draw.rectangle((_SIDE, HEIGHT - 118, _SIDE + 64, HEIGHT - 115), fill=_ACCENT)
    draw.text((_SIDE, HEIGHT - 62), foot, font=_loaded(_font_for(foot), _SMALL), fill=_QUIET, anchor="ls")
    file = io.BytesIO()
    drawn = Image.frombytes("P", image.size, image.tobytes())
    drawn.putpalette(_palette(accent))
    drawn.save(file, "PNG")
    return file.getvalue()


def _palette(accent: str) -> bytes:
    """The steps from the ground to the text, and the accent at the end."""
    ground, text, last = (bytes.fromhex(colour[1:]) for colour in (_GROUND, _TEXT, accent))
    steps = [
        bytes(round(light + (dark - light) * min(step / _FULL, 1)) for light, dark in zip(ground, text, strict=True))
        for step in range(_ACCENT)
    ]
    return b"".join([*steps, last])


def _fitted(title: str, font: Font) -> tuple[int, list[str]]:
    """The largest size in which a title fits, and its lines; the last is cut where none does."""
    for size, most in _SIZES:
        lines = _lines(title, _loaded(font, size))
        if len(lines) <= most:
            return size, lines
    return size, [*lines[: most - 1], lines[most - 1].rstrip() + "…"]


def _lines(title: str, font: "FreeTypeFont") -> list[str]:
    """A title broken at its spaces, and within a word where that alone is too long, as in scripts without spaces."""
    room = WIDTH - 2 * _SIDE
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
            continue
        if lines[-1] and font.getlength(word) <= room:
            lines.append(word)
            continue
        lines[-1] = f"{lines[-1]} ".lstrip()
        for character in word:
            if font.getlength(lines[-1] + character) > room:
                lines.append("")
            lines[-1] += character
    return lines


@cache
def _font_for(text: str) -> Font:
    """A typeface that has every letter of a text: its file, or nothing where there is none, and its place in it."""
    letters = {character for character in text if not character.isspace()}
    if all(_has(character) for character in letters):
        return _FONT, 0
    return _system_font("".join(sorted(letters)))


@cache
def _has(character: str) -> bool:
    """Whether our own typeface has a letter: what it lacks looks like a noncharacter."""
    font = _loaded((_FONT, 0), _SMALL)
    drawn = [(mask.size, bytes(mask)) for mask in map(font.getmask, (character, "\uffff"))]
    return drawn[0] != drawn[1]


@cache
def _system_font(letters: str) -> Font:
    program = shutil.which("fc-match")
    if program is None:
        return "", 0
    charset = " ".join(f"{ord(letter):x}" for letter in letters)
    command = [program, "--format=%{file}\t%{index}\t%{charset}", f"serif:bold:charset={charset}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    file, _, rest = done.stdout.partition("\t")
    index, _, ranges = rest.partition("\t")
    font = file, int(index or 0)
    return font if file and _covers(ranges, letters) and _scales(font) else ("", 0)


def _scales(font: Font) -> bool:
    """Whether a typeface can be drawn in any size: emoji are often pictures of one."""
    try:
        return all(_loaded(font, size) for size in (_SMALL, *dict(_SIZES)))
    except OSError:
        return False


def _covers(ranges: str, letters: str) -> bool:
    pairs = [part.partition("-")[::2] for part in ranges.split()]
    spans = [(int(first, 16), int(last or first, 16)) for first, last in pairs]
    return all(any(first <= ord(letter) <= last for first, last in spans) for letter in letters)


@cache
def _loaded(font: Font, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font[0], size, index=font[1])
