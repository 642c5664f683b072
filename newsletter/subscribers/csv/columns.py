"""Find the columns of a CSV file by its header: as its program names them, or as the author maps them."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.csv.programs import ANY, FIRST_AND_LAST, Words, recognise

_Meaning = TypeVar("_Meaning")
FIELDS = ("email", "name", "first_name", "last_name", "language", "tags", "state", "joined")


@dataclass(frozen=True)
class Columns:
    """The position of each field in a row, counted from 0, and the name of the program that wrote the file.

    `states` are columns with words for a state, `dated` those with the time of a withdrawal. A field is None if the
    file has no column for it.
    """

    program: str
    header: tuple[str, ...]
    email: int
    names: tuple[int, ...]
    language: int | None
    tags: int | None
    joined: int | None
    consent: int | None
    states: tuple[tuple[int, Words], ...]
    dated: tuple[tuple[int, SubscriberState], ...]

    def describe(self) -> str:
        """Say which column each field comes from, and which columns are not used."""
        singles = (("language", self.language), ("tags", self.tags), ("since", self.joined), ("consent", self.consent))
        used = [("email", self.email), *(("name", place) for place in self.names)]
        used += [(field, place) for field, place in singles if place is not None]
        used += [("state", place) for place, _ in (*self.states, *self.dated)]
        fields = ", ".join(f"{field} from `{self.header[place]}`" for field, place in used)
        places = {place for _, place in used}
        left = [name for place, name in enumerate(self.header) if place not in places and name]
        rest = f" Not used: {', '.join(f'`{name}`' for name in left[:20])}{' …' if left[20:] else ''}." if left else ""
        return f"{fields}.{rest}"


def find_columns(header: list[str], mapping: Mapping[str, str], name: str) -> Columns:
    """Find the columns of a file.

    Args:
        header: the names of the columns.
        mapping: the author's column for a field of `FIELDS`; an empty column means that the file has none.
        name: the file's name, for errors.

    Raises:
        NewsletterError: a mapped column does not exist, or no column holds the address.
    """
    program = recognise(header)
    places = _Places(header, mapping, name)
    email = places.field("email", program.email)
    if email is None:
        advice = f"Name it: --map email=COLUMN. There are: {_listed(header)}."
        if any("@" in column for column in header):
            advice = "Its first line must name the columns: write `email` above the addresses."
        raise NewsletterError(f"{name}: no column is known to hold the address", advice)
    mapped = places.field("state", ())
    states = {column: words for column, words in program.states.items() if "state" not in mapping}
    return Columns(
        program=program.name,
        header=tuple(header),
        email=email,
        names=places.names(program.names),
        language=places.field("language", program.language),
        tags=places.field("tags", program.tags),
        joined=places.field("joined", program.joined),
        consent=places.field("consent", program.consent),
        states=(*places.existing(states), *([] if mapped is None else [(mapped, ANY.states["state"])])),
        dated=tuple(places.existing(program.dated)),
    )


@dataclass
class _Places:
    """Looks up positions by column name in small letters; of two columns with one name, the first counts."""

    header: list[str]
    mapping: Mapping[str, str]
    name: str

    def __post_init__(self) -> None:
        self._known = {column.lower(): place for place, column in reversed(list(enumerate(self.header)))}

    def field(self, field: str, names: tuple[str, ...]) -> int | None:
        """Return the position of the mapped column of a field, else of the first known name."""
        if field not in self.mapping:
            return next((self._known[name] for name in names if name in self._known), None)
        column = self.mapping[field]
        if column and column.lower() not in self._known:
            near = difflib.get_close_matches(column, self.header, n=1)
            advice = f"Did you mean `{near[0]}`?" if near else f"There are: {_listed(self.header)}."
            raise NewsletterError(f"{self.name} has no column `{column}`", advice)
        return self._known[column.lower()] if column else None

    def names(self, known: tuple[str, ...]) -> tuple[int, ...]:
        """Return the columns that form a name: mapped ones, the program's, or else first and last name."""
        if {"first_name", "last_name"} & self.mapping.keys():
            parts = [self.field(part, ()) for part in ("first_name", "last_name") if part in self.mapping]
        elif "name" in self.mapping or (len(known) == 1 and known[0] in self._known):
            parts = [self.field("name", known)]
        else:
            pairs = (known, *FIRST_AND_LAST)
            pair = next((pair for pair in pairs if any(name in self._known for name in pair)), ())
            parts = [self._known.get(name) for name in pair]
        return tuple(part for part in parts if part is not None)

    def existing(self, columns: Mapping[str, _Meaning]) -> Iterator[tuple[int, _Meaning]]:
        """Yield the positions of the columns that exist, each with its meaning."""
        return ((self._known[name], meaning) for name, meaning in columns.items() if name in self._known)


def _listed(header: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in header[:20] if name)
    return f"{shown} and {len(header) - 20} more" if header[20:] else shown
