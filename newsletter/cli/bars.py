"""Small bars and tables on the terminal."""

from collections.abc import Sequence

import click
from rich.cells import cell_len, set_cell_size

from newsletter.cli.terminal import escape_controls, terminal_width

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def format_bar(number: float, most: float, width: int = 20) -> str:
    """Return a bar of block characters for a number, of which `most` has the full width. Above 0 it is never empty."""
    if number <= 0 or most <= 0:
        return ""
    eighths = max(1, round(number / most * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> None:
    """Print a table with a head. Bars, a last column without a head, are left out where they do not fit.

    Args:
        head: The head of each column.
        rows: The cells of each row.
        left: The columns that are aligned left. The others are aligned right.
    """
    table = [[escape_controls(cell) for cell in row] for row in (head, *rows)]
    widths = [max(cell_len(row[column]) for row in table) for column in range(len(head))]
    if not head[-1] and sum(widths) + 2 * (len(widths) - 1) > terminal_width():
        table, widths = [row[:-1] for row in table], widths[:-1]
    for index, row in enumerate(table):
        cells = [
            set_cell_size(cell, width) if column in left else " " * (width - cell_len(cell)) + cell
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo(click.style("  ".join(cells).rstrip(), bold=index == 0 or None))
