"""Check, before an import, that every value of the columns about consent is understood."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
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
    states = "unsubscribed, bounced, complained, pending or active"
    advice = f"Nothing was changed. Add the state of each value ({states}), or ignore what is not about consent:"
    options = "\n".join(f"  {line}" for column, values in unclear for line in _format_options(column, values))
    return NewsletterError(f"{name}: {what} about consent cannot be understood: {described}", f"{advice}\n{options}")


def _describe_values(values: Mapping[str, int]) -> str:
    shown = ", ".join(f"{_quote(text)} in line {line}" for text, line in list(values.items())[:_SHOWN])
    more = len(values) - _SHOWN
    return f"{shown} and {more:,} more value{'' if more == 1 else 's'}" if more > 0 else shown


def _quote(text: str) -> str:
    return f"`{text[:40]}{'…' if text[40:] else ''}`" if text else "a blank value"


def _format_options(column: ConsentColumn, values: Mapping[str, int]) -> Iterator[str]:
    """Yield the options that explain a column, one per line. The strict ones are first."""
    if column.meaning.kind is ColumnKind.UNKNOWN:
        yield f"--map {shlex.quote(f'unsubscribed={column.name}')}  (if yes or a time in it means so)"
    # A value that cannot be typed has no option.
    for text in [text for text in values if text.isprintable()][:_SHOWN]:
        yield f"--map {shlex.quote(f'{column.name}:{text}=unsubscribed')}"
    yield f"--map {shlex.quote(f'ignore={column.name}')}"
