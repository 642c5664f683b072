"""Find the column of each field in a CSV file, by the names of its program or the mapping of the author."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.csv.column_mapping import MEANINGS, ColumnMapping, split_value
from newsletter.subscribers.csv.consent_columns import (
    ColumnKind,
    ColumnMeaning,
    ConsentColumn,
    find_meaning,
    value_key,
)
from newsletter.subscribers.csv.programs import FIRST_AND_LAST, Program, recognise
from newsletter.subscribers.csv.text_key import text_key
from newsletter.subscribers.csv.withdrawal_values import is_withdrawal


@dataclass(frozen=True)
class Columns:
    """The position of each field in a row, counted from 0. A field is None if the file has no column for it.

    Attributes:
        program: The program that wrote the file.
        joined: The columns of the time of consent. The first with a value counts.
        consent: The column of the source of consent.
        states: The columns that are about consent.
        others: The columns without a field. Their values may still be words for a withdrawal.
    """

    program: Program
    header: tuple[str, ...]
    email: int
    names: tuple[int, ...]
    language: int | None
    tags: int | None
    joined: tuple[int, ...]
    consent: int | None
    states: tuple[ConsentColumn, ...]
    others: tuple[ConsentColumn, ...] = ()

    def describe(self) -> str:
        """Describe the column of each field, and list the unused columns."""
        used = self._find_used()
        fields = ", ".join(f"{field} from `{self.header[position]}`" for field, position in used)
        used_positions = self.used()
        unused = [name for position, name in enumerate(self.header) if position not in used_positions and name]
        names = ", ".join(f"`{name}`" for name in unused[:20])
        rest = f" Not used: {names}{' …' if unused[20:] else ''}." if unused else ""
        return f"{fields}.{rest}"

    def used(self) -> set[int]:
        """Return the positions of the columns that have a field."""
        return {position for _, position in self._find_used()}

    def _find_used(self) -> list[tuple[str, int]]:
        singles = (("language", self.language), ("tags", self.tags))
        used = [("email", self.email), *(("name", position) for position in self.names)]
        used += [(field, position) for field, position in singles if position is not None]
        used += [("since", position) for position in self.joined]
        used += [("consent", self.consent)] if self.consent is not None else []
        used += [("state", column.position) for column in self.states if column.position not in self.joined]
        return used


def find_columns(header: list[str], mapping: ColumnMapping, name: str) -> Columns:
    """Find the columns of a file.

    Args:
        header: the names of the columns.
        mapping: the columns and values that the author mapped.
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
    columns = Columns(
        program=program,
        header=tuple(header),
        email=email,
        names=header_columns.find_names(program.names),
        language=header_columns.find_field("language", program.language),
        tags=header_columns.find_field("tags", program.tags),
        joined=header_columns.find_fields("joined", program.joined),
        consent=header_columns.find_field("consent", program.consent),
        states=tuple(header_columns.find_states(program, email)),
    )
    return replace(columns, others=tuple(header_columns.find_others(program, columns.used())))


@dataclass
class _Header:
    """Finds positions by the keys of column names. If two columns have the same key, the first counts."""

    header: list[str]
    mapping: ColumnMapping
    name: str

    def __post_init__(self) -> None:
        self._known = {text_key(column): position for position, column in reversed(list(enumerate(self.header)))}

    def find_field(self, field: str, names: tuple[str, ...]) -> int | None:
        """Return the position of the mapped column of a field, or of the first name that exists, or None."""
        return next(iter(self.find_fields(field, names)), None)

    def find_fields(self, field: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """Return the position of the mapped column of a field, or of all names that exist."""
        if field not in self.mapping.fields:
            return tuple(self._known[name] for name in names if name in self._known)
        column = self.mapping.fields[field]
        return (self._find_column(column),) if column else ()

    def find_names(self, known: tuple[str, ...]) -> tuple[int, ...]:
        """Return the columns that form a name: the mapped ones, those of the program, or first and last name."""
        mapped = self.mapping.fields
        if {"first_name", "last_name"} & mapped.keys():
            parts = [self.find_field(part, ()) for part in ("first_name", "last_name") if part in mapped]
        elif "name" in mapped or (len(known) == 1 and known[0] in self._known):
            parts = [self.find_field("name", known)]
        else:
            pairs = (known, *FIRST_AND_LAST)
            pair = next((pair for pair in pairs if any(name in self._known for name in pair)), ())
            parts = [self._known.get(name) for name in pair]
        return tuple(part for part in parts if part is not None)

    def find_states(self, program: Program, email: int) -> Iterator[ConsentColumn]:
        """Yield the columns that are about consent. Unlike in other fields, every column of a name counts."""
        mapped: dict[int, ColumnMeaning | None] = {}
        for column, meaning in self.mapping.meanings.items():
            mapped |= dict.fromkeys(self._find_all(column), MEANINGS[meaning])
        values = self._find_values()
        state = self.mapping.fields.get("state")
        if state:
            mapped[self._find_column(state)] = ColumnMeaning(ColumnKind.STATE)
        for position, name in enumerate(self.header):
            key = text_key(name)
            if position in mapped:
                found = mapped[position]
            else:
                found = program.meanings[key] if key in program.meanings else find_meaning(name)
                if position == email or (state == "" and found and found.kind is ColumnKind.STATE):
                    continue
            texts = values.get(position, {})
            if found is None and texts:
                # Values that stopped an import as withdrawals leave the others as they are.
                known = all(map(is_withdrawal, texts))
                found = ColumnMeaning(ColumnKind.OTHER if known else ColumnKind.UNKNOWN)
            if found:
                yield ConsentColumn(position, name, found, {value_key(text): given for text, given in texts.items()})

    def find_others(self, program: Program, used: set[int]) -> Iterator[ConsentColumn]:
        """Yield the columns that are not in `used`, except those whose meaning the author or the program gives."""
        mapped = {place for column in self.mapping.meanings for place in self._find_all(column)}
        for position, name in enumerate(self.header):
            known = text_key(name) in program.meanings or find_meaning(name) == ColumnMeaning(ColumnKind.STATE)
            if position not in used | mapped and not known:
                yield ConsentColumn(position, name, ColumnMeaning(ColumnKind.OTHER))

    def _find_values(self) -> dict[int, dict[str, SubscriberState]]:
        """Return the mapped values of each column."""
        values: dict[int, dict[str, SubscriberState]] = {}
        for text, state in self.mapping.values:
            split = split_value(text, self.header)
            if split is None:
                self._find_column(text.partition(":")[0])
                continue
            for position in self._find_all(split[0]):
                values.setdefault(position, {})[split[1]] = state
        return values

    def _find_all(self, column: str) -> list[int]:
        """Return the positions of all columns with the key of a mapped column; with its exact name, if one has it."""
        self._find_column(column)
        tests: tuple[Callable[[str], bool], ...] = (
            lambda name: name == column,
            lambda name: text_key(name) == text_key(column),
        )
        found = [[place for place, name in enumerate(self.header) if test(name)] for test in tests]
        return found[0] or found[1]

    def _find_column(self, column: str) -> int:
        if column in self.header:
            return self.header.index(column)
        if text_key(column) in self._known:
            return self._known[text_key(column)]
        near = difflib.get_close_matches(column, self.header, n=1)
        advice = f"Did you mean `{near[0]}`?" if near else f"The columns are {_format_names(self.header)}."
        raise NewsletterError(f"{self.name}: unknown column `{column}`", advice)


def _format_names(header: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in header[:20] if name)
    return f"{shown} and {len(header) - 20} more" if header[20:] else shown
