"""How a client shows a page, and an element of it."""

from dataclasses import dataclass
from enum import StrEnum


class DisplayMode(StrEnum):
    """How a client shows the page."""

    LIGHT = "light"
    DARK = "dark"
    OUTLOOK = "Outlook's dark mode"


@dataclass(frozen=True, slots=True)
class ComputedStyle:
    """How an element is shown: colours as `#rrggbb`, the size of its text in CSS pixels."""

    colour: str = "#000000"
    ground: str = "#ffffff"
    size: float = 16
    bold: bool = False
    italic: bool = False
    lined: bool = False
    monospaced: bool = False
    shown: bool = True
