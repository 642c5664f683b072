"""Read the columns about consent before an import: every value must be understood, and withdrawals come first."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.database.states import SubscriberState
from newsletter.errors import AddressError, NewsletterError
from newsletter.subscribers.csv.columns import Columns
from newsletter.subscribers.csv.consent_columns import ColumnKind
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.state_machine import strictest
from newsletter.text.csv_cells import restore_cell
from newsletter.text.email_address import check_address

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class UnclearColumn:
    """A column that may be about consent and is not understood.

    Attributes:
        name: The name of the column.
        unknown: Whether not even its kind is known: yes or a time in it may mean unsubscribed.
        values: The values that are not understood, each with the line where it is first.
    """

    name: str
    unknown: bool
    values: Mapping[str, int]


class UnclearConsentError(NewsletterError):
    """Columns may be about consent and are not understood. The advice has the options that explain them."""

    def __init__(self, message: str, advice: str, columns: Sequence[UnclearColumn]) -> None:
        super().__init__(message, advice)
        self.columns = tuple(columns)


def find_withdrawals(file: CsvFile, columns: Columns, at_least: SubscriberState) -> dict[int, SubscriberState]:
    """Read all rows, check that their consent columns are understood, and find the addresses that are not wanted.

    Args:
        file: the file, before its first row.
        columns: the columns of the file.
        at_least: the state of every subscriber in the file. If it is not `active`, values that are not understood are
            ignored.

    Returns:
        For each address with a state stricter than `at_least` in any row, its strictest state, by the hash of the
        compared address. A hash takes less memory; two addresses with the same one would both get the stricter state.

    Raises:
        UnclearConsentError: a column or a value is not understood.
    """
    unclear: dict[int, dict[str, int]] = {}
    withdrawals: dict[int, SubscriberState] = {}
    # Words for withdrawals in other columns only stop an import, and only that of active subscribers.
    checked = columns.states + (columns.others if at_least is SubscriberState.ACTIVE else ())
    for number, row in file.rows() if checked else ():
        state = at_least
        for column in checked:
            given = column.read(row[column.position])
            if given is None:
                unclear.setdefault(column.position, {}).setdefault(row[column.position].strip(), number)
            elif given is not state:
                state = strictest(state, given)
        if state is not at_least and (address := _read_address(row, columns)) is not None:
            withdrawals[address] = strictest(state, withdrawals.get(address, state))
    if unclear and at_least is SubscriberState.ACTIVE:
        raise _error(
            file.name,
            [
                UnclearColumn(column.name, column.meaning.kind is ColumnKind.UNKNOWN, unclear[column.position])
                for column in checked
                if column.position in unclear
            ],
        )
    return withdrawals


def _read_address(row: list[str], columns: Columns) -> int | None:
    """Return the hash of the compared address of a row, or None if the address is not valid."""
    text = row[columns.email]
    try:
        return hash(check_address(restore_cell(text) if columns.program.guarded else text).compared)
    except AddressError:
        return None  # reported when the row is imported


def _error(name: str, unclear: Sequence[UnclearColumn]) -> UnclearConsentError:
    described = "; ".join(f"`{column.name}` ({_describe_values(column.values)})" for column in unclear)
    what = "1 column that may be" if len(unclear) == 1 else f"{len(unclear)} columns that may be"
    states = "unsubscribed, bounced, complained, pending or active"
    advice = f"Nothing was changed. Add the state of each value ({states}), or ignore what is not about consent:"
    options = "\n".join(f"  {line}" for column in unclear for line in _format_options(column))
    message = f"{name}: {what} about consent cannot be understood: {described}"
    return UnclearConsentError(message, f"{advice}\n{options}", unclear)


def _describe_values(values: Mapping[str, int]) -> str:
    shown = ", ".join(f"{_quote(text)} in line {line}" for text, line in list(values.items())[:_SHOWN])
    more = len(values) - _SHOWN
    return f"{shown} and {more:,} more value{'' if more == 1 else 's'}" if more > 0 else shown


def _quote(text: str) -> str:
    return f"`{text[:40]}{'…' if text[40:] else ''}`" if text else "a blank value"


def _format_options(column: UnclearColumn) -> Iterator[str]:
    """Yield the options that explain a column, one per line. The strict ones are first."""
    if column.unknown:
        yield f"--map {shlex.quote(f'unsubscribed={column.name}')}  (if yes or a time in it means so)"
    # A value that cannot be typed has no option.
    for text in [text for text in column.values if text.isprintable()][:_SHOWN]:
        yield f"--map {shlex.quote(f'{column.name}:{text}=unsubscribed')}"
    if column.name:
        yield f"--map {shlex.quote(f'ignore={column.name}')}"
