"""A URL that was found, with what is said of it there."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """A URL; `title` and `day` are what a feed or a list of bookmarks says of it, `note` what was noted with it."""

    url: str
    title: str = ""
    day: date | None = None
    note: str = ""
