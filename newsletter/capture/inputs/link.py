"""A link in the input, with its title, day and note."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class InputLink:
    """A URL; `title` and `day` come from a feed or a list of bookmarks, `note` is the author's."""

    url: str
    title: str = ""
    day: date | None = None
    note: str = ""
