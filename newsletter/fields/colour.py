"""Colours and their contrast, as WCAG 2.2 defines it."""

import colorsys

# The background colours on which an accent must be legible: sheet, page and highlights panel.
LIGHT_GROUNDS = ("#ffffff", "#f4f2ec", "#faf6ef")
DARK_GROUNDS = ("#191c1f", "#111315", "#211d19")
LEAST_CONTRAST = 4.5


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, grounds: tuple[str, ...]) -> float:
    """Return the lowest contrast of a colour on any of the backgrounds."""
    return min(contrast(colour, ground) for ground in grounds)


def nearest_shade(colour: str, grounds: tuple[str, ...]) -> str:
    """Lighten or darken a colour just until it has enough contrast on every background."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    towards = 1 if _luminance(grounds[0]) < 0.5 else -1
    for step in range(1, 101):
        shade = min(max(lightness + towards * step / 100, 0), 1)
        channels = colorsys.hls_to_rgb(hue, shade, saturation)
        candidate = "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
        if least_contrast(candidate, grounds) >= LEAST_CONTRAST:
            return candidate
    return "#ffffff" if towards > 0 else "#000000"


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
