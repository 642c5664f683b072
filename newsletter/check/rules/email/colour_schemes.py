"""Display modes of clients, and the computed style of an element."""

from dataclasses import dataclass
from enum import StrEnum


class DisplayMode(StrEnum):
    """How a client shows the page."""

    LIGHT = "light"
    DARK = "dark"
    OUTLOOK = "Outlook's dark mode"


@dataclass(frozen=True, slots=True)
class ComputedStyle:
    """The style with which an element is shown: colours as `#rrggbb`, the font size in CSS pixels."""

    colour: str = "#000000"
    background: str = "#ffffff"
    size: float = 16
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    monospaced: bool = False
    shown: bool = True
