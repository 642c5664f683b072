"""Check, before an import, that every value of the columns about consent is understood."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.subscribers.csv.columns import Columns
from newsletter.subscribers.csv.consent_columns import ColumnKind, ConsentColumn
from newsletter.subscribers.csv.csv_file import CsvFile

_SHOWN = 5


def check_consent_values(path: Path, columns: Columns, encoding: str) -> None:
    """Read a file, and check that its consent columns are understood in all rows.

    Raises:
        NewsletterError: a column or a value is not understood. The advice has the options that explain it.
    """
    unclear: dict[int, dict[str, int]] = {}
    file = CsvFile(path, lambda _problem: None, encoding)
    try:
        for number, row in file.rows() if columns.states else ():
            for column in columns.states:
                if column.read(row[column.position]) is None:
                    unclear.setdefault(column.position, {}).setdefault(row[column.position].strip(), number)
    finally:
        file.close()
    if unclear:
        raise _error(
            file.name, [(column, unclear[column.position]) for column in columns.states if column.position in unclear]
        )


def _error(name: str, unclear: Sequence[tuple[ConsentColumn, Mapping[str, int]]]) -> NewsletterError:
    described = "; ".join(f"`{column.name}` ({_describe_values(values)})" for column, values in unclear)
    what = "1 column that may be" if len(unclear) == 1 else f"{len(unclear)} columns that may be"
    advice = " ".join(_explain(column, values) for column, values in unclear)
    return NewsletterError(
        f"{name}: {what} about consent cannot be understood: {described}", f"Nothing was changed. {advice}"
    )


def _describe_values(values: Mapping[str, int]) -> str:
    shown = ", ".join(f"{_quote(text)} in line {line}" for text, line in list(values.items())[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN:,} more values" if len(values) > _SHOWN else shown


def _quote(text: str) -> str:
    return f"`{text[:40]}{'…' if text[40:] else ''}`" if text else "a blank value"


def _explain(column: ConsentColumn, values: Mapping[str, int]) -> str:
    """Return the options that explain a column: one for each of few values, or its meaning."""
    ignore = f"--map {shlex.quote(f'ignore={column.name}')} if it is not about consent"
    if len(values) <= _SHOWN:
        options = " ".join(f"--map {shlex.quote(f'{column.name}:{text}=STATE')}" for text in values)
        states = "with unsubscribed, bounced, complained, pending or active for STATE"
        explained = f"For `{column.name}`, add {options}, {states}, or {ignore}."
    else:
        explained = f"For `{column.name}`, add {ignore}."
    if column.meaning.kind is not ColumnKind.UNKNOWN:
        return explained
    meaning = shlex.quote(f"unsubscribed={column.name}")
    return f"{explained} If yes or a time in it means unsubscribed, add --map {meaning} instead."
