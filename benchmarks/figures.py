"""The figures of benchmarks, their aims, and the table that shows them in a terminal."""

import textwrap
from dataclasses import asdict, dataclass
from typing import Any

# The width of the columns beside the name: value, aim, and whether it is met.
_COLUMNS = 16 + 16 + 7


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Args:
        name: What was measured. It contains no measured value, because the figure is found by it in later runs.
        value: The value, or None if it was not measured. The note then gives the reason.
        unit: The unit. `x` is a ratio of two figures of the same run: only ratios are compared between runs.
        most: The aim: the maximum value, or None.
        note: A remark.
    """

    name: str
    value: float | None = None
    unit: str = ""
    most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """True if the aim is met, or None if there is no aim or no value."""
        return None if self.value is None or self.most is None else self.value <= self.most

    @property
    def measured(self) -> str:
        """The value in the table."""
        return "not measured" if self.value is None else format_value(self.value, self.unit)

    @property
    def aim(self) -> str:
        """The aim in the table, or ""."""
        if self.most is None or self.unit == "yes/no":
            return "" if self.most is None else format_value(self.most, self.unit)
        number, _, unit = format_value(self.most, self.unit).partition(" ")
        return f"<= {number.rstrip('0').rstrip('.') if '.' in number else number} {unit}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Return the figure as a JSON object."""
        return asdict(self) | {"met": self.met}


def table(title: str, figures: list[Figure], width: int) -> str:
    """Return the table of one subject: name, value, aim, whether it is met, and notes.

    Args:
        title: What the subject is.
        figures: The figures of the subject.
        width: The columns of the terminal. Longer names and notes are wrapped.
    """
    words = {True: "met", False: "MISSED", None: ""}
    wide = min(width - _COLUMNS, 66)
    lines = textwrap.wrap(title, width)
    for figure in figures:
        indent = "  " + " " * (len(figure.name) - len(figure.name.lstrip()))
        names = textwrap.wrap(figure.name, wide - 1, initial_indent=indent, subsequent_indent=indent + "  ")
        line = f"{names[0]:<{wide}}{figure.measured:>16} {figure.aim:>15} {words[figure.met]:<6}".rstrip()
        fits = len(names) == 1 and wide + _COLUMNS + len(figure.note) < width
        if figure.note and fits:
            lines.append(f"{line:<{wide + _COLUMNS}} {figure.note}")
            continue
        lines += [line, *names[1:]]
        if figure.note:
            lines += textwrap.wrap(figure.note, width, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join(lines)


def format_value(value: float, unit: str) -> str:
    """Return a value with its unit."""
    if unit == "yes/no":
        return "yes" if value else "no"
    whole = ("", "bytes", "issues/s", "rows/s", "requests/s", "modules", "packages")
    digits = 0 if unit in whole else 2 if unit in ("x", "ms") else 4 if unit == "SSIM" else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
