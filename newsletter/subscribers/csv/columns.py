"""Which column of a list says what: as its program writes it, or as the author maps it."""

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
    """The places of the fields in a row, and the program that they were recognised by."""

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

    def told(self) -> str:
        """What was taken from which column, and which were left, in words."""
        singles = (("language", self.language), ("tags", self.tags), ("since", self.joined), ("consent", self.consent))
        used = [("email", self.email), *(("name", place) for place in self.names)]
        used += [(field, place) for field, place in singles if place is not None]
        used += [("state", place) for place, _ in (*self.states, *self.dated)]
        said = ", ".join(f"{field} from `{self.header[place]}`" for field, place in used)
        places = {place for _, place in used}
        left = [name for place, name in enumerate(self.header) if place not in places and name]
        rest = f" Not used: {', '.join(f'`{name}`' for name in left[:20])}{' …' if left[20:] else ''}." if left else ""
        return f"{said}.{rest}"


def find_columns(header: list[str], mapping: Mapping[str, str], name: str) -> Columns:
    """The columns of a list; a field that `mapping` gives an empty name is not taken.

    Raises:
        NewsletterError: there is no column of a name that was mapped, or none for the address.
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
        states=(*places.those(states), *([] if mapped is None else [(mapped, ANY.states["state"])])),
        dated=tuple(places.those(program.dated)),
    )


@dataclass
class _Places:
    """The columns by their names, in small letters; of two of one name, the first."""

    header: list[str]
    mapping: Mapping[str, str]
    name: str

    def __post_init__(self) -> None:
        self._known = {column.lower(): place for place, column in reversed(list(enumerate(self.header)))}

    def field(self, field: str, names: tuple[str, ...]) -> int | None:
        """The place of a field: the mapped one, else the first known name."""
        if field not in self.mapping:
            return next((self._known[name] for name in names if name in self._known), None)
        column = self.mapping[field]
        if column and column.lower() not in self._known:
            near = difflib.get_close_matches(column, self.header, n=1)
            advice = f"Did you mean `{near[0]}`?" if near else f"There are: {_listed(self.header)}."
            raise NewsletterError(f"{self.name} has no column `{column}`", advice)
        return self._known[column.lower()] if column else None

    def names(self, known: tuple[str, ...]) -> tuple[int, ...]:
        """The columns that make a name: the program's, else one, else the first and the last."""
        if {"first_name", "last_name"} & self.mapping.keys():
            parts = [self.field(part, ()) for part in ("first_name", "last_name") if part in self.mapping]
        elif "name" in self.mapping or (len(known) == 1 and known[0] in self._known):
            parts = [self.field("name", known)]
        else:
            pairs = (known, *FIRST_AND_LAST)
            pair = next((pair for pair in pairs if any(name in self._known for name in pair)), ())
            parts = [self._known.get(name) for name in pair]
        return tuple(part for part in parts if part is not None)

    def those(self, columns: Mapping[str, _Meaning]) -> Iterator[tuple[int, _Meaning]]:
        """The places of those columns that there are."""
        return ((self._known[name], meaning) for name, meaning in columns.items() if name in self._known)


def _listed(header: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in header[:20] if name)
    return f"{shown} and {len(header) - 20} more" if header[20:] else shown
