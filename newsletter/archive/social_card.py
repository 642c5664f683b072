"""Draws social cards: the images of 1200 by 630 pixels that social networks show with a link.

newsletter includes a font. If a title contains characters that it lacks, fontconfig finds a system font that has all of
them. If there is none, the issue has no card.
"""

import io
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
# A card uses shades from the background colour to the text colour, and the accent colour. The palette is fixed, because
# computing one is slow.
_GROUND, _TEXT = "#f4f2ec", "#1f2328"
_FULL, _QUIET, _ACCENT = 127, 92, 255
_SMALL, _LEADING = 32, 1.18
# The font sizes to try for a title, and the maximum number of lines in each.
_SIZES = ((84, 3), (70, 4), (58, 5), (46, 6))

Font = tuple[str, int]


def card_key(publication: str, title: str, foot: str, accent: str) -> str:
    """Return the digest of everything that a card depends on, or "" if it cannot be drawn."""
    fonts = [_font_for(text) for text in (publication, title, foot)]
    return values_hex(_RECIPE, publication, title, foot, accent, fonts) if all(file for file, _ in fonts) else ""


def draw_card(publication: str, title: str, foot: str, accent: str) -> bytes:
    """Draw a card as PNG. `card_key` must not be "" for these arguments."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, _BAR), fill=_ACCENT)
    draw.text((_SIDE, _TOP), publication, font=_load_font(_font_for(publication), _SMALL), fill=_QUIET, anchor="ls")
    size, lines = _fit_title(title, _font_for(title))
    font = _load_font(_font_for(title), size)
    step = round(size * _LEADING)
    top = (HEIGHT - step * len(lines)) // 2 + size - size // 6
    for number, line in enumerate(lines):
        draw.text((_SIDE, top + number * step), line, font=font, fill=_FULL, anchor="ls")
    draw.rectangle((_SIDE, HEIGHT - 118, _SIDE + 64, HEIGHT - 115), fill=_ACCENT)
    draw.text((_SIDE, HEIGHT - 62), foot, font=_load_font(_font_for(foot), _SMALL), fill=_QUIET, anchor="ls")
    file = io.BytesIO()
    drawn = Image.frombytes("P", image.size, image.tobytes())
    drawn.putpalette(_palette(accent))
    drawn.save(file, "PNG")
    return file.getvalue()


def _palette(accent: str) -> bytes:
    """Return the palette: shades from the background to the text, and the accent as the last colour."""
    ground, text, last = (bytes.fromhex(colour[1:]) for colour in (_GROUND, _TEXT, accent))
    steps = [
        bytes(round(light + (dark - light) * min(step / _FULL, 1)) for light, dark in zip(ground, text, strict=True))
        for step in range(_ACCENT)
    ]
    return b"".join([*steps, last])


def _fit_title(title: str, font: Font) -> tuple[int, list[str]]:
    """Return the largest font size at which a title fits, and its lines. A title that fits at no size is cut."""
    for size, most in _SIZES:
        lines = _break_title(title, _load_font(font, size))
        if len(lines) <= most:
            return size, lines
    return size, [*lines[: most - 1], lines[most - 1].rstrip() + "…"]


def _break_title(title: str, font: "FreeTypeFont") -> list[str]:
    """Break a title into lines at its spaces. A word that is too long for a line is broken at any character."""
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
    """Return a font that has every character of a text: its file, or "" if there is none, and its index in the file."""
    letters = {character for character in text if not character.isspace()}
    if all(_has_glyph(character) for character in letters):
        return _FONT, 0
    return _find_system_font("".join(sorted(letters)))


@cache
def _has_glyph(character: str) -> bool:
    """Return True if the included font has a character. A missing character is drawn like a noncharacter."""
    font = _load_font((_FONT, 0), _SMALL)
    drawn = [(mask.size, bytes(mask)) for mask in map(font.getmask, (character, "\uffff"))]
    return drawn[0] != drawn[1]


@cache
def _find_system_font(letters: str) -> Font:
    # Imported late: most cards need only the included font.
    import shutil
    import subprocess

    program = shutil.which("fc-match")
    if program is None:
        return "", 0
    charset = " ".join(f"{ord(letter):x}" for letter in letters)
    command = [program, "--format=%{file}\t%{index}\t%{charset}", f"serif:bold:charset={charset}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    file, _, rest = done.stdout.partition("\t")
    index, _, ranges = rest.partition("\t")
    font = file, int(index or 0)
    return font if file and _covers(ranges, letters) and _is_scalable(font) else ("", 0)


def _is_scalable(font: Font) -> bool:
    """Return True if a font can be drawn in all sizes. Emoji fonts are often bitmaps of one size."""
    try:
        return all(_load_font(font, size) for size in (_SMALL, *dict(_SIZES)))
    except OSError:
        return False


def _covers(ranges: str, letters: str) -> bool:
    pairs = [part.partition("-")[::2] for part in ranges.split()]
    spans = [(int(first, 16), int(last or first, 16)) for first, last in pairs]
    return all(any(first <= ord(letter) <= last for first, last in spans) for letter in letters)


@cache
def _load_font(font: Font, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font[0], size, index=font[1])
