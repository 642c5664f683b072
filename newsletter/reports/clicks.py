"""The clicks on the entries of an issue, as a range."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.clicks.entry_links import NamedEntry
from newsletter.clicks.read_counts import EntryClicks

CLICKS_NOTE = (
    "The number of readers who clicked lies within the range: what may have been a program, such as a scanner of a mail"
    " server, counts only in the higher number."
)


@dataclass(frozen=True, slots=True)
class EntryRange:
    """The clicks on an entry: the number of readers lies between `least` and `most`.

    Attributes:
        entry: The name of the entry in its link.
        title: Its title in the issue as it is now; the name if it is no longer there.
    """

    entry: str
    title: str
    least: int
    most: int

    @property
    def words(self) -> str:
        """The range in words: `41 to 58`, or `41`."""
        return format_range(self.least, self.most)


def format_range(least: int, most: int) -> str:
    """Format a range: `41 to 58`, or `41` if both are the same."""
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def has_ranges(clicks: Iterable[EntryRange]) -> bool:
    """Return whether at least one number of readers is shown as a range."""
    return any(one.least != one.most for one in clicks)


def list_ranges(clicks: Iterable[EntryClicks], entries: Mapping[str, Sequence[NamedEntry]]) -> tuple[EntryRange, ...]:
    """Return the clicks on each entry, the most clicked first.

    An entry that was given an id after the issue was sent has two names. Its clicks are added up.

    Args:
        clicks: The clicks by name.
        entries: The entries by name; see `entry_links.entry_names`. Entries with the same URL share one.
    """
    found: dict[Hashable, EntryRange] = {}
    for one in clicks:
        named = tuple(entries.get(one.entry, ()))
        title = " / ".join(dict.fromkeys(entry.title for entry in named)) or one.entry
        before = found.get(named or one.entry, EntryRange(one.entry, title, 0, 0))
        least, most = before.least + one.certain, before.most + one.certain + one.doubtful
        found[named or one.entry] = EntryRange(before.entry, title, least, most)
    return tuple(sorted(found.values(), key=lambda one: (-one.least, -one.most, one.title)))
