"""A link of an input, with its title, day and note."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class InputLink:
    """A URL with the title and day from a feed or bookmarks, and the author's note from bookmarks."""

    url: str
    title: str = ""
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DetectedLinks:
    """The links of a file, and the URLs of feeds that it lists."""

    links: tuple[InputLink, ...] = ()
    feeds: tuple[str, ...] = ()
