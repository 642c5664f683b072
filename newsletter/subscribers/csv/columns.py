"""Find the column of each field in a CSV file, by the names of its program or the mapping of the author."""

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
    """The position of each field in a row, counted from 0. A field is None if the file has no column for it.

    Attributes:
        program: The name of the program that wrote the file.
        states: The columns that contain a state, with their words.
        dated: The columns that contain the time of a withdrawal, with the state after it.
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
        """Describe the column of each field, and list the unused columns."""
        singles = (("language", self.language), ("tags", self.tags), ("since", self.joined), ("consent", self.consent))
        used = [("email", self.email), *(("name", position) for position in self.names)]
        used += [(field, position) for field, position in singles if position is not None]
        used += [("state", position) for position, _ in (*self.states, *self.dated)]
        fields = ", ".join(f"{field} from `{self.header[position]}`" for field, position in used)
        used_positions = {position for _, position in used}
        unused = [name for position, name in enumerate(self.header) if position not in used_positions and name]
        names = ", ".join(f"`{name}`" for name in unused[:20])
        rest = f" Not used: {names}{' …' if unused[20:] else ''}." if unused else ""
        return f"{fields}.{rest}"


def find_columns(header: list[str], mapping: Mapping[str, str], name: str) -> Columns:
    """Find the columns of a file.

    Args:
        header: the names of the columns.
        mapping: columns by fields of `FIELDS`, chosen by the author; an empty column ignores the field.
        name: the name of the file, for error messages.

    Raises:
        NewsletterError: a mapped column does not exist, or no column contains the address.
    """
    program = recognise(header)
    header_columns = _Header(header, mapping, name)
    email = header_columns.find_field("email", program.email)
    if email is None:
        advice = f"Select it with --map email=COLUMN. The columns are {_format_names(header)}."
        if any("@" in column for column in header):
            advice = "Add a header: write `email` in a line above the addresses."
        raise NewsletterError(f"{name}: no email address column was found", advice)
    mapped = header_columns.find_field("state", ())
    states = {column: words for column, words in program.states.items() if "state" not in mapping}
    return Columns(
        program=program.name,
        header=tuple(header),
        email=email,
        names=header_columns.find_names(program.names),
        language=header_columns.find_field("language", program.language),
        tags=header_columns.find_field("tags", program.tags),
        joined=header_columns.find_field("joined", program.joined),
        consent=header_columns.find_field("consent", program.consent),
        states=(*header_columns.find_existing(states), *([] if mapped is None else [(mapped, ANY.states["state"])])),
        dated=tuple(header_columns.find_existing(program.dated)),
    )


@dataclass
class _Header:
    """Finds positions by column name, ignoring case. If two columns have the same name, the first counts."""

    header: list[str]
    mapping: Mapping[str, str]
    name: str

    def __post_init__(self) -> None:
        self._known = {column.lower(): position for position, column in reversed(list(enumerate(self.header)))}

    def find_field(self, field: str, names: tuple[str, ...]) -> int | None:
        """Return the position of the mapped column of a field, or of the first name that exists, or None."""
        if field not in self.mapping:
            return next((self._known[name] for name in names if name in self._known), None)
        column = self.mapping[field]
        if column and column.lower() not in self._known:
            near = difflib.get_close_matches(column, self.header, n=1)
            advice = f"Did you mean `{near[0]}`?" if near else f"The columns are {_format_names(self.header)}."
            raise NewsletterError(f"{self.name}: unknown column `{column}`", advice)
        return self._known[column.lower()] if column else None

    def find_names(self, known: tuple[str, ...]) -> tuple[int, ...]:
        """Return the columns that form a name: the mapped ones, those of the program, or first and last name."""
        if {"first_name", "last_name"} & self.mapping.keys():
            parts = [self.find_field(part, ()) for part in ("first_name", "last_name") if part in self.mapping]
        elif "name" in self.mapping or (len(known) == 1 and known[0] in self._known):
            parts = [self.find_field("name", known)]
        else:
            pairs = (known, *FIRST_AND_LAST)
            pair = next((pair for pair in pairs if any(name in self._known for name in pair)), ())
            parts = [self._known.get(name) for name in pair]
        return tuple(part for part in parts if part is not None)

    def find_existing(self, columns: Mapping[str, _Meaning]) -> Iterator[tuple[int, _Meaning]]:
        """Yield the positions of the columns that exist, each with its meaning."""
        return ((self._known[name], meaning) for name, meaning in columns.items() if name in self._known)


def _format_names(header: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in header[:20] if name)
    return f"{shown} and {len(header) - 20} more" if header[20:] else shown
